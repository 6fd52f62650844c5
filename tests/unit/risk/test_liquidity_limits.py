"""Nothing is entered where books are not as they usually are."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.risk_desk import PRICE, WATCHED, RiskDesk, check, decision, limits_with, perpetual, spot

from poise_common.contracts.packages import Verdict
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.knowledge.liquidity import UsualLiquidity
from poise_risk.domain.rules.rulebook import Rulebook

USUAL_QUANTITY = 1e6


@pytest.fixture
def desk() -> RiskDesk:
    return RiskDesk().ready()


@pytest.mark.parametrize("symbol", ["BTC/USDT", "BTC/USDT:USDT"])
def test_a_book_of_a_twentieth_of_its_usual_depth_stops_entries(desk: RiskDesk, symbol: str) -> None:
    desk.book(symbol, PRICE, quantity=USUAL_QUANTITY / 20)
    told = desk.send(desk.request("BTC"))
    assert decision(told).binding_limit == "usual_depth"
    assert check(told, "usual_depth").value == pytest.approx(Decimal(5), rel=Decimal("0.01"))
    assert symbol in check(told, "usual_depth").detail


def test_a_spread_twenty_times_as_wide_as_usual_stops_entries(desk: RiskDesk) -> None:
    desk.book("BTC/USDT", PRICE, half_spread=Decimal("0.002"))
    told = desk.send(desk.request("BTC"))
    assert decision(told).verdict is Verdict.REJECTED
    assert not check(told, "usual_spread").passed
    assert check(told, "usual_spread").value == pytest.approx(Decimal(20), rel=Decimal("0.01"))


def test_a_third_less_depth_or_twice_the_spread_is_a_day_like_others(desk: RiskDesk) -> None:
    desk.book("BTC/USDT", PRICE, quantity=USUAL_QUANTITY * 0.67)
    desk.book("BTC/USDT:USDT", PRICE, half_spread=Decimal("0.0002"))
    assert decision(desk.send(desk.request("BTC"))).verdict is Verdict.APPROVED


def test_other_assets_go_on(desk: RiskDesk) -> None:
    desk.book("BTC/USDT", PRICE, quantity=USUAL_QUANTITY / 20)
    assert decision(desk.send(desk.request("ETH"))).verdict is Verdict.APPROVED


def test_what_was_not_watched_for_long_enough_is_not_entered() -> None:
    desk = RiskDesk()
    desk.universe([(spot("BTC"), perpetual("BTC"), 1)])
    desk.books()
    desk.repeat_correlations()
    desk.venue()
    desk.phase()
    desk.portfolio()
    decided = decision(desk.send(desk.request("BTC")))
    assert decided.binding_limit == "usual_depth"
    assert "not watched for long enough" in decided.reason


def test_a_crisis_of_minutes_does_not_become_usual(desk: RiskDesk) -> None:
    for _ in range(300):
        desk.now += timedelta(seconds=1)
        desk.books()
        desk.book("BTC/USDT", PRICE, quantity=USUAL_QUANTITY / 20)
    desk.repeat_correlations()
    desk.venue()
    desk.portfolio()
    assert decision(desk.send(desk.request("BTC"))).binding_limit == "usual_depth"


@given(st.lists(st.floats(1e3, 1e9), min_size=2, max_size=40))
def test_what_is_usual_lies_between_the_least_and_the_most_that_was_seen(quantities: list[float]) -> None:
    desk = RiskDesk()
    usual = UsualLiquidity(Rulebook(limits_with()))
    for quantity in quantities:
        desk.now += WATCHED
        usual.take(desk.order_book("BTC/USDT", PRICE, quantity=quantity))
    found = usual.of(InstrumentId("paper", "BTC/USDT"))
    assert found is not None
    one_usd = usual_usd(desk)
    assert min(quantities) * one_usd * 0.999 <= found.depth_usd <= max(quantities) * one_usd * 1.001


def usual_usd(desk: RiskDesk) -> float:
    """What a quantity of 1 on each level is worth on the thinner side."""
    book = desk.order_book("BTC/USDT", PRICE, quantity=1)
    return min(sum(level.price for level in side) for side in (book.bids, book.asks))
