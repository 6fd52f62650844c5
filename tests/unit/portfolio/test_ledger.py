from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.portfolio.desk import PACKAGE, PERPETUAL, SPOT, Desk

from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole, PackageAction
from poise_common.domain.wallets import Wallet
from poise_portfolio.domain.ledger.markets import UnsupportedMarketError, market_of
from poise_portfolio.domain.ledger.packages import LegMismatchError
from poise_portfolio.domain.records import Account, BookedFill, Cash
from poise_simulator.domain.wallets import OpenPosition, to_money

D = Decimal


def balances(desk: Desk) -> dict[tuple[str, str], Decimal]:
    """What the stored balances add up to: the last row of each key."""
    return {(cash.wallet, cash.currency): cash.total for cash in desk.stored(Cash)}


def test_a_round_trip_by_hand() -> None:
    desk = Desk().open_account()
    # 1.001 BTC bought at 100.00, fee 0.05 % of the coin: 0.0005005; 1 sold short at 101, fee 0.0505
    desk.tell(desk.fill(SPOT, "buy", "1.001", "100", fee="0.0005005", fee_currency="BTC"))
    desk.tell(desk.fill(PERPETUAL, "sell", "1", "101", fee="0.0505"))
    assert balances(desk) == {
        ("spot", "USDT"): D("59899.9"),
        ("spot", "BTC"): D("1.0004995"),
        ("futures", "USDT"): D("39999.9495"),
    }
    desk.tell(desk.funding("0.02"))
    # closed 1 at 110 and 110.5: spot + 110 - 0.055, short realises 101 - 110.5 = -9.5, fee 0.05525
    desk.tell(desk.fill(SPOT, "sell", "1", "110", fee="0.055", action=PackageAction.CLOSE))
    desk.tell(desk.fill(PERPETUAL, "buy", "1", "110.5", fee="0.05525", action=PackageAction.CLOSE))
    assert balances(desk) == {
        ("spot", "USDT"): D("60009.845"),
        ("spot", "BTC"): D("0.0004995"),
        ("futures", "USDT"): D("39990.41425"),  # 39999.9495 + 0.02 - 9.5 - 0.05525
    }


def test_a_venue_with_one_wallet_books_everything_there() -> None:
    desk = Desk()
    desk.tell(desk.report({("unified", "USDT"): "100000"}, opening=True))
    desk.tell(desk.fill(SPOT, "buy", "1.001", "100", fee="0.001", fee_currency="BTC"))
    desk.tell(desk.fill(PERPETUAL, "sell", "1", "101", fee="0.05"), desk.funding("0.02"))
    # 100 000 - 100.1 for the coins, -0.05 and +0.02 for the short
    assert balances(desk) == {("unified", "USDT"): D("99899.87"), ("unified", "BTC"): D(1)}
    desk.tell(desk.report({("unified", "USDT"): "99899.87", ("unified", "BTC"): "1"}, {PERPETUAL: "-1"}))
    assert desk.state.ledger_residual_usd == 0


def test_a_fee_in_a_third_currency_is_taken_from_it() -> None:
    desk = Desk().tell(desk_report := Desk().report({("spot", "USDT"): "1000", ("spot", "BNB"): "2"}, opening=True))
    assert desk_report.opening
    desk.tell(desk.book("BNB/USDT", 600.0))
    desk.tell(desk.fill(SPOT, "buy", "1", "100", fee="0.0001", fee_currency="BNB"))
    assert balances(desk)["spot", "BNB"] == D("1.9999")
    assert balances(desk)["spot", "BTC"] == D(1)
    assert desk.stored(BookedFill)[0].fee_usd == D("0.06")


def test_opening_takes_over_what_the_account_holds() -> None:
    desk = Desk()
    desk.tell(desk.report({("futures", "USDT"): "500"}, {PERPETUAL: "-2"}, opening=True, entry_price="100"))
    # the two that were held before cost 100 each: bought back at 90 they realise 20
    desk.tell(desk.fill(PERPETUAL, "buy", "2", "90", role=LegRole.SHORT))
    assert balances(desk)["futures", "USDT"] == D(520)


def test_a_fill_that_was_told_before_the_opening_is_part_of_it() -> None:
    desk = Desk()
    fill = desk.fill(SPOT, "buy", "1", "100")
    desk.tell(fill)
    desk.tell(desk.report({("spot", "USDT"): "900", ("spot", "BTC"): "1"}, opening=True), fill)
    assert balances(desk) == {("spot", "USDT"): D(900), ("spot", "BTC"): D(1)}


def test_an_account_that_is_opened_on_a_running_desk_brings_no_gain() -> None:
    desk = Desk().open_account().wait()
    desk.tell(desk.fill(SPOT, "buy", "1", "100", fee="10", fee_currency="USDT"))
    lost_usd = desk.wait().state.equity_usd - desk.state.day_start_equity_usd
    before = desk.state.equity_usd
    desk.tell(desk.report({("unified", "USDT"): "50000"}, venue="paper_okx", opening=True))
    state = desk.wait().state
    assert state.equity_usd == before + 50_000
    assert state.equity_usd - state.day_start_equity_usd == pytest.approx(lost_usd * state.equity_usd / before)
    assert state.external_usd == 50_000
    assert [account.brought_usd for account in desk.stored(Account) if account.venue == "paper_okx"] == [D(50_000)]


