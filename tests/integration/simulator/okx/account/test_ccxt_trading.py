"""Orders, fills, positions and money through ccxt as it is."""

from decimal import Decimal
from typing import Any

import ccxt
import pytest
from tests.integration.simulator.okx.conftest import MovableClock, OkxSimulator

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
CONTRACT = 0.01


async def best(trader: Any, symbol: str) -> tuple[float, float]:
    book = await trader.fetch_order_book(symbol, 5)
    return book["bids"][0][0], book["asks"][0][0]


@pytest.mark.parametrize(("symbol", "amount"), [(SPOT, 0.01), (SWAP, 1)])
async def test_an_order_rests_is_found_and_is_cancelled(trader: Any, symbol: str, amount: float) -> None:
    bid, _ = await best(trader, symbol)
    price = float(trader.price_to_precision(symbol, bid * 0.97))
    placed = await trader.create_order(symbol, "limit", "buy", amount, price, {"clientOrderId": "rests1"})
    found = await trader.fetch_order(placed["id"], symbol)
    assert (found["status"], found["clientOrderId"], found["price"], found["amount"], found["filled"]) == (
        "open",
        "rests1",
        price,
        amount,
        0.0,
    )
    assert [order["id"] for order in await trader.fetch_open_orders(symbol)] == [placed["id"]]
    assert (await trader.cancel_order(placed["id"], symbol))["id"] == placed["id"]
    assert (await trader.fetch_order(None, symbol, {"clientOrderId": "rests1"}))["status"] == "canceled"
    assert [order["id"] for order in await trader.fetch_canceled_orders(symbol)] == [placed["id"]]
    with pytest.raises(ccxt.OrderNotFound):
        await trader.cancel_order(placed["id"], symbol)


async def test_a_bought_coin_costs_its_price_and_its_fee_is_taken_from_it(trader: Any) -> None:
    _, ask = await best(trader, SPOT)
    placed = await trader.create_order(SPOT, "limit", "buy", 0.1, ask * 1.01, {"timeInForce": "IOC"})
    order = await trader.fetch_order(placed["id"], SPOT)
    trades = await trader.fetch_my_trades(SPOT)
    assert (order["status"], order["filled"], order["timeInForce"]) == ("closed", 0.1, "IOC")
    assert sum(trade["amount"] for trade in trades) == pytest.approx(0.1)
    assert {trade["fee"]["currency"] for trade in trades} == {"BTC"}
    fee = sum(trade["fee"]["cost"] for trade in trades)
    assert fee == pytest.approx(0.1 * 0.0005)
    balance = await trader.fetch_balance()
    assert balance["BTC"]["total"] == pytest.approx(0.1 - fee)
    assert balance["USDT"]["total"] == pytest.approx(100_000 - order["cost"])


async def test_a_short_swap_is_held_in_contracts_and_margined_out_of_the_same_wallet(trader: Any) -> None:
    await trader.set_leverage(5, SWAP)
    assert (await trader.fetch_leverage(SWAP))["longLeverage"] == 5
    bid, _ = await best(trader, SWAP)
    placed = await trader.create_order(SWAP, "market", "sell", 50)
    order = await trader.fetch_order(placed["id"], SWAP)
    assert (order["filled"], order["status"]) == (50, "closed")
    assert order["fee"]["currency"] == "USDT"
    assert order["fee"]["cost"] == pytest.approx(50 * CONTRACT * order["average"] * 0.0005)
    [position] = await trader.fetch_positions([SWAP])
    assert (position["side"], position["contracts"], position["contractSize"]) == ("short", 50, CONTRACT)
    assert position["entryPrice"] == pytest.approx(order["average"])
    assert position["leverage"] == 5
    assert position["initialMargin"] == pytest.approx(position["notional"] / 5, rel=1e-3)
    usdt = (await trader.fetch_balance())["USDT"]
    assert usdt["total"] == pytest.approx(100_000 - order["fee"]["cost"] + position["unrealizedPnl"], abs=5)
    assert usdt["total"] - usdt["free"] == pytest.approx(position["initialMargin"], rel=1e-2)
    await trader.create_order(SWAP, "market", "buy", 80, None, {"reduceOnly": True})
    assert await trader.fetch_positions([SWAP]) == []
    assert bid > 0


async def test_a_dated_future_is_traded_as_a_swap_is(trader: Any) -> None:
    symbol = next(
        market["symbol"] for market in trader.markets.values() if market["future"] and market["base"] == "BTC"
    )
    placed = await trader.create_order(symbol, "market", "sell", 20)
    assert (await trader.fetch_order(placed["id"], symbol))["filled"] == 20
    [position] = await trader.fetch_positions([symbol])
    assert (position["symbol"], position["side"], position["contracts"]) == (symbol, "short", 20)
    assert position["info"]["instType"] == "FUTURES"
    assert {trade["symbol"] for trade in await trader.fetch_my_trades(symbol)} == {symbol}
    assert (await trader.fetch_closed_orders(symbol))[0]["id"] == placed["id"]


