"""Rolling cash and carry: its sum by hand, when it is asked for, and what becomes of the package and its successor."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.signals.rig import START, Rig
from tests.unit.signals.senders import perpetual_of, spot_of

from poise_common.contracts.execution import LegSummary, PackageOpened, RefusalReason
from poise_common.contracts.packages import (
    ClosePackage,
    CloseReason,
    LegRole,
    OpenPackage,
    PackageState,
    RollPackage,
    Verdict,
)
from poise_common.contracts.state import SystemMode
from poise_common.domain.instruments import Instrument, InstrumentKind, Side
from poise_common.domain.order_books import Level
from poise_signals.domain.config import StrategiesConfig
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.packages.book import PackageRecord
from poise_signals.domain.strategies.cash_and_carry import CashAndCarry, CashAndCarryParameters
from poise_signals.domain.strategy.candidates import HeldLegs
from poise_signals.domain.strategy.protocol import Held, RollEdge, Unpriced

Shipped = Callable[..., StrategiesConfig]
D = Decimal
SPOT = spot_of("ETH")
DEEP = 1_000.0


def future(days: float) -> Instrument:
    expires_at = START + timedelta(days=days)
    symbol = f"ETH/USDT:USDT-{expires_at:%y%m%d}"
    kind = InstrumentKind.LINEAR_FUTURE
    return perpetual_of("ETH", symbol=symbol, kind=kind, funding_interval_s=None, expires_at=expires_at)


NEAR, FAR, FARTHEST = future(2.5), future(39), future(130)


class Priced:
    """The strategy on books that a test shows."""

    def __init__(self, shipped: Shipped, **changes: object) -> None:
        config = shipped(cash_and_carry=changes)
        block = config.block("cash_and_carry")
        assert isinstance(block, CashAndCarryParameters)
        self.strategy = CashAndCarry(block, config)
        self.market = MarketView(config)
        self.rig = Rig(config)

    def show(self, instrument: Instrument, bid: float, ask: float, depth: float = DEEP) -> "Priced":
        levels = [(bid, depth), (bid * 0.99, depth)], [(ask, depth), (ask * 1.01, depth)]
        self.market.take_book(instrument.id, self.rig.book(instrument.symbol, *levels))
        return self

    def roll(self, far: Instrument = FAR, quantity: float = 100.0) -> RollEdge | Unpriced:
        near, successor = (self.strategy.held_candidate(HeldLegs("ETH", 1, "ETH", SPOT, each)) for each in (NEAR, far))
        return self.strategy.roll(near, successor, self.market, Held(quantity, quantity, 0.0, START), START)


def shown(shipped: Shipped, *, near_ask: float = 100.2, far_bid: float = 101.2, depth: float = DEEP) -> Priced:
    priced = Priced(shipped)
    priced.show(SPOT, 99.99, 100.01).show(NEAR, near_ask - 0.01, near_ask, depth)
    return priced.show(FAR, far_bid, far_bid + 0.01, depth)


def test_a_roll_earns_the_spread_of_the_futures_less_two_fees_and_the_buffer(shipped: Shipped) -> None:
    edge = shown(shipped).roll()
    assert isinstance(edge, RollEdge)
    # (101.2 - 100.2) / 100 = 100 bps; taker fees 5 + 5; buffer 3: 87 bps. Nothing for spot.
    assert edge.net_yield == pytest.approx(0.0087)
    # Over 36.5 days that are added, ten times a year, on a capital of 1.5: 0.0087 * 10 / 1.5.
    assert edge.net_apr == pytest.approx(0.058)
    assert (edge.long_price, edge.near_price, edge.far_price) == pytest.approx((100.0, 100.2, 101.2))
    assert edge.why_not is None


def test_a_roll_that_yields_too_little_is_none(shipped: Shipped) -> None:
    # 17 bps less 13: 4 bps, below the 5 that a roll must yield.
    edge = shown(shipped, far_bid=100.37).roll()
    assert isinstance(edge, RollEdge)
    assert edge.why_not == "a roll's net yield 0.0400% is below 0.05%"


def test_a_roll_that_earns_too_little_a_year_is_none(shipped: Shipped) -> None:
    # 60 bps less 13: 47 bps, 3.13 % a year, below the 4 of an entry.
    edge = shown(shipped, far_bid=100.8).roll()
    assert isinstance(edge, RollEdge)
    assert edge.why_not == "a roll's net APR 3.13% is below the entry's 4.00%"


def test_what_the_books_do_not_carry_whole_is_not_priced(shipped: Shipped) -> None:
    assert shown(shipped, depth=40.0).roll() == Unpriced("insufficient depth to roll the whole")


def test_an_expiry_that_is_no_later_is_no_successor(shipped: Shipped) -> None:
    assert shown(shipped).roll(NEAR) == Unpriced(f"{NEAR.symbol} expires no later")


@given(st.floats(0.1, 900), st.floats(0.1, 900))
def test_a_roll_of_more_never_yields_more(shipped: Shipped, one: float, other: float) -> None:
    priced = shown(shipped)
    smaller, larger = priced.roll(quantity=min(one, other)), priced.roll(quantity=max(one, other))
    assert isinstance(smaller, RollEdge)
    assert isinstance(larger, RollEdge)
    assert larger.net_yield <= smaller.net_yield + 1e-12


@pytest.mark.parametrize(("hours", "asked"), [(72.1, False), (72, True), (30.1, True), (30, False)])
def test_a_roll_is_for_the_days_before_the_package_is_left(shipped: Shipped, hours: float, asked: bool) -> None:
    priced = Priced(shipped)
    candidate = priced.strategy.held_candidate(HeldLegs("ETH", 1, "ETH", SPOT, NEAR))
    assert NEAR.expires_at is not None
    assert priced.strategy.is_to_be_rolled(candidate, NEAR.expires_at - timedelta(hours=hours)) is asked


def test_a_window_that_leaves_no_time_to_roll_is_refused(shipped: Shipped) -> None:
    with pytest.raises(ValueError, match="roll_before_expiry_h 30 leaves no time to roll"):
        shipped(cash_and_carry={"roll_before_expiry_h": 30})


def test_with_no_window_nothing_is_rolled(shipped: Shipped) -> None:
    priced = Priced(shipped, roll_before_expiry_h=0)
    candidate = priced.strategy.held_candidate(HeldLegs("ETH", 1, "ETH", SPOT, NEAR))
    assert not any(priced.strategy.is_to_be_rolled(candidate, START + timedelta(hours=each)) for each in range(70))


def held(state: PackageState = PackageState.OPEN) -> PackageRecord:
    """10 ETH of spot, less the fee they were bought with, against the near future."""
    return PackageRecord(
        package_id=UUID(int=7),
        strategy="cash_and_carry",
        slot_name="ETH@paper",
        asset="ETH",
        tier=1,
        state=state,
        long_instrument=SPOT,
        short_instrument=NEAR,
        long_quantity=D("9.99987"),
        short_quantity=D(10),
        entry_yield=D("0.003"),
        request_id=UUID(int=8),
        requests=1,
        requested_at=START,
        approval_id=None,
        settled_approvals=(),
        close_reason=None,
        note="",
        wait_until=None,
        updated_at=START,
        opened_at=START,
    )


@pytest.fixture
def carrying(new_rig: Callable[..., Rig]) -> Rig:
    return ready(new_rig([held()]))


def ready(rig: Rig) -> Rig:
    rig.hear(rig.universe(futures=(NEAR, FAR, FARTHEST)))
    refresh(rig)
    return rig


def refresh(rig: Rig, seconds: float = 0) -> None:
    rig.wait(seconds)
    rig.hear(rig.risk())
    rig.hear(rig.portfolio())


def quote(rig: Rig, *, near: float = 100.2, far: float = 101.2, farthest: float = 101.9) -> None:
    """Show all four books, the near future's last: what is asked for follows from it."""
    for symbol, bid in (
        ("ETH/USDT", 99.99),
        (FAR.symbol, far),
        (FARTHEST.symbol, farthest),
        (NEAR.symbol, near - 0.01),
    ):
        rig.hear(rig.book(symbol, [Level(bid, DEEP)], [Level(bid + 0.01, DEEP)]))


