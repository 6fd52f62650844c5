"""Books, collars, pegs, and how far from neutral."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.unit.risk.risk_desk import RiskDesk, alerts, check, decision, figures, perpetual, spot

from poise_common.contracts.packages import Verdict


@pytest.mark.parametrize(("limit_price", "passed"), [(Decimal("100.51"), True), (Decimal("100.52"), False)])
def test_a_buy_goes_no_higher_than_fifty_bps_above_the_best_ask(
    desk: RiskDesk, limit_price: Decimal, *, passed: bool
) -> None:
    # The best ask is 100.01; 50 bps above it is 100.51005.
    outputs = desk.send(desk.request("BTC", long={"limit_price": limit_price}))
    assert check(outputs, "price_collar").passed is passed


def test_a_sale_goes_no_lower_than_fifty_bps_below_the_best_bid(desk: RiskDesk) -> None:
    # The best bid is 99.99; 50 bps below it is 99.49005.
    decided = decision(desk.send(desk.request("BTC", short={"limit_price": Decimal("99.49")})))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "price_collar")


def test_a_limit_on_the_better_side_of_the_book_harms_nobody(desk: RiskDesk) -> None:
    assert decision(desk.send(desk.request("BTC", long={"limit_price": Decimal(90)}))).verdict is Verdict.APPROVED


def test_exposure_cant_be_made_to_look_small_by_a_decision_price_off_the_market(desk: RiskDesk) -> None:
    off = {"decision_price": Decimal(10)}
    decided = decision(desk.send(desk.request("BTC", 90_000, long=off, short=off)))
    assert decided.verdict is Verdict.REJECTED
    assert not check([decided], "price_collar").passed


def test_a_market_that_moved_since_the_signal_rejects(desk: RiskDesk) -> None:
    request = desk.request("BTC")
    desk.book("BTC/USDT", Decimal(101))
    desk.book("BTC/USDT:USDT", Decimal(101))
    assert decision(desk.send(request)).binding_limit == "price_collar"


def test_a_book_older_than_a_second_rejects(desk: RiskDesk) -> None:
    desk.now += timedelta(seconds=1)
    assert decision(desk.send(desk.request("BTC"))).verdict is Verdict.APPROVED
    desk.now += timedelta(milliseconds=1)
    decided = decision(desk.send(desk.request("ETH")))
    assert figures(decided.binding_limit, check([decided], "books_fresh").value) == ("books_fresh", 1_001)


def test_a_book_that_comes_after_a_later_one_changes_nothing(desk: RiskDesk) -> None:
    request = desk.request("BTC")
    desk.book("BTC/USDT", Decimal(101), received_at=desk.now - timedelta(milliseconds=1))
    assert decision(desk.send(request)).verdict is Verdict.APPROVED


def test_a_missing_book_rejects() -> None:
    desk = RiskDesk()
    desk.universe([(spot("BTC"), perpetual("BTC"), 1)])
    desk.book("BTC/USDT", Decimal(100))
    desk.venue()
    desk.portfolio()
    decided = decision(desk.send(desk.request("BTC")))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "books_fresh")


@pytest.mark.parametrize(("usdc_in_usdt", "passed"), [(1.004, True), (1.006, False), (0.994, False)])
def test_a_stablecoin_off_its_peg_by_half_a_per_cent_blocks_entries(
    desk: RiskDesk, usdc_in_usdt: float, *, passed: bool
) -> None:
    desk.books(peg=usdc_in_usdt)
    outputs = desk.send(desk.request("BTC"))
    assert check(outputs, "stablecoin_peg").passed is passed
    assert check(outputs, "stablecoin_peg").value == pytest.approx(Decimal(str(abs(1 / usdc_in_usdt - 1) * 100)))


def test_a_coin_as_the_base_of_its_pair_is_priced_without_inverting(desk: RiskDesk) -> None:
    desk.universe(
        [(spot("BTC", symbol="BTC/USDC", quote="USDC", settle="USDC"), perpetual("BTC", symbol="BTC/USDC:USDC"), 1)]
    )
    desk.books(peg=1.006)
    outputs = desk.send(desk.request("BTC", long={"symbol": "BTC/USDC"}, short={"symbol": "BTC/USDC:USDC"}))
    assert check(outputs, "stablecoin_peg").value == pytest.approx(Decimal("0.6"))


def test_a_peg_of_unknown_price_blocks_entries(desk: RiskDesk) -> None:
    desk.now += timedelta(seconds=11)
    for symbol in ("BTC/USDT", "BTC/USDT:USDT"):
        desk.book(symbol, Decimal(100))
    desk.portfolio()
    decided = decision(desk.send(desk.request("BTC")))
    assert (decided.binding_limit, check([decided], "stablecoin_peg").value) == ("stablecoin_peg", None)


def test_a_depeg_is_told(desk: RiskDesk) -> None:
    desk.books(peg=1.03)
    assert {each.subject for each in alerts(desk.tick(), "depeg")} == {"USDT", "USDC"}


def test_net_delta_stays_within_one_per_cent_of_equity(desk: RiskDesk) -> None:
    # 996 USD are unhedged already; the request would leave 0.05 % of 80 spot coins: 0.04 x 100 = 4 USD.
    desk.portfolio(net_delta_usd=Decimal(-997))
    outputs = desk.send(desk.request("BTC", 8_000))
    measured = check(outputs, "net_delta")
    assert figures(measured.value, measured.allowed) == (Decimal(1_001), 1_000)
    assert measured.passing_exposure_usd == Decimal(6_000)


def test_what_packages_in_flight_may_leave_unhedged_adds_up(desk: RiskDesk) -> None:
    desk.open("ETH", 8_000)
    assert check(desk.send(desk.request("BTC", 8_000)), "net_delta").value == 8


@pytest.mark.parametrize(("long_quantity", "passed"), [("80.05", True), ("80.06", False), ("79.95", True)])
def test_legs_may_differ_by_a_spot_fee_and_one_step(desk: RiskDesk, long_quantity: str, *, passed: bool) -> None:
    # 0.05 % of 80 is 0.04, and a step is 0.01.
    outputs = desk.send(desk.request("BTC", 8_000, long={"quantity": Decimal(long_quantity)}))
    assert check(outputs, "legs_hedged").passed is passed
    assert (decision(outputs).verdict is Verdict.APPROVED) is passed
