"""Of one slot, as an asset's expiries, one package is held: the best; one that risk refuses lets the next one try."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.unit.signals.rig import DEEP, START, Rig
from tests.unit.signals.senders import perpetual_of

from poise_common.contracts.packages import OpenPackage, Verdict
from poise_common.domain.instruments import Instrument, InstrumentKind


def future(days: int) -> Instrument:
    expires_at = START + timedelta(days=days)
    symbol = f"ETH/USDT:USDT-{expires_at:%y%m%d}"
    kind = InstrumentKind.LINEAR_FUTURE
    return perpetual_of("ETH", symbol=symbol, kind=kind, funding_interval_s=None, expires_at=expires_at)


NEAR, FAR = future(30), future(120)


@pytest.fixture
def rig(new_rig: Callable[..., Rig]) -> Rig:
    rig = new_rig(funding_carry={"enabled": False})
    universe = rig.universe()
    (asset,) = universe.assets
    rig.hear(universe.model_copy(update={"assets": (asset.model_copy(update={"futures": (NEAR, FAR)}),)}))
    rig.hear(rig.risk())
    rig.hear(rig.portfolio())
    return rig


def books(rig: Rig, near_bps: float, far_bps: float) -> None:
    """Send all three books; spot's comes last, so that both candidates are looked at at once."""
    symbols = [(NEAR.symbol, near_bps), (FAR.symbol, far_bps), ("ETH/USDT", 0.0)]
    for symbol, bps in symbols:
        price = 100.0 * (1 + bps / 10_000)
        rig.hear(rig.book(symbol, [(price, DEEP)], [(price * 1.000001, DEEP)]))


def asked(rig: Rig) -> list[str]:
    return [request.short_leg.symbol for request in rig.requests if isinstance(request, OpenPackage)]


def why_not(rig: Rig, symbol: str) -> str | None:
    """Let a second pass, in which books are just fresh, and hear why a candidate is not asked for."""
    rig.wait(1)
    rig.tick()
    return [each.why_not for each in rig.evaluations if each.short_symbol == symbol][-1]


def test_the_expiry_that_earns_more_a_year_is_entered_though_the_other_pays_more_in_all(rig: Rig) -> None:
    # 100 bps in 30 days are 83 net, 6.7 % a year on 1.5 of capital; 300 bps in 120 days 283 net, 5.7 %.
    books(rig, 100, 300)
    assert asked(rig) == [NEAR.symbol]


def test_of_two_that_pay_at_the_same_moment_only_the_better_one_is_asked_for(rig: Rig) -> None:
    # Spot's book touches both: 6.7 % a year near, looked at first, and 383 bps net in 120 days far, 7.8 %.
    books(rig, 100, 400)
    assert asked(rig) == [FAR.symbol]


def test_of_a_slot_one_package_is_held(rig: Rig) -> None:
    books(rig, 100, 300)
    rig.hear(rig.decided(Verdict.APPROVED))
    rig.hear(rig.opened())
    for _ in range(3):
        rig.wait(2)
        rig.hear(rig.risk())
        rig.hear(rig.portfolio())
        books(rig, 100, 400)
    assert asked(rig) == [NEAR.symbol]
    assert why_not(rig, FAR.symbol) == f"its slot is taken: {NEAR.symbol} is held"


def test_one_that_risk_refuses_waits_and_the_next_one_tries(rig: Rig) -> None:
    books(rig, 100, 300)
    rig.hear(rig.decided(Verdict.REJECTED))
    books(rig, 100, 300)
    assert asked(rig) == [NEAR.symbol, FAR.symbol]


def test_one_that_no_longer_pays_leaves_the_slot_to_the_other(rig: Rig) -> None:
    books(rig, 5, 300)
    assert asked(rig) == [FAR.symbol]
    assert (why_not(rig, NEAR.symbol) or "").startswith("net yield")