def test_an_account_is_opened_once() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"))
    desk.tell(
        desk.report({("spot", "USDT"): "59900", ("spot", "BTC"): "1", ("futures", "USDT"): "40000"}, opening=True)
    )
    assert desk.state.ledger_residual_usd == 0
    assert balances(desk)["spot", "USDT"] == D(59_900)


@pytest.mark.parametrize("symbol", ["BTC/USD:ETH", "BTC/EUR:BTC", "ETH/BTC", "nonsense", "/USDT"])
def test_a_market_that_cannot_be_booked_changes_nothing(symbol: str) -> None:
    desk = Desk().open_account()
    before = len(desk.records)
    with pytest.raises(UnsupportedMarketError, match=symbol):
        desk.tell(desk.fill(symbol, "buy", "1", "100"))
    assert len(desk.records) == before
    assert desk.wait().state.fills == 0


def test_a_fill_in_another_market_than_its_legs_changes_nothing() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"))
    with pytest.raises(LegMismatchError, match="ETH/USDT"):
        desk.tell(desk.fill("ETH/USDT", "buy", "1", "100"))
    assert desk.wait().state.fills == 1


@pytest.mark.parametrize(
    ("symbol", "wallet", "base"),
    [
        ("BTC/USDT", Wallet.SPOT, "BTC"),
        ("BTC/USDT:USDT", Wallet.FUTURES, "BTC"),
        ("X/USDC:USDC-261225", Wallet.FUTURES, "X"),
        ("BTC/USD:BTC", Wallet.FUTURES, "BTC"),
    ],
)
def test_a_symbol_says_where_it_settles(symbol: str, wallet: Wallet, base: str) -> None:
    assert (market_of(symbol).wallet, market_of(symbol).base) == (wallet, base)


steps = st.integers(1, 5_000)
fills = st.lists(
    st.tuples(
        st.sampled_from([SPOT, PERPETUAL]),
        st.sampled_from(["buy", "sell"]),
        steps.map(lambda step: D(step) / 1000),
        st.integers(1_000, 12_000_000).map(lambda tick: D(tick) / 100),
        st.integers(0, 10_000).map(lambda fee: D(fee) / 10**8),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


@given(fills, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_told_again_in_whatever_order_fills_and_payments_count_once(script: list[tuple], random) -> None:  # type: ignore[no-untyped-def, type-arg]  # hypothesis' own Random
    once, again = Desk().open_account(), Desk().open_account()
    told: list[Message] = []
    for symbol, side, quantity, price, fee, pays_funding in script:
        message = once.fill(symbol, side, quantity, price, fee=fee)
        once.tell(message)
        again.tell(message)
        told.append(message)
        if pays_funding:
            payment = once.funding("0.25")
            once.tell(payment)
            again.tell(payment)
            told.append(payment)
        again.tell(*random.choices(told, k=3))
    again.tell(*random.sample(told, k=len(told)))
    assert balances(again) == balances(once)
    same = {"id", "trace_id", "hops", "as_of"}
    assert again.wait().state.model_dump(exclude=same) == once.wait().state.model_dump(exclude=same)


@given(fills)
@settings(max_examples=60)
def test_balances_are_the_venues_own(script: list[tuple]) -> None:  # type: ignore[type-arg]  # a script of mixed fields
    desk = Desk().open_account(spot="1000000000", futures="1000000000")
    spot_usdt, spot_btc, futures_usdt = D(10**9), D(0), D(10**9)
    position = OpenPosition()
    for symbol, side, quantity, price, fee, pays_funding in script:
        signed = quantity if side == "buy" else -quantity
        in_base = symbol == SPOT and side == "buy"
        desk.tell(desk.fill(symbol, side, quantity, price, fee=fee, fee_currency="BTC" if in_base else "USDT"))
        if symbol == PERPETUAL:
            futures_usdt += position.apply(signed, price, 0) - fee
        else:
            spot_btc += signed - (fee if in_base else 0)
            spot_usdt -= signed * price + (0 if in_base else fee)
        if pays_funding:
            amount = to_money(position.quantity * price * D("-0.0001")) or D("0.00000001")
            desk.tell(desk.funding(str(amount)))
            futures_usdt += amount
    booked = balances(desk)
    assert booked["spot", "USDT"] == spot_usdt
    assert booked.get(("spot", "BTC"), 0) == spot_btc
    assert abs(booked["futures", "USDT"] - futures_usdt) <= D("2e-8") * len(script)
    assert desk.state.fills == len(script)
    assert desk.stored(BookedFill)[0].fill.package_id == PACKAGE
