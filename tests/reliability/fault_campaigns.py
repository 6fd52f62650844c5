"""Orders whose answers tell nothing, and legs that fare differently from their other: what execution makes of them."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from random import Random

import yaml
from tests.reliability.books import compare, count_unresolved, read_rows
from tests.reliability.fault_kinds import AMBIGUOUS, ONE_LEG, FaultTerms
from tests.reliability.findings import Figure, at_least, at_most, percentile, zero
from tests.reliability.packages import Life, PackageMaker
from tests.reliability.rig import ROOT, Rig

from poise_common.contracts.execution import (
    ApprovalRefused,
    OrderSent,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.packages import ApprovedLeg, PackageApproved

VENUE = "paper"
_AT_ONCE = 10
_STRUCK_APPROVALS = 0.5
"""One order of each: with what is sent again and taken back, about a fifth of all."""
_RESOLVED_WITHIN_S = 60.0
_DECIDED_WITHIN_S = 10.0
_DECISION_SLACK_S = 0.5
"""From the signature to the approval taken up, and the rounding of execution's tick."""


async def ambiguous_outcomes(rig: Rig, *, orders: int, seed: int) -> list[Figure]:
    """Trade until so many orders were sent, a fifth of them with an answer that tells nothing; then heal, and wait."""
    random = Random(seed)
    maker, dealt = PackageMaker(rig.around, random), _dealt(AMBIGUOUS, random)

    async def strike_some(approved: PackageApproved) -> None:
        if random.random() < _STRUCK_APPROVALS:
            await _strike(rig, next(dealt), random.choice(approved.approval.legs))

    sent = 0
    while sent < orders and not maker.is_shut_out:
        await maker.run(max(1, (orders - sent) // 4), at_once=_AT_ONCE, before_each=strike_some)
        sent = len({each.client_order_id for each in rig.around.heard.reports if isinstance(each, OrderSent)})
        print(f"  {sent} orders sent", flush=True)
    await rig.venue.heal()
    healed_s = await _resolved_after(rig)
    struck = Counter(str(each["kind"]) for each in await rig.venue.struck())
    return [
        *await _book_figures(rig, orders),
        Figure("approvals ended", len(maker.lives)),
        Figure("struck, by kind", dict(sorted(struck.items()))),
        at_least("ambiguous outcomes, % of orders", round(100 * sum(struck.values()) / max(sent, 1), 1), 15),
        at_least("kinds of ambiguity", len({terms.kind for terms in AMBIGUOUS} & struck.keys()), 12),
        at_most("seconds from healing until all is resolved or locked", healed_s, _RESOLVED_WITHIN_S),
    ]


async def one_leg_faults(rig: Rig, *, faults: int, seed: int) -> list[Figure]:
    """Have just one leg of each approval fare badly, so many times."""
    random = Random(seed)
    maker = PackageMaker(rig.around, random)

    async def strike_one_leg(approved: PackageApproved) -> None:
        await _strike(rig, random.choice(ONE_LEG), random.choice(approved.approval.legs))

    while (missing := faults - len(await rig.venue.struck())) > 0 and not maker.is_shut_out:
        await maker.run(max(1, missing // 2), at_once=_AT_ONCE, before_each=strike_one_leg)
        print(f"  {len(maker.lives)} approvals ended", flush=True)
    await rig.venue.heal()
    healed_s = await _resolved_after(rig)
    struck = Counter(str(each["kind"]) for each in await rig.venue.struck())
    took = [life.seconds for life in maker.lives if not isinstance(life.end, ApprovalRefused)]
    return [
        *await _book_figures(rig, faults),
        at_least("one-leg faults struck", sum(struck.values()), faults),
        Figure("struck, by kind", dict(sorted(struck.items()))),
        Figure("ends", dict(Counter(type(life.end).__name__ for life in maker.lives))),
        Figure("seconds to flat, hedged or locked, p50", percentile(took, 0.5)),
        at_most("the same, longest", max(took, default=None), _DECIDED_WITHIN_S + _DECISION_SLACK_S),
        zero("ended above the delta cap and not locked", sum(_is_above_cap(life) for life in maker.lives)),
        zero("locked without an alert", _locked_silently(rig, maker.lives)),
        at_most("seconds from healing until all is resolved or locked", healed_s, _RESOLVED_WITHIN_S),
    ]


def _dealt(terms: Sequence[FaultTerms], random: Random) -> Iterator[FaultTerms]:
    """Deal all of them in a new order again and again: a short campaign has each kind too."""
    while True:
        yield from random.sample(terms, len(terms))


async def _strike(rig: Rig, terms: FaultTerms, leg: ApprovedLeg) -> None:
    await rig.venue.fault(
        terms.kind,
        account=VENUE,
        market="futures" if ":" in leg.symbol else "spot",
        symbol=leg.symbol.split(":", maxsplit=1)[0].replace("/", ""),
        target=terms.target,
        count=1,
        parameters=terms.parameters,
    )


async def _resolved_after(rig: Rig) -> float | None:
    began_at = time.monotonic()
    while time.monotonic() - began_at < 2 * _RESOLVED_WITHIN_S:
        if await count_unresolved(rig.addresses.database_url) == 0:
            return round(time.monotonic() - began_at, 1)
        await asyncio.sleep(0.2)
    return None


async def _book_figures(rig: Rig, orders: int) -> list[Figure]:
    rows = await read_rows(rig.addresses.database_url)
    comparison = compare(rows, {VENUE: await rig.venue.ledger(VENUE)})
    return [
        at_least("orders intended", len(rows.orders), orders),
        Figure("orders at the venue", comparison.venue_orders),
        Figure("fills at the venue", comparison.venue_fills),
        zero("duplicate orders", comparison.duplicate_orders),
        zero("orders nobody intended", comparison.unknown_orders),
        zero("fills lost", comparison.lost_fills),
        zero("fills counted twice or invented", comparison.invented_fills),
        zero("accounts locked", sum(state.lock is not None for state in rig.around.heard.venues.values())),
        zero("restarts of execution", rig.supervisor.restarts["execution"]),
    ]


def _is_above_cap(life: Life) -> bool:
    if not isinstance(life.end, PackageOpened | PackageClosed | PackageClosedPartly):
        return False
    return abs(life.end.residual_delta_usd) > _CAP_USD


def _locked_silently(rig: Rig, lives: list[Life]) -> int:
    alerted = {alert.subject for alert in rig.around.heard.alerts if alert.name == "package_locked"}
    locked = {str(life.end.package_id) for life in lives if isinstance(life.end, PackageHalted)}
    return len(locked - alerted)


_CAP_USD = Decimal(str(yaml.safe_load((ROOT / "config" / "execution.yaml").read_text())["hedging"]["residual_cap_usd"]))
