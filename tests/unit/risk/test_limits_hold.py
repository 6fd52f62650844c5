"""Properties of the whole gate: less is never worse, never more than asked, and what is made smaller still passes."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from hypothesis import assume, event, given
from hypothesis import strategies as st
from tests.unit.risk.risk_desk import (
    PRICE,
    TIERS,
    RiskDesk,
    decision,
    every,
    limits_with,
)

from poise_common.contracts.packages import LimitCheck, OpenPackage, PackageApproved, Verdict
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.gate.gatekeeper import Gatekeeper
from poise_risk.domain.gate.judging import Admitted, Refused, judge, told
from poise_risk.domain.limits.table import LIMITS

exposures = st.integers(500, 30_000)
tight = st.fixed_dictionaries(
    {"total_exposure_alert_pct": st.just(1)},
    optional={
        "position_size_pct": st.integers(1, 12),
        "risk_per_trade_pct": st.decimals("0.1", 2, places=1),
        "total_exposure_pct": st.integers(12, 60),
        "venue_pair_max_usd": st.integers(5_000, 50_000),
        "venue_max_pct": st.integers(5, 60),
        "effective_leverage_max": st.decimals("0.1", 2, places=2),
        "net_delta_max_pct": st.decimals("0.01", 1, places=2),
        "correlated_exposure_pct": st.integers(1, 40),
        "correlation_threshold": st.decimals("0.3", "0.9", places=1),
        "stress": st.fixed_dictionaries(
            {"move_pct": st.integers(1, 25), "margin_ratio_min": st.decimals("1.01", 2, places=2)}
        ),
    },
)
pairs = [f"{asset} {other}" for asset, other in combinations(sorted(TIERS), 2)]
correlations = st.dictionaries(st.sampled_from(pairs), st.one_of(st.none(), st.floats(-1, 1)))
clusters = st.sets(st.sampled_from(sorted(TIERS)), min_size=2).map(
    lambda one: [sorted(one), *([asset] for asset in sorted(TIERS.keys() - one))]
)


def entry_of(desk: RiskDesk, request: OpenPackage) -> Entry:
    """The request as the limits see it."""
    gatekeeper: Gatekeeper = desk.core._gatekeeper
    entry = Entry.of(gatekeeper._proposal(request, desk.now))
    assert entry is not None
    return entry


def of_size(entry: Entry, share: Decimal) -> Entry:
    """The entry with both legs scaled exactly."""
    long_leg, short_leg = (leg.of_quantity(leg.intent.quantity * share) for leg in entry.legs)
    return replace(entry, long_leg=long_leg, short_leg=short_leg)


@given(tight, st.lists(st.tuples(st.sampled_from(sorted(TIERS)), exposures), max_size=5), exposures, st.data())
def test_less_is_never_worse_on_any_limit(
    changes: dict[str, object], held: list[tuple[str, int]], asked: int, data: st.DataObject
) -> None:
    desk = RiskDesk(limits_with(**changes)).ready()
    for asset, exposure_usd in held:
        _hold_either_way(desk, asset, exposure_usd, data.draw(st.booleans()))
    desk.correlations(rho=data.draw(correlations))
    desk.correlations("90d", rho=data.draw(correlations), clusters=data.draw(clusters))
    desk.portfolio(
        net_delta_usd=Decimal(data.draw(st.integers(-1_100, 1_100))),
        accounts=(desk.account(margin_balance_usd=Decimal(data.draw(st.integers(0, 60_000)))),),
    )
    request = desk.request("BTC", asked, long={"quantity": Decimal(asked) / PRICE * Decimal("1.0004")})
    entry = entry_of(desk, request)
    share = data.draw(st.decimals("0.01", 1, places=4))
    for limit in LIMITS:
        whole, part = limit(entry), limit(of_size(entry, share))
        event(f"{whole.limit} {'passes' if whole.passed else 'binds'}")
        assert part.passed or not whole.passed, f"{whole} passes and {part} does not"
        _agrees_with_its_room(limit, entry, whole)


def _hold_either_way(desk: RiskDesk, asset: str, exposure_usd: int, shorts_the_perpetual: bool) -> None:
    held = desk.hold(asset, exposure_usd)
    if not shorts_the_perpetual:
        swapped = {
            "long_leg": held.short_leg.model_copy(update={"quantity": -held.short_leg.quantity}),
            "short_leg": held.long_leg.model_copy(update={"quantity": -held.long_leg.quantity}),
        }
        desk.held[held.package_id] = held.model_copy(update=swapped)


def _agrees_with_its_room(limit: Callable[[Entry], LimitCheck], entry: Entry, whole: LimitCheck) -> None:
    """What a check says would pass does pass, and a USD more does not."""
    room = whole.passing_exposure_usd
    if room is None:
        assert whole.passed
        return
    cent = Decimal("0.01")
    if room > cent:
        assert limit(of_size(entry, (room - cent) / entry.exposure_usd)).passed
    assert whole.passed is (room >= entry.exposure_usd.quantize(Decimal("0.01"))) or abs(
        room - entry.exposure_usd
    ) < Decimal("0.02")
    if not whole.passed and room > 0:
        assert not limit(of_size(entry, (room + 1) / entry.exposure_usd)).passed


@given(tight, exposures, st.decimals("0.9990", "1.0015", places=4))
def test_approving_never_exceeds_the_request_and_keeps_the_legs_hedged(
    changes: dict[str, object], asked: int, grossed: Decimal
) -> None:
    desk = RiskDesk(limits_with(**changes)).ready()
    long_quantity = (Decimal(asked) / PRICE * grossed).quantize(Decimal("0.01"))
    assume(long_quantity > 0)
    request = desk.request("BTC", asked, long={"quantity": long_quantity})
    outputs = desk.send(request)
    decided = decision(outputs)
    assert decided.approved_exposure_usd <= decided.requested_exposure_usd
    for approved in every(outputs, PackageApproved):
        long_leg, short_leg = approved.approval.legs
        assert long_leg.quantity <= request.long_leg.quantity
        assert short_leg.quantity <= request.short_leg.quantity
        fee = Decimal("0.0005") * max(long_leg.quantity, short_leg.quantity)
        assert abs(long_leg.quantity - short_leg.quantity) <= fee + Decimal("0.01")
        assert decided.approved_exposure_usd >= desk.config.limits.package_min_usd


@given(tight, st.integers(1_000, 30_000), st.decimals("0.9995", "1.0015", places=4), st.booleans())
def test_what_is_made_smaller_passes_every_limit_as_it_would_be_signed(
    changes: dict[str, object], asked: int, grossed: Decimal, holds: bool
) -> None:
    desk = RiskDesk(limits_with(**changes)).ready()
    if holds:
        desk.hold("ETH", 2_000)
        desk.portfolio()
    request = desk.request(
        "BTC", asked, long={"quantity": (Decimal(asked) / PRICE * grossed).quantize(Decimal("0.001"))}
    )
    gatekeeper: Gatekeeper = desk.core._gatekeeper
    verdict = judge(gatekeeper._proposal(request, desk.now))
    event(type(verdict).__name__ if isinstance(verdict, Refused) else verdict.verdict)
    if isinstance(verdict, Admitted):
        assert not [told(check) for limit in LIMITS if not (check := limit(verdict.entry)).passed]


_of_steps = st.sampled_from([Decimal("0.0001"), Decimal("0.01"), Decimal("0.3"), Decimal(1)])


@given(
    ratio=st.sampled_from([Decimal(1), Decimal("0.6"), Decimal("0.05"), Decimal(7) / 3, Decimal(40)]),
    long_step=_of_steps,
    short_step=_of_steps,
    share=st.decimals("0.05", 1, places=4),
)
def test_making_two_assets_smaller_keeps_them_hedged_to_a_step_of_the_coarser(
    ratio: Decimal, long_step: Decimal, short_step: Decimal, share: Decimal
) -> None:
    desk = RiskDesk().ready()
    whole = _with_steps(entry_of(desk, desk.pair(exposure_usd=20_000, ratio=ratio)), long_step, short_step)
    hedge = whole.hedge
    smaller = whole.shrunk_to(whole.exposure_usd * share)
    for before, after in zip(whole.legs, smaller.legs, strict=True):
        assert after.intent.quantity <= before.intent.quantity * share * (1 + Decimal("1e-20"))
        assert after.intent.quantity % after.instrument.quantity_step == 0
    unhedged, unhedged_before = (
        abs(hedge.residual(*(leg.intent.quantity for leg in entry.legs))) for entry in (smaller, whole)
    )
    assert unhedged <= unhedged_before + hedge.coarser_step(*hedge.steps(long_step, short_step)) + Decimal("1e-18")


def _with_steps(entry: Entry, long_step: Decimal, short_step: Decimal) -> Entry:
    long_leg, short_leg = (
        leg._replace(instrument=leg.instrument.model_copy(update={"quantity_step": step}))
        for leg, step in zip(entry.legs, (long_step, short_step), strict=True)
    )
    return replace(entry, long_leg=long_leg, short_leg=short_leg)


@given(tight, exposures)
def test_a_rejection_names_its_limit_and_an_approval_names_none_that_failed(
    changes: dict[str, object], asked: int
) -> None:
    desk = RiskDesk(limits_with(**changes)).ready()
    decided = decision(desk.send(desk.request("BTC", asked)))
    failed = {each.limit for each in decided.checks if not each.passed}
    match decided.verdict:
        case Verdict.APPROVED:
            assert not failed
        case _:
            assert decided.binding_limit in failed
