from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.venues.okx.answering import NOW_MS, Answering

from poise_common.domain.clock import from_ms
from poise_venues.okx.account import read_account, read_key_powers, use_leverage, use_one_way_mode
from poise_venues.okx.incomes import read_incomes
from poise_venues.outcomes import IncomeKind

D = Decimal
NOW = from_ms(NOW_MS)
USDT = {"ccy": "USDT", "cashBal": "1000", "eq": "990", "eqUsd": "989.01", "imr": "60", "mmr": "6"}
BTC = {"ccy": "BTC", "cashBal": "0.5", "eq": "0.5", "eqUsd": "30000", "imr": "", "mmr": ""}
SUMMARY = {"adjEq": "", "totalEq": "30989.01", "imr": "", "mmr": "", "details": [USDT, BTC]}
POSITION = {
    "instType": "SWAP",
    "instId": "BTC-USDT-SWAP",
    "posSide": "net",
    "pos": "-50",
    "avgPx": "60000",
    "markPx": "60020",
    "upl": "-10",
    "liqPx": "",
}
CONFIG = {"perm": "read_only,trade", "acctLv": "2", "posMode": "net_mode"}
FUNDING = {"billId": "9", "type": "8", "instId": "BTC-USDT-SWAP", "ccy": "USDT", "balChg": "-0.12", "px": "", "ts": "1"}


def exchange(summary: dict[str, Any], *positions: dict[str, Any]) -> Answering:
    return Answering(privateGetAccountBalance=[summary], privateGetAccountPositions=list(positions))


async def test_everything_is_in_one_wallet_and_positions_are_in_signed_base_units() -> None:
    account = await read_account(exchange(SUMMARY, POSITION), NOW)
    assert {(one.wallet, one.currency, one.total) for one in account.balances} == {
        ("unified", "USDT", D(1000)),
        ("unified", "BTC", D("0.5")),
    }
    (position,) = account.positions
    assert (position.symbol, position.quantity, position.entry_price) == ("BTC/USDT:USDT", D("-0.5"), 60_000)
    assert (position.unrealised_pnl_usd, position.liquidation_price) == (-10, None)


async def test_where_each_currency_stands_for_its_own_contracts_others_are_no_margin() -> None:
    """By hand: one USDT is worth 0.999 dollars, so 60 and 6 of it are 59.94 and 5.994."""
    account = await read_account(exchange(SUMMARY, POSITION), NOW)
    assert account.margin_balance_usd == D("989.01")
    assert (account.initial_margin_usd, account.maintenance_margin_usd) == (D("59.94"), D("5.994"))


async def test_where_all_currencies_are_pooled_the_venues_own_sums_count() -> None:
    pooled = SUMMARY | {"adjEq": "28000", "imr": "60", "mmr": "6"}
    account = await read_account(exchange(pooled), NOW)
    assert account.margin_balance_usd == 28_000
    assert (account.initial_margin_usd, account.maintenance_margin_usd) == (60, 6)


async def test_an_inverse_position_is_worth_its_face_at_its_entry_price() -> None:
    """By hand: 30 contracts of 100 dollars at 60,000 are 0.05 coins; 0.001 coins at 60,020 are 60.02 dollars."""
    inverse = POSITION | {"instId": "BTC-USD-SWAP", "pos": "30", "upl": "0.001"}
    (position,) = (await read_account(exchange(SUMMARY, inverse), NOW)).positions
    assert (position.quantity, position.unrealised_pnl_usd) == (D("0.05"), D("60.02"))


async def test_a_position_of_the_other_mode_is_not_read_as_one_of_ours() -> None:
    with pytest.raises(ValueError, match="mode"):
        await read_account(exchange(SUMMARY, POSITION | {"posSide": "long"}), NOW)


@pytest.mark.parametrize(
    ("changes", "spot", "derivatives", "out"),
    [
        ({}, True, True, ()),
        ({"perm": "read_only"}, False, False, ()),
        ({"acctLv": "1"}, True, False, ()),
        ({"perm": "read_only,trade,withdraw"}, True, True, ("withdraw",)),
    ],
)
async def test_a_keys_powers_are_told(
    changes: dict[str, str], spot: bool, derivatives: bool, out: tuple[str, ...]
) -> None:
    powers = await read_key_powers(Answering(privateGetAccountConfig=[CONFIG | changes]))
    assert (powers.may_trade_spot, powers.may_trade_derivatives, powers.may_move_money_out) == (spot, derivatives, out)


async def test_one_way_mode_is_set_only_where_it_is_not() -> None:
    already = Answering(privateGetAccountConfig=[CONFIG], privatePostAccountSetPositionMode=[{"posMode": "net_mode"}])
    await use_one_way_mode(already)
    assert [name for name, _ in already.asked] == ["privateGetAccountConfig"]
    other = Answering(
        privateGetAccountConfig=[CONFIG | {"posMode": "long_short_mode"}],
        privatePostAccountSetPositionMode=[{"posMode": "net_mode"}],
    )
    await use_one_way_mode(other)
    assert other.asked[-1] == ("privatePostAccountSetPositionMode", {"posMode": "net_mode"})


async def test_leverage_is_of_cross_margin_and_another_than_asked_is_an_error() -> None:
    venue = Answering(privatePostAccountSetLeverage=[{"lever": "5", "mgnMode": "cross"}])
    await use_leverage(venue, "BTC/USDT:USDT", 5)
    assert venue.asked[0][1] == {"instId": "BTC-USDT-SWAP", "lever": "5", "mgnMode": "cross"}
    with pytest.raises(ValueError, match="was asked for"):
        await use_leverage(venue, "BTC/USDT:USDT", 7)


async def test_funding_and_settlements_are_told_apart_oldest_first() -> None:
    settled = FUNDING | {"billId": "7", "type": "3", "instId": "BTC-USDT-251226", "px": "61000", "balChg": "20"}

    class Bills(Answering):
        def _answer(self, name: str) -> Any:
            async def answer(request: dict[str, Any]) -> Any:
                self.asked.append((name, request))
                return {"code": "0", "data": [FUNDING | {"ts": "5"}] if request["type"] == "8" else [settled]}

            return answer

    venue = Bills(privateGetAccountBills=[])
    settlement, funding = await read_incomes(venue, NOW - timedelta(days=1))
    assert (settlement.kind, settlement.price, settlement.amount) == (IncomeKind.SETTLEMENT, 61_000, 20)
    assert settlement.symbol == "BTC/USDT:USDT-251226", "a contract that is no longer listed"
    assert (funding.kind, funding.symbol, funding.amount) == (IncomeKind.FUNDING, "BTC/USDT:USDT", D("-0.12"))


async def test_incomes_of_longer_ago_than_a_week_are_in_the_archive() -> None:
    venue = Answering(privateGetAccountBills=[], privateGetAccountBillsArchive=[])
    await read_incomes(venue, NOW - timedelta(days=8))
    assert {name for name, _ in venue.asked} == {"privateGetAccountBillsArchive"}


async def test_a_settlement_without_a_price_is_looked_up_among_deliveries() -> None:
    bill = FUNDING | {"billId": "7", "type": "3", "instId": "BTC-USDT-251226", "px": "", "balChg": "20"}
    delivery = {"ts": "1", "details": [{"insId": "BTC-USDT-251226", "px": "60990", "type": "delivery"}]}
    venue = Answering(privateGetAccountBills=[bill], publicGetPublicDeliveryExerciseHistory=[delivery])
    assert {income.price for income in await read_incomes(venue, NOW)} == {D(60_990)}