async def test_what_a_limit_ioc_cannot_fill_is_cancelled(trader: Any) -> None:
    bid, _ = await best(trader, SWAP)
    placed = await trader.create_order(SWAP, "limit", "buy", 1, bid * 0.99, {"timeInForce": "IOC"})
    order = await trader.fetch_order(placed["id"], SWAP)
    assert (order["status"], order["filled"], order["info"]["cancelSource"]) == ("canceled", 0.0, "14")


async def test_a_post_only_order_that_would_take_is_taken_in_and_cancelled(trader: Any) -> None:
    _, ask = await best(trader, SPOT)
    placed = await trader.create_order(SPOT, "limit", "buy", 0.01, ask * 1.01, {"postOnly": True})
    order = await trader.fetch_order(placed["id"], SPOT)
    assert (order["status"], order["filled"], order["info"]["cancelSource"]) == ("canceled", 0.0, "31")
    resting = await trader.create_order(SPOT, "limit", "buy", 0.01, ask * 0.97, {"postOnly": True})
    assert (await trader.fetch_order(resting["id"], SPOT))["postOnly"] is True


async def test_refusals_come_as_the_exceptions_that_ccxt_has_for_them(trader: Any) -> None:
    bid, _ = await best(trader, SWAP)
    with pytest.raises(ccxt.InsufficientFunds):
        await trader.create_order(SPOT, "limit", "buy", 2, bid * 0.99)
    with pytest.raises(ccxt.InvalidOrder, match="51020"):
        await trader.private_post_trade_order(
            {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "0.0001"}
        )
    with pytest.raises(ccxt.BadSymbol, match="51001"):
        await trader.private_post_trade_order(
            {"instId": "GOLD-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "1"}
        )
    with pytest.raises(ccxt.OrderNotFound, match="51603"):
        await trader.fetch_order("99", SPOT)
    far = {"clientOrderId": "twice"}
    await trader.create_order(SPOT, "limit", "buy", 0.01, bid * 0.97, far)
    with pytest.raises(ccxt.InvalidOrder, match="51016"):
        await trader.create_order(SWAP, "limit", "buy", 1, bid * 0.97, far)


async def test_funding_is_paid_into_the_wallet_and_billed(
    trader: Any, simulator: OkxSimulator, clock: MovableClock
) -> None:
    await trader.create_order(SWAP, "market", "sell", 100)
    before = (await trader.fetch_balance())["info"]["data"][0]["details"][0]["cashBal"]
    clock.added_ms += 61_000
    simulator.site.tick()
    [paid] = await trader.fetch_funding_history(SWAP)
    assert paid["symbol"] == SWAP
    assert paid["info"]["subType"] == ("174" if paid["amount"] > 0 else "173")
    after = (await trader.fetch_balance())["info"]["data"][0]["details"][0]["cashBal"]
    assert float(after) - float(before) == pytest.approx(paid["amount"])
    assert paid["info"]["bal"] == after


async def test_bills_add_up_to_the_balance(trader: Any) -> None:
    await trader.create_order(SPOT, "market", "buy", 0.2)
    await trader.create_order(SPOT, "market", "sell", 0.1)
    await trader.create_order(SWAP, "market", "sell", 20)
    bills = (await trader.private_get_account_bills())["data"]
    details = (await trader.fetch_balance())["info"]["data"][0]["details"]
    for asset, start in (("USDT", 100_000), ("BTC", 0)):
        changes = [Decimal(bill["balChg"]) for bill in bills if bill["ccy"] == asset]
        [held] = [Decimal(row["cashBal"]) for row in details if row["ccy"] == asset]
        assert held == start + sum(changes)
        newest = next(bill for bill in bills if bill["ccy"] == asset)
        assert Decimal(newest["bal"]) == held
    assert {entry["info"]["instId"] for entry in await trader.fetch_ledger("USDT")} == {"BTC-USDT"}


async def test_orders_of_both_markets_end_when_the_switch_is_not_renewed(
    trader: Any, simulator: OkxSimulator, clock: MovableClock
) -> None:
    for symbol, amount in ((SPOT, 0.01), (SWAP, 1)):
        bid, _ = await best(trader, symbol)
        await trader.create_order(symbol, "limit", "buy", amount, bid * 0.97)
    await trader.cancel_all_orders_after(10_000)
    clock.added_ms += 9_000
    assert len(await trader.fetch_open_orders()) == 2
    clock.added_ms += 1_100
    simulator.site.tick()
    assert await trader.fetch_open_orders() == []
    with pytest.raises(ccxt.BadRequest):
        await trader.cancel_all_orders_after(9_000)


async def test_fees_and_settings_are_told(trader: Any) -> None:
    assert (await trader.fetch_trading_fee(SPOT))["taker"] == 0.0005
    assert (await trader.fetch_trading_fee(SWAP))["maker"] == 0.0002
    [account] = await trader.fetch_accounts()
    assert (account["type"], account["info"]["posMode"], account["info"]["perm"]) == (
        "2",
        "net_mode",
        "read_only,trade",
    )
    assert (await trader.fetch_position_mode())["hedged"] is False
    await trader.set_position_mode(False)
    with pytest.raises(ccxt.BadRequest):
        await trader.set_position_mode(True)
