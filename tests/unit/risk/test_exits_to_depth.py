"""A closing is no larger than its books carry, says what it should cost, and the rest follows."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.risk_desk import (
    PRICE,
    STEP,
    RiskDesk,
    check,
    closings,
    decision,
    delta,
    only,
    perpetual,
    spot,
)

from poise_common.contracts.control import Flatten
from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.packages import (
    Approval,
    OrderStyle,
    PackageApproved,
    PackageState,
    Verdict,
)
from poise_common.contracts.state import HeldLeg
from poise_common.domain.hedge import ONE_TO_ONE, Hedge
from poise_common.domain.order_books import Level
from poise_risk.domain.gate.closing_sizes import LegToClose, fitted_to_depth
from poise_risk.domain.records import LosingDay

SPOT, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"
STOPPED: dict[str, Any] = {"unrealised_pnl_usd": Decimal(-500)}


def quantities(approval: Approval) -> list[Decimal]:
    return [leg.quantity for leg in approval.legs]


def bids(desk: RiskDesk, *levels: tuple[float, float]) -> None:
    """The spot book, with these bids."""
    desk.send(
        desk.first(
            OrderBook,
            venue="paper",
            symbol=SPOT,
            tier=1,
            sequence=2,
            venue_time=desk.now,
            received_at=desk.now,
            bids=tuple(Level(*level) for level in levels),
            asks=(Level(100.01, 1e6),),
        )
    )


def test_an_exit_takes_what_the_thinner_book_carries_and_the_rest_follows(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000, **STOPPED)
    desk.book(SPOT, PRICE, quantity=30)
    outputs = desk.portfolio()
    decided = decision(outputs)
    (first,) = closings(outputs)
    assert quantities(first) == [30, 30]
    assert (decided.verdict, decided.binding_limit) == (Verdict.APPROVED_SMALLER, "book_depth")
    depth = check(outputs, "book_depth")
    # 80 at 100.01, the dearer leg; 30 of them pass.
    assert (depth.value, depth.allowed, depth.passed) == (Decimal("8000.80"), Decimal("3000.30"), False)
    assert decided.approved_exposure_usd == Decimal("3000.30")
    desk.hold("BTC", 5_000, package_id=package.package_id, **STOPPED)
    desk.closed_partly(first, Decimal(50))
    (second,) = closings(desk.portfolio())
    assert quantities(second) == [30, 30], "at once, for the last one made progress"


def test_depth_beyond_the_collar_carries_nothing(desk: RiskDesk) -> None:
    # 40 bps below the best bid of 100 are 99.60.
    desk.hold("BTC", 8_000, **STOPPED)
    bids(desk, (100.0, 20), (99.7, 10), (99.6, 10), (99.59, 1_000))
    (approval,) = closings(desk.portfolio())
    assert quantities(approval) == [40, 40]


def test_the_expected_slippage_is_said_with_the_decision(desk: RiskDesk) -> None:
    # Sold: 40 at 100 and 40 at 99.9, by notional: 4,000 USD are 40 and the other 4,000 are 40.04, at 99.95 on average,
    # 0.055 below the middle of 100.005; bought at 100.01, 0.01 above the middle: 80 x 0.065 = 5.20 USD of 16,000.40.
    desk.hold("BTC", 8_000, **STOPPED)
    bids(desk, (100.0, 40), (99.9, 1_000))
    outputs = desk.portfolio()
    assert "; expected slippage 3.3 bps, 5.20 USD" in decision(outputs).reason
    assert decision(outputs).verdict is Verdict.APPROVED
    assert check(outputs, "book_depth").passed


def test_an_exit_is_never_smaller_than_the_smallest_order(desk: RiskDesk) -> None:
    # 5 USD at 99.60 are 0.0502.
    desk.hold("BTC", 8_000, **STOPPED)
    desk.book(SPOT, PRICE, quantity=0.001)
    (approval,) = closings(desk.portfolio())
    assert quantities(approval) == [Decimal("0.06"), Decimal("0.06")]


def test_a_rest_that_could_not_be_traded_goes_with_the_whole(desk: RiskDesk) -> None:
    desk.hold("BTC", 8_000, **STOPPED)
    desk.book(SPOT, PRICE, quantity=79.98)
    (approval,) = closings(desk.portfolio())
    assert quantities(approval) == [80, 80]


def test_of_an_unhedged_package_the_larger_leg_goes_first(desk: RiskDesk) -> None:
    long_leg = HeldLeg(venue="paper", symbol=SPOT, quantity=Decimal(80), entry_price=PRICE, mark_price=PRICE)
    short_leg = HeldLeg(venue="paper", symbol=PERPETUAL, quantity=Decimal(-40), entry_price=PRICE, mark_price=PRICE)
    desk.hold("BTC", long_leg=long_leg, short_leg=short_leg, state=PackageState.HALTED)
    desk.book(SPOT, PRICE, quantity=30)
    (approval,) = closings(desk.portfolio())
    assert quantities(approval) == [30, 0]


@pytest.mark.parametrize(("style", "expected"), [(OrderStyle.IOC, [30, 30]), (OrderStyle.POST_ONLY, [80, 80])])
def test_a_closing_that_others_ask_for_is_cut_unless_it_rests(
    desk: RiskDesk, style: OrderStyle, expected: list[int]
) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    desk.book(SPOT, PRICE, quantity=30)
    outputs = desk.send(desk.closing(package.package_id, "BTC", Decimal(80), style=style))
    assert quantities(only(outputs, PackageApproved).approval) == expected
    assert ("if it is taken after resting, " in decision(outputs).reason) is (style is OrderStyle.POST_ONLY)
    assert "expected slippage" in decision(outputs).reason


def test_what_is_flattened_is_cut_to_a_fresh_book(desk: RiskDesk) -> None:
    desk.hold("BTC", 8_000)
    desk.portfolio()
    desk.book(SPOT, PRICE, quantity=30)
    (approval,) = closings(desk.command(Flatten))
    assert quantities(approval) == [30, 30]


def test_what_is_flattened_without_a_fresh_book_goes_whole_and_says_so(desk: RiskDesk) -> None:
    desk.hold("BTC", 8_000)
    desk.book(SPOT, PRICE, quantity=30)
    desk.portfolio()
    desk.now += timedelta(seconds=2)
    outputs = desk.command(Flatten)
    (approval,) = closings(outputs)
    assert quantities(approval) == [80, 80]
    assert decision(outputs).reason == "closing: flatten; expected slippage is unknown: no fresh books"


def test_a_reduction_that_was_cut_to_depth_is_not_done_until_the_rest_of_it_is(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000)
    desk.book(SPOT, PRICE, quantity=30)
    (first,) = closings(desk.portfolio(deltas=(delta("BTC", -3_500),)))
    assert (quantities(first), first.action) == ([30, 30], "close")
    desk.hold("BTC", 5_000, package_id=package.package_id)
    desk.closed_partly(first, Decimal(50))
    (second,) = closings(desk.portfolio(deltas=(delta("BTC", -3_500),)))
    assert quantities(second) == [25, 25]
    desk.hold("BTC", 2_500, package_id=package.package_id)
    desk.closed_partly(second, Decimal(25))
    assert not closings(desk.portfolio(deltas=(delta("BTC", -3_500),)))
    assert LosingDay(day=desk.now.date(), asset="BTC", reduced_packages=(package.package_id,)) in desk.stored


def test_a_package_in_a_crisis_of_liquidity_is_closed_piece_by_piece(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000, unrealised_pnl_usd=Decimal(-4_000))
    left, pieces = Decimal(80), []
    desk.book(SPOT, PRICE, quantity=17)
    (approval,) = closings(desk.portfolio())
    while True:
        pieces.append(quantities(approval)[0])
        left -= pieces[-1]
        if not left:
            break
        desk.hold("BTC", int(left * PRICE), package_id=package.package_id, unrealised_pnl_usd=Decimal(-4_000))
        desk.closed_partly(approval, left)
        (approval,) = closings(desk.portfolio())
    assert pieces == [17, 17, 17, 17, 12]


coins = st.decimals("0.01", 1_000, places=2)
ratios = st.sampled_from([Decimal(1), Decimal(1), Decimal("0.05"), Decimal(7) / 3, Decimal(20)])
depths = st.decimals(0, 1_000, places=3)


def to_close(held: Decimal, *, is_spot: bool) -> LegToClose:
    instrument = spot("BTC") if is_spot else perpetual("BTC", quantity_step=Decimal("0.05"))
    return LegToClose(instrument.round_quantity(held), held, PRICE, instrument)


@given(long_held=coins, short_held=coins, long_depth=depths, short_depth=depths, ratio=ratios)
def test_a_cut_closing_closes_something_and_leaves_the_package_hedged_no_worse(
    long_held: Decimal, short_held: Decimal, long_depth: Decimal, short_depth: Decimal, ratio: Decimal
) -> None:
    hedge = Hedge(ratio)
    legs = to_close(long_held, is_spot=True), to_close(short_held, is_spot=False)
    sizes = fitted_to_depth(legs, (long_depth, short_depth), hedge)
    assert all(0 <= size <= leg.wanted for size, leg in zip(sizes, legs, strict=True))
    assert sum(sizes) > 0
    unhedged_before = abs(hedge.residual(long_held, short_held))
    unhedged_after = abs(hedge.residual(long_held - sizes[0], short_held - sizes[1]))
    rounding = hedge.coarser_step(STEP, Decimal("0.05")) * 2
    assert unhedged_after <= unhedged_before + rounding


@given(held=coins, depth=depths)
def test_a_hedged_package_is_cut_to_the_depth_or_to_the_smallest_order(held: Decimal, depth: Decimal) -> None:
    legs = to_close(held, is_spot=True), to_close(held, is_spot=False)
    sizes = fitted_to_depth(legs, (depth, Decimal(1_000)), ONE_TO_ONE)
    smallest, rest_too_small = Decimal("0.05"), Decimal("0.15")
    assert sizes[0] <= max(depth, smallest) + rest_too_small
    assert sizes[0] >= min(depth, legs[0].wanted) - rest_too_small - STEP
