"""Accounts that come to differ from execution's books, and accounts that never do."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from tests.reliability.divergences import ALL, NEEDS_A_POSITION, Divergence, Scene
from tests.reliability.fault_campaigns import VENUE
from tests.reliability.findings import Figure, at_least, at_most, percentile, zero
from tests.reliability.packages import PackageMaker
from tests.reliability.rig import Rig

from poise_common.contracts.control import Acknowledge, Acknowledgement
from poise_common.contracts.execution import ApprovalRefused, PackageOpened, RefusalReason, VenueLock
from poise_common.contracts.packages import LegRole, PackageApproved
from poise_common.contracts.signatures import Signer
from poise_common.platform.clock import utc_now

_LOCKED_WITHIN_S = 35.0
_PATIENCE_S = 90.0
_PAUSE_MAX_S = 12.0
"""Longer than the pause between two readings, so that a divergence falls anywhere between them."""
_POSITION_USD = Decimal(1_000)


@dataclass(frozen=True, slots=True)
class Locking:
    """One divergence, and how it was met."""

    what: str
    locked_after_s: float
    refused_while_locked: bool
    alerted: bool


async def divergences(rig: Rig, *, count: int, seed: int) -> list[Figure]:
    """Have so many divergences happen, over all accounts at once, each acknowledged before the account's next."""
    accounts = sorted({venue for venue, _ in rig.around.pairs})
    kinds = [ALL[number % len(ALL)] for number in range(count)]
    Random(seed).shuffle(kinds)
    lockings: list[Locking] = []

    async def run_account(number: int, venue: str) -> None:
        random = Random(f"{seed}:{venue}")
        for kind in kinds[number :: len(accounts)]:
            lockings.append(await _diverge(rig, venue, kind, random))
            print(f"  {len(lockings)} of {count}: {venue}: {lockings[-1].what}", flush=True)

    async with asyncio.TaskGroup() as group:
        for number, venue in enumerate(accounts):
            group.create_task(run_account(number, venue))
    took = [locking.locked_after_s for locking in lockings]
    return [
        at_least("divergences", len(lockings), count),
        Figure("by kind", dict(Counter(kind.__name__ for kind in kinds))),
        Figure("seconds to the lock, p50", percentile(took, 0.5)),
        at_most("seconds to the lock, longest", max(took, default=None), _LOCKED_WITHIN_S),
        zero("locked without an alert", sum(not locking.alerted for locking in lockings)),
        zero("openings let through while locked", sum(not locking.refused_while_locked for locking in lockings)),
        zero("accounts still locked after the acknowledgement", len(_locks(rig))),
        zero("restarts of execution", rig.supervisor.restarts["execution"]),
    ]


async def clean_run(rig: Rig, *, seconds: float, seed: int) -> list[Figure]:
    """Trade for a while with nothing foreign happening, and count the locks."""
    maker = PackageMaker(rig.around, Random(seed))
    ends_at = time.monotonic() + seconds
    locks: set[str] = set()
    while time.monotonic() < ends_at:
        await maker.run(10, at_once=4, before_each=_unhurried)
        locks |= _locks(rig)
        print(f"  {len(maker.lives)} approvals ended, {max(0, ends_at - time.monotonic()):.0f} s left", flush=True)
    state = rig.around.heard.venues[VENUE]
    age_s = (utc_now() - state.reconciled_at).total_seconds() if state.reconciled_at else None
    return [
        Figure("seconds", seconds),
        at_least("approvals ended", len(maker.lives), seconds / 5),
        zero("false locks", len(locks) + _alerts(rig, "account_diverged", VENUE)),
        at_most("seconds since the last agreement with the venue", age_s, _LOCKED_WITHIN_S),
        zero("restarts of execution", rig.supervisor.restarts["execution"]),
    ]


async def _diverge(rig: Rig, venue: str, divergence: Divergence, random: Random) -> Locking:
    pair = random.choice([pair for (at, _), pair in rig.around.pairs.items() if at == venue])
    if divergence in NEEDS_A_POSITION:
        opened = await _approve(rig, rig.around.opening(pair, _POSITION_USD))
        if not isinstance(opened, PackageOpened):
            raise RuntimeError(f"{venue}: no position to diverge from: {opened}")
    await asyncio.sleep(random.uniform(0, _PAUSE_MAX_S))
    alerts_before = _alerts(rig, "account_diverged", venue)
    began_at = time.monotonic()
    what = await divergence(Scene(rig.venue, pair, random, rig.around.mid_price(pair, LegRole.LONG)))
    await rig.around.until(
        lambda: rig.around.heard.venues[venue].lock is not None, within_s=_PATIENCE_S, what=f"{venue} locked: {what}"
    )
    locked_after_s = time.monotonic() - began_at
    refused = await _approve(rig, rig.around.opening(pair, _POSITION_USD))
    is_refused = isinstance(refused, ApprovalRefused) and refused.reason is RefusalReason.LOCKED
    await _acknowledge(rig, venue)
    return Locking(what, locked_after_s, is_refused, _alerts(rig, "account_diverged", venue) > alerts_before)


async def _acknowledge(rig: Rig, venue: str) -> None:
    ends_at = time.monotonic() + _PATIENCE_S
    while (lock := rig.around.heard.venues[venue].lock) is not None:
        if time.monotonic() > ends_at:
            raise TimeoutError(f"{venue} is still locked: {lock}")
        await rig.around.say(_signed(rig, venue, lock))
        try:
            await rig.around.until(
                lambda: rig.around.heard.venues[venue].lock is None, within_s=5, what="the lock to be over"
            )
        except TimeoutError:
            continue  # its lines have changed since they were shown: what is shown now is signed


def _signed(rig: Rig, venue: str, lock: VenueLock) -> Acknowledge:
    acknowledgement = Acknowledgement(
        lock_id=lock.lock_id,
        venue=venue,
        digest=lock.digest,
        operator="campaign",
        reason="done on purpose",
        signed_at=utc_now(),
    )
    signature = Signer(rig.operator_key).sign(acknowledgement)
    return rig.around.message(Acknowledge, acknowledgement=acknowledgement, signature=signature)


async def _approve(rig: Rig, approved: PackageApproved) -> object:
    approval_id = approved.approval.approval_id
    await rig.around.say(approved)
    await rig.around.until(
        lambda: rig.around.last_end(approval_id) is not None, within_s=_PATIENCE_S, what=f"an end of {approval_id}"
    )
    return rig.around.last_end(approval_id)


async def _unhurried(_approved: PackageApproved) -> None:
    await asyncio.sleep(1)


def _locks(rig: Rig) -> set[str]:
    return {venue for venue, state in rig.around.heard.venues.items() if state.lock is not None}


def _alerts(rig: Rig, name: str, subject: str) -> int:
    return sum(alert.name == name and alert.subject == subject and alert.firing for alert in rig.around.heard.alerts)