def opened(rig: Rig, roll: RollPackage) -> PackageOpened:
    """Execution's report of a successor."""

    def leg(role: LegRole, symbol: str, quantity: Decimal) -> LegSummary:
        return LegSummary(role=role, venue="paper", symbol=symbol, held_quantity=quantity, average_price=None)

    opening = roll.opening
    return PackageOpened.first(
        UUID(int=99),
        "test",
        rig.now,
        package_id=opening.package_id,
        approval_id=UUID(int=98),
        strategy=opening.strategy,
        asset=opening.asset,
        long_leg=leg(LegRole.LONG, SPOT.symbol, D("9.99987")),
        short_leg=leg(LegRole.SHORT, opening.short_leg.symbol, opening.short_leg.quantity),
        residual_delta=D(0),
        residual_delta_usd=D(0),
        rolled_from=roll.closing.package_id,
    )


def test_a_roll_is_asked_for_into_the_expiry_that_earns_most_a_year(carrying: Rig) -> None:
    quote(carrying)
    (roll,) = carrying.rolls
    assert (roll.closing.reason, roll.closing.package_id) == (CloseReason.ROLLED, UUID(int=7))
    assert roll.opening.package_id != UUID(int=7)
    near, far = roll.closing.short_leg, roll.opening.short_leg
    assert (near.symbol, near.side, near.quantity) == (NEAR.symbol, Side.BUY, D(10))
    # 36.5 days more at 87 bps are 5.8 % a year, 127.5 days at 157 bps are 3.0 %.
    assert (far.symbol, far.side, far.quantity) == (FAR.symbol, Side.SELL, D(10))
    assert (roll.closing.long_leg.quantity, roll.opening.long_leg.quantity) == (D("9.9998"), D("9.9998"))
    # (101.2 - 100.2) / 99.995 less 13 bps.
    assert roll.opening.net_yield == D("0.00870050")
    assert carrying.package.state is PackageState.ROLLING
    assert not [each for each in carrying.published if isinstance(each, ClosePackage | OpenPackage)]


