"""Contracts that are quoted in dollars and settle in what they are of, beside the examples that venues publish."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import PACKAGE, SPOT, Desk, balance, position, shipped_parameters
from tests.unit.portfolio.inverse_desk import INVERSE, coin_funding, contracts, wallet

from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole, PackageAction, PackageState
from poise_portfolio.domain.ledger.coins import SettledCoin
from poise_portfolio.domain.ledger.packages import Package
from poise_portfolio.domain.ledger.positions import FLAT, Position
from poise_portfolio.domain.records import Acknowledged, HeldPosition

D = Decimal
CLOSE = PackageAction.CLOSE
ENVELOPE = {"id", "trace_id", "hops"}


def coin_desk(coins: str = "2", **changes: object) -> Desk:
    """A desk with dollars on the spot wallet, and coins as margin."""
    desk = Desk(parameters=shipped_parameters(**changes))
    balances: dict[tuple[str, str], str | Decimal] = {("spot", "USDT"): "100000", ("futures", "BTC"): coins}
    return desk.tell(desk.report(balances, opening=True))


def package(desk: Desk) -> Package:
    return desk.stored(Package)[-1]


def test_a_long_earns_what_the_venue_says() -> None:
    # Bybit, "inverse perpetual": 10,000 contracts bought at 8,000 and sold at 12,500: 1.25 - 0.8 = 0.45 BTC
    desk = coin_desk("1")
    desk.tell(contracts(desk, "buy", "10000", "8000", role=LegRole.LONG))
    assert wallet(desk) == D(1)
    desk.tell(contracts(desk, "sell", "10000", "12500", role=LegRole.LONG, action=CLOSE))
    assert wallet(desk) == D("1.45")
    assert package(desk).realised_pnl_usd == D("0.45") * 12_500
    assert not package(desk).holds_something


def test_a_short_earns_what_the_venue_says() -> None:
    # Binance COIN-M: 10,000 USD sold at 50,000 and bought back at 45,000: 10,000 x (1/45,000 - 1/50,000) = 0.0222 BTC
    desk = coin_desk("1")
    desk.tell(contracts(desk, "sell", "10000", "50000"))
    desk.tell(contracts(desk, "buy", "10000", "45000", action=CLOSE))
    assert wallet(desk) == D("1.02222222")
    assert package(desk).realised_pnl_usd == pytest.approx(D(1000), abs=D("1e-20"))


def test_the_entry_price_is_the_venues_average() -> None:
    # Bybit: 1,000 at 5,000 and 2,000 at 6,000: 3,000 / (0.2 + 0.3333) = 5,625
    desk = coin_desk()
    for face, price in (("1000", "5000"), ("2000", "6000")):
        desk.tell(contracts(desk, "buy", face, price, role=LegRole.LONG))
    leg = package(desk).long_leg
    assert leg is not None
    assert leg.position.cost == D(3000)
    assert leg.position.entry_price == pytest.approx(D(5625), abs=D("1e-20"))


def test_a_part_is_closed_at_the_average_and_the_rest_keeps_it() -> None:
    held, _ = FLAT.traded_by_face(D(-1), D(50_000))
    # half of the face is bought back at 62,500, for 0.4: 25,000 x (1/62,500 - 1/50,000) = -0.1 BTC
    left, realised = held.traded_by_face(D("0.4"), D(62_500))
    assert left == Position(D("-0.5"), D(-25_000))
    assert realised == D("-0.1") * 62_500


def test_a_trade_through_flat_opens_the_rest_at_its_price() -> None:
    held, _ = FLAT.traded_by_face(D("0.5"), D(20_000))
    turned, realised = held.traded_by_face(D("-1.2"), D(25_000))
    # 10,000 of the 30,000 sold close what was held: 10,000 x (1/20,000 - 1/25,000) = 0.1 BTC
    assert realised == D("0.1") * 25_000
    assert turned == Position(D("-0.8"), D(-20_000))


def test_units_that_a_venue_rounds_still_close_what_was_opened() -> None:
    held, _ = FLAT.traded_by_face(D("0.00102727"), D("97345.1"))  # one contract of 100 USD
    closed, _ = held.traded_by_face(D("-0.00098039"), D(102_000))
    assert held.cost == D(100)
    assert closed == FLAT


def test_fees_and_funding_in_coin_count_at_what_it_is_worth_then() -> None:
    desk = coin_desk()
    desk.tell(contracts(desk, "sell", "50000", "50000", fee="0.0005"), desk.book(SPOT, 51_000.0))
    desk.tell(coin_funding(desk, "0.0001"))
    assert wallet(desk) == D("1.9996")
    assert (package(desk).fees_usd, package(desk).funding_usd) == (D(25), D("5.1"))
    assert desk.stored(SettledCoin)[-1].position.quantity == D("-0.0004")


def test_what_is_settled_is_kept_at_what_it_was_worth_and_moves_with_its_price_since() -> None:
    desk = coin_desk()
    desk.tell(contracts(desk, "buy", "10000", "8000", role=LegRole.LONG))
    desk.tell(contracts(desk, "sell", "10000", "12500", role=LegRole.LONG, action=CLOSE), desk.closed())
    assert desk.stored(SettledCoin)[-1].position == Position(D("0.45"), D(5625))
    desk.tell(desk.book(SPOT, 20_000.0))
    state = desk.wait().state
    assert state.realised_pnl_usd == D(5625)
    assert state.unrealised_pnl_usd == D("0.45") * 20_000 - 5625
    assert state.equity_usd == 100_000 + D("2.45") * 20_000
    assert (state.deltas[0].delta, state.deltas[0].delta_usd) == (D("0.45"), D(9000))


def test_a_hedge_in_coin_is_worth_the_same_at_every_price() -> None:
    desk = coin_desk("0")
    desk.tell(desk.fill(SPOT, "buy", "1", "50000"), contracts(desk, "sell", "50000", "50000"), desk.opened())
    for price in (50_000.0, 12_345.0, 400_000.0):
        desk.tell(desk.book(SPOT, price), desk.book(INVERSE, price))
        state = desk.wait().state
        assert state.equity_usd == pytest.approx(D(100_000), abs=D("1e-9"))
        assert (state.net_delta_usd, state.packages[0].residual_delta_usd) == (D(0), D(0))
        assert state.packages[0].unrealised_pnl_usd == 0


def test_slippage_is_against_the_coin_that_the_decision_would_have_taken() -> None:
    desk = coin_desk()
    desk.tell(contracts(desk, "sell", "50000", "40000", decision_price="50000"))
    # 1.25 was sold where 1 would have been: a quarter of a coin, at 40,000
    assert package(desk).slippage_usd == D(10_000)


def test_the_account_closes_to_the_face() -> None:
    desk = coin_desk()
    desk.tell(contracts(desk, "sell", "20000", "60000", fee="0.0001"))
    held = desk.report({("spot", "USDT"): "100000", ("futures", "BTC"): "1.9999"}, {INVERSE: "-0.33333333"})
    at_entry = held.positions[0].model_copy(update={"entry_price": D(60_000)})
    desk.tell(held.model_copy(update={"positions": (at_entry,)}))
    assert desk.state.ledger_residual_usd == 0
    ten_more = at_entry.model_copy(update={"quantity": D("-0.3335")})
    later = desk.report({("spot", "USDT"): "100000", ("futures", "BTC"): "1.9998"})
    desk.tell(desk.book(SPOT, 60_000.0), later.model_copy(update={"positions": (ten_more,)}))
    assert desk.state.ledger_residual_usd == D(10) + D("0.0001") * 60_000


def test_an_account_that_holds_contracts_opens_with_their_face() -> None:
    desk = Desk()
    desk.tell(desk.report({("futures", "BTC"): "1"}, {INVERSE: "-0.5"}, opening=True, entry_price="20000"))
    desk.tell(contracts(desk, "buy", "10000", "25000"))
    assert wallet(desk) == D("0.9")  # 10,000 x (1/25,000 - 1/20,000)
    assert desk.stored(HeldPosition)[-1].position == FLAT


def test_what_the_operator_took_as_it_is_changes_no_worth_that_was_not_lost() -> None:
    desk = coin_desk()
    desk.tell(desk.fill(SPOT, "buy", "1", "50000"), contracts(desk, "sell", "50000", "50000"), desk.opened())
    desk.tell(desk.book(SPOT, 62_500.0), desk.book(INVERSE, 62_500.0))
    before = desk.wait().state
    # the venue bought half of it back at 62,500: 0.4 of the coin for 25,000, which settles -0.1
    lines = (position(INVERSE, "-1", "-0.5"), balance("futures", "BTC", "1", "1.4"))
    desk.tell(desk.acknowledged(*lines, left={PACKAGE: ("1", "0.5")}))
    assert wallet(desk) == D("1.9")
    assert desk.stored(Acknowledged)[-1].external.total_usd == 0
    after = desk.wait().state
    assert (after.equity_usd, after.result.net_usd) == (before.equity_usd, before.result.net_usd)
    assert after.packages[0].state is PackageState.HALTED
    assert after.packages[0].short_leg.quantity == D("-0.5")
    aligned = desk.report({("spot", "USDT"): "50000", ("spot", "BTC"): "1", ("futures", "BTC"): "1.9"})
    told = desk.report({}, {INVERSE: "-0.5"}, entry_price="50000").positions
    desk.tell(aligned.model_copy(update={"positions": told}))
    assert desk.state.ledger_residual_usd == 0
    assert not desk.stored(HeldPosition)[-1].is_provisional


def day_in_coin(desk: Desk) -> list[Message]:
    """A package opened, paid, closed in parts; another one held."""
    other = desk.new_id(desk.now)
    return [
        desk.fill(SPOT, "buy", "1.0005", "50000", fee="0.0005", fee_currency="BTC"),
        contracts(desk, "sell", "50000", "50100", fee="0.0002"),
        desk.opened(),
        coin_funding(desk, "0.0001"),
        desk.fill(SPOT, "sell", "0.5", "52000", action=CLOSE),
        contracts(desk, "buy", "25000", "52050", fee="0.0001", action=CLOSE),
        desk.closed_partly(),
        desk.fill(SPOT, "sell", "0.5", "48000", action=CLOSE),
        contracts(desk, "buy", "25000", "47900", fee="0.0001", action=CLOSE),
        desk.closed(),
        contracts(desk, "sell", "7000", "48100", package_id=other),
        coin_funding(desk, "-0.00002"),
    ]


@given(st.integers(0, 12))
def test_a_restart_anywhere_gives_the_same_desk(restart_after: int) -> None:
    script = coin_desk()
    messages = day_in_coin(script)
    books = [script.book(SPOT, 49_000.0), script.book(INVERSE, 49_100.0)]
    unbroken, first = coin_desk(), coin_desk()
    unbroken.tell(*messages, *books)
    first.tell(*messages[:restart_after])
    second = Desk(books_of(first.records), shipped_parameters(mark_wait_s=0))
    second.tell(*messages, *books)
    unbroken.now = second.now = script.now
    assert second.wait(2).state.model_dump(exclude=ENVELOPE) == unbroken.wait(2).state.model_dump(exclude=ENVELOPE)


lots = st.tuples(
    st.integers(-90, 90).filter(bool).map(lambda steps: D(100 * steps)),
    st.integers(10_000, 9_000_000).map(lambda tick: D(tick) / 100),
)


@given(st.lists(lots, max_size=25))
def test_coin_paid_in_is_what_was_realised_and_what_is_still_borrowed(done: list[tuple[Decimal, Decimal]]) -> None:
    held, coins, bought, faces = FLAT, D(0), D(0), D(0)
    for face, price in done:
        held, in_quote = held.traded_by_face(face / price, price)
        coins += in_quote / price
        bought += face / price
        faces += face
    assert held.cost == faces
    assert coins + held.quantity == pytest.approx(bought, abs=D("1e-18"))
    assert held.quantity * held.cost > 0 or held == FLAT
