"""Differences that the operator took as they are: the ledger, the packages and the day follow them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import PACKAGE, PERPETUAL, SPOT, Desk, balance, position, shipped_parameters

from poise_common.contracts.execution import Difference
from poise_common.contracts.packages import PackageState
from poise_portfolio.domain.ledger.external import External, external_of
from poise_portfolio.domain.ledger.packages import Package
from poise_portfolio.domain.records import Acknowledged, DayStart, HighWaterMark

D = Decimal


def hedged_desk() -> Desk:
    """One BTC long at 100, one short at 101, marked at 110 and 110."""
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.fill(PERPETUAL, "sell", "1", "101"), desk.opened())
    return desk.tell(desk.book(SPOT, 110.0), desk.book(PERPETUAL, 110.0)).wait()


def adjusted(wallet: str, cost: str) -> str:
    """What a derivatives wallet counts: less what its positions cost."""
    return str(D(wallet) - D(cost))


SHORT_LOST = (
    position(PERPETUAL, "-1", "0"),
    # bought back at 111 for 1.11 of fee: the wallet lost 10 on the trade, and the position's cost of -101 is gone
    balance("futures", "USDT", adjusted("40000", "-101"), adjusted("39988.89", "0")),
)
LEFT_WITHOUT_SHORT = {PACKAGE: ("1", "0")}


def residual_after(desk: Desk, futures: str, positions: dict[str, str], entry_price: str = "101") -> Decimal:
    balances = {("spot", "USDT"): "59900", ("spot", "BTC"): "1", ("futures", "USDT"): futures}
    desk.tell(desk.report(balances, positions, entry_price=entry_price))
    return desk.state.ledger_residual_usd


def test_the_ledger_closes_again_after_a_lost_leg() -> None:
    desk = hedged_desk()
    assert residual_after(desk, "39988.89", {}) > 100
    desk.tell(desk.acknowledged(*SHORT_LOST, left=LEFT_WITHOUT_SHORT))
    assert residual_after(desk, "39988.89", {}) == 0


def test_a_package_has_what_it_has_left_and_waits_halted() -> None:
    desk = hedged_desk()
    desk.tell(desk.acknowledged(*SHORT_LOST, left=LEFT_WITHOUT_SHORT))
    (package,) = desk.state.packages
    assert (package.state, package.long_leg.quantity, package.short_leg.quantity) == (PackageState.HALTED, 1, 0)
    assert package.residual_delta_usd == 110
    (delta,) = desk.state.deltas
    assert delta.delta_usd == 110


def test_a_package_that_lost_everything_is_over() -> None:
    desk = hedged_desk()
    spot_lost = (balance("spot", "BTC", "1", "0"), balance("spot", "USDT", "59900", "60009.89"))
    desk.tell(desk.halted(), desk.acknowledged(*SHORT_LOST, *spot_lost, left={PACKAGE: ("0", "0")}))
    assert desk.state.packages == ()
    package = desk.stored(Package)[-1]
    assert (package.state, package.closed_at) == (PackageState.CLOSED, desk.now)


def test_what_was_lost_by_trades_that_were_not_ours_is_a_loss() -> None:
    desk = hedged_desk()
    before = desk.state
    desk.tell(desk.acknowledged(*SHORT_LOST, left=LEFT_WITHOUT_SHORT))
    # bought back 1 above the mark, and the fee
    assert desk.state.equity_usd - before.equity_usd == D("-2.11")
    assert desk.state.external_usd == D("-2.11")
    assert desk.state.day_start_equity_usd == before.day_start_equity_usd
    assert desk.state.high_water_mark_usd == before.high_water_mark_usd


@pytest.mark.parametrize(
    ("lines", "left", "change"),
    [
        (SHORT_LOST, LEFT_WITHOUT_SHORT, "-2.11"),
        ((balance("spot", "USDT", "59900", "49900"),), {}, "-10000"),
        ((balance("spot", "BTC", "1", "0.5"),), {PACKAGE: ("0.5", "1")}, "-55"),
        ((balance("spot", "BTC", "1", "3"),), {}, "220"),
        ((balance("spot", "USDT", "59900", "58900"), balance("futures", "USDT", "40101", "41101")), {}, "0"),
        ((position(PERPETUAL, "-1", "-3"), balance("futures", "USDT", "40101", "40320")), {}, "-1"),
    ],
)
def test_equity_is_always_explained(
    lines: tuple[Difference, ...], left: dict[object, tuple[str, str]], change: str
) -> None:
    desk = hedged_desk()
    before = desk.state
    desk.tell(desk.acknowledged(*lines, left=left))  # type: ignore[arg-type]  # an empty mapping has no key type
    after = desk.state
    assert after.equity_usd - before.equity_usd == D(change)

    def explained(state: object) -> Decimal:
        figures = ("realised_pnl_usd", "unrealised_pnl_usd", "funding_usd", "external_usd")
        return sum((getattr(state, figure) for figure in figures), D(0)) - state.fees_usd  # type: ignore[attr-defined]  # a state

    assert explained(after) - explained(before) == D(change)


@pytest.mark.parametrize(("spot", "scale"), [("9900", "0.5"), ("109900", "1.5")])
def test_a_transfer_is_neither_profit_nor_loss(spot: str, scale: str) -> None:
    desk = hedged_desk().tell()
    desk.tell(desk.book(PERPETUAL, 1110.0)).wait()  # the short lost 1,000 of 100,000 today
    before = desk.state
    assert before.equity_usd == D("99001")
    share = before.equity_usd / before.day_start_equity_usd
    transferred = D(spot) - D("59900")
    desk.tell(desk.acknowledged(balance("spot", "USDT", "59900", spot)))
    after = desk.state
    assert after.equity_usd - before.equity_usd == transferred
    assert after.equity_usd / after.day_start_equity_usd == pytest.approx(share)
    assert after.equity_usd / after.high_water_mark_usd == pytest.approx(before.equity_usd / before.high_water_mark_usd)
    assert (desk.stored(DayStart)[-1].equity_usd, desk.stored(HighWaterMark)[-1].equity_usd) == (
        after.day_start_equity_usd,
        after.high_water_mark_usd,
    )
    (asset_before,), (asset_after,) = before.deltas, after.deltas
    lost_share = asset_before.pnl_today_usd / before.day_start_equity_usd
    assert asset_after.pnl_today_usd / after.day_start_equity_usd == pytest.approx(lost_share)
    assert float(after.day_start_equity_usd / before.day_start_equity_usd) == pytest.approx(float(scale), rel=0.02)


def test_an_acknowledgement_counts_once_even_after_a_restart() -> None:
    desk = hedged_desk()
    news = desk.acknowledged(*SHORT_LOST, left=LEFT_WITHOUT_SHORT)
    desk.tell(news)
    known, records = desk.state, len(desk.records)
    desk.tell(news)
    assert len(desk.records) == records
    again = Desk(books_of(desk.records), shipped_parameters(mark_wait_s=0))
    again.now = desk.now
    again.tell(news, desk.book(SPOT, 110.0), desk.book(PERPETUAL, 110.0)).wait()
    assert again.stored(Acknowledged) == []
    figures = ("equity_usd", "external_usd", "realised_pnl_usd", "day_start_equity_usd", "packages")
    assert [getattr(again.state, each) for each in figures] == [getattr(known, each) for each in figures]


@pytest.mark.parametrize("restart", [False, True])
def test_the_venues_entry_price_is_taken_from_the_next_report_that_agrees(restart: bool) -> None:
    desk = hedged_desk()
    # Two more were sold at 109.5 by someone else: the venue's average of three is 106.666667, and it asked 0.2 of fee.
    lines = (position(PERPETUAL, "-1", "-3"), balance("futures", "USDT", "40101", "40319.8"))
    desk.tell(desk.acknowledged(*lines))
    if restart:
        desk = Desk(books_of(desk.records), shipped_parameters(mark_wait_s=0))
    desk.tell(desk.book(SPOT, 110.0), desk.book(PERPETUAL, 110.0)).wait()
    equity_usd = desk.state.equity_usd
    # the venue's wallet: what is told less costs, plus the costs of three at its own entry price
    entry_price = D("106.666667")
    wallet = D("40319.8") - 3 * entry_price
    assert residual_after(desk, str(wallet), {PERPETUAL: "-2"}, str(entry_price)) > 100, "one position is missing"
    assert residual_after(desk, str(wallet), {PERPETUAL: "-3"}, str(entry_price)) == 0
    assert desk.state.equity_usd == equity_usd
    assert residual_after(desk, str(wallet), {PERPETUAL: "-3"}, "105") == 0, "only once"


def test_a_position_that_the_ledger_cannot_book_stops_nothing() -> None:
    desk = hedged_desk()
    desk.tell(desk.acknowledged(position("BTC/USD:BTC", "0", "5")))
    assert desk.stored(Acknowledged)


def test_a_package_that_is_not_known_is_left_out() -> None:
    desk = hedged_desk()
    desk.tell(desk.acknowledged(left={desk.new_id(desk.now): ("0", "0")}))
    (package,) = desk.state.packages
    assert package.state is PackageState.OPEN


@given(st.lists(st.decimals(-1_000, 1_000, places=2), max_size=5))
def test_what_came_from_outside_is_all_transfer_or_all_result(worths_usd: list[Decimal]) -> None:
    found = external_of(worths_usd, D(1))
    assert found.total_usd == sum(worths_usd, D(0))
    assert D(0) in {found.transfer_usd, found.result_usd}


@pytest.mark.parametrize(
    ("worths_usd", "external"),
    [
        ([], External()),
        (["-500"], External(transfer_usd=D(-500))),
        (["500", "0.3"], External(transfer_usd=D("500.3"))),
        (["500", "-0.3"], External(transfer_usd=D("499.7"))),
        (["500", "-503"], External(result_usd=D(-3))),
    ],
)
def test_what_goes_one_way_is_a_transfer_and_what_goes_both_ways_a_trade(
    worths_usd: list[str], external: External
) -> None:
    assert external_of(map(D, worths_usd), D(1)) == external