def test_a_roll_is_asked_for_once_and_again_when_risk_does_not_answer(carrying: Rig) -> None:
    quote(carrying)
    quote(carrying)
    assert len(carrying.rolls) == 1
    refresh(carrying, 10)
    quote(carrying)
    assert len({roll.closing.id for roll in carrying.rolls}) == 2
    assert len({roll.opening.package_id for roll in carrying.rolls}) == 2


def test_nothing_is_rolled_where_no_later_expiry_pays(carrying: Rig) -> None:
    quote(carrying, far=100.3, farthest=100.4)
    assert carrying.rolls == []
    assert carrying.package.state is PackageState.OPEN


@pytest.mark.parametrize("mode", [SystemMode.REDUCING, SystemMode.HALTED])
def test_nothing_is_rolled_unless_the_desk_is_active(carrying: Rig, mode: SystemMode) -> None:
    carrying.hear(carrying.risk(mode))
    quote(carrying)
    assert carrying.rolls == []


def test_a_successor_takes_the_slot_over_and_is_closed_like_any_package(carrying: Rig) -> None:
    quote(carrying)
    roll = carrying.rolls[-1]
    carrying.hear(carrying.decided(Verdict.APPROVED))
    assert carrying.records[UUID(int=7)].state is PackageState.ROLLING
    carrying.hear(carrying.closed())
    quote(carrying, farthest=110.0)
    assert len(carrying.requests) == 1, "its slot waits for the successor"
    carrying.hear(opened(carrying, roll))
    successor = carrying.records[roll.opening.package_id]
    assert carrying.records[UUID(int=7)].state is PackageState.CLOSED
    assert (successor.state, successor.short_instrument) == (PackageState.OPEN, FAR)
    assert (successor.long_quantity, successor.short_quantity) == (D("9.99987"), D(10))
    assert not successor.opened_by_others
    refresh(carrying, 30)
    quote(carrying, farthest=110.0)
    assert len(carrying.requests) == 1, "its slot is taken"
    refresh(carrying, 1)
    quote(carrying, near=99.9, far=99.9, farthest=99.9)
    assert carrying.requests[-1].package_id == successor.package_id
    assert isinstance(carrying.requests[-1], ClosePackage)


def test_what_was_not_rolled_stays_in_its_slot_and_the_successor_is_watched_beside_it(carrying: Rig) -> None:
    quote(carrying)
    roll = carrying.rolls[-1]
    carrying.hear(carrying.decided(Verdict.APPROVED))
    carrying.hear(carrying.closed_partly("6", "6"))
    carrying.hear(opened(carrying, roll))
    rest, successor = carrying.records[UUID(int=7)], carrying.records[roll.opening.package_id]
    assert (rest.state, rest.short_quantity) == (PackageState.OPEN, D(6))
    assert successor.opened_by_others
    refresh(carrying, 2)
    quote(carrying)
    assert carrying.rolls[-1].closing.short_leg.quantity == D(6)


def test_a_roll_that_risk_refuses_waits_and_the_package_is_closed_in_its_time(carrying: Rig) -> None:
    quote(carrying)
    carrying.hear(carrying.decided(Verdict.REJECTED))
    assert carrying.package.state is PackageState.OPEN
    quote(carrying)
    assert len(carrying.rolls) == 1
    refresh(carrying, 2)
    quote(carrying)
    assert len(carrying.rolls) == 2
    carrying.hear(carrying.decided(Verdict.REJECTED))
    refresh(carrying, 30 * 3_600)
    quote(carrying)
    request = carrying.requests[-1]
    assert isinstance(request, ClosePackage)
    assert request.reason is CloseReason.EXPIRY
    assert len(carrying.rolls) == 2


def test_a_roll_that_execution_refuses_leaves_the_package_open(carrying: Rig) -> None:
    quote(carrying)
    carrying.hear(carrying.decided(Verdict.APPROVED))
    carrying.hear(carrying.refused(RefusalReason.EXPIRED))
    assert carrying.package.state is PackageState.OPEN


def test_a_roll_without_an_answer_is_taken_up_after_a_restart(carrying: Rig, new_rig: Callable[..., Rig]) -> None:
    quote(carrying)
    again = ready(new_rig(list(carrying.records.values())))
    quote(again)
    assert again.rolls == []
    refresh(again, 10)
    quote(again)
    assert len(again.rolls) == 1


def test_a_package_that_left_the_universe_is_closed_and_not_rolled(new_rig: Callable[..., Rig]) -> None:
    rig: Any = new_rig([replace(held(), short_instrument=NEAR)])
    rig.hear(rig.universe(futures=(FAR, FARTHEST)))
    refresh(rig)
    quote(rig)
    assert rig.rolls == []
    assert rig.requests[-1].reason is CloseReason.LEFT_UNIVERSE
