"""Orders and accounts over REST, as ccxt places and reads them."""

from typing import Any

import pytest

SPOT, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"
BOTH = pytest.mark.parametrize("symbol", [SPOT, PERPETUAL])


async def _best(client: Any, symbol: str) -> tuple[float, float]:
    book = await client.fetch_order_book(symbol, 5)
    return book["bids"][0][0], book["asks"][0][0]


@BOTH
async def test_a_market_order_fills_with_its_fee(client: Any, symbol: str) -> None:
    order = await client.create_order(symbol, "market", "buy", 0.01)

    assert order["status"] == "closed"
    assert order["filled"] == 0.01
    fills = await client.fetch_my_trades(symbol)
    assert sum(fill["amount"] for fill in fills) == pytest.approx(0.01)
    assert {fill["order"] for fill in fills} == {order["id"]}
    assert {fill["takerOrMaker"] for fill in fills} == {"taker"}
    expected = 0.01 * 0.0005 if symbol == SPOT else sum(fill["cost"] for fill in fills) * 0.0005
    assert sum(fill["fee"]["cost"] for fill in fills) == pytest.approx(expected)
    assert {fill["fee"]["currency"] for fill in fills} == {"BTC" if symbol == SPOT else "USDT"}


async def test_a_spot_market_order_can_spend_an_amount_of_quote(client: Any) -> None:
    order = await client.create_market_buy_order_with_cost(SPOT, 1_000)
    assert order["status"] == "closed"
    assert 0 < 1_000 - order["cost"] < 2


@BOTH
async def test_a_resting_order_can_be_found_and_cancelled(client: Any, symbol: str) -> None:
    bid, _ = await _best(client, symbol)
    price = client.price_to_precision(symbol, bid * 0.97)
    placed = await client.create_order(symbol, "limit", "buy", 0.01, price, {"clientOrderId": "poise1"})

    assert placed["status"] == "open"
    assert [item["id"] for item in await client.fetch_open_orders(symbol)] == [placed["id"]]
    by_client_id = await client.fetch_order(None, symbol, {"clientOrderId": "poise1"})
    assert by_client_id["id"] == placed["id"]

    cancelled = await client.cancel_order(placed["id"], symbol)
    assert cancelled["status"] == "canceled"
    assert await client.fetch_open_orders(symbol) == []
    assert (await client.fetch_order(placed["id"], symbol))["status"] == "canceled"


@BOTH
async def test_an_ioc_order_away_from_the_market_expires_unfilled(client: Any, symbol: str) -> None:
    bid, _ = await _best(client, symbol)
    price = client.price_to_precision(symbol, bid * 0.98)
    order = await client.create_order(symbol, "limit", "buy", 0.01, price, {"timeInForce": "IOC"})
    assert order["filled"] == 0
    assert order["status"] == "expired"


@BOTH
async def test_an_ioc_order_through_the_market_fills_within_its_price(client: Any, symbol: str) -> None:
    _, ask = await _best(client, symbol)
    price = float(client.price_to_precision(symbol, ask * 1.005))
    order = await client.create_order(symbol, "limit", "buy", 0.05, price, {"timeInForce": "IOC"})
    assert order["status"] == "closed"
    assert order["average"] <= price


@BOTH
async def test_a_fok_order_too_large_for_the_book_fills_nothing(client: Any, symbol: str) -> None:
    bid, _ = await _best(client, symbol)
    price = client.price_to_precision(symbol, bid * 0.9999)
    if symbol == SPOT:
        await client.create_order(symbol, "market", "buy", 0.5)
    size = 0.4 if symbol == SPOT else 0.8
    far = client.price_to_precision(symbol, bid * 1.04)
    order = await client.create_order(symbol, "limit", "sell", size, far, {"timeInForce": "FOK"})
    assert order["filled"] == 0
    assert order["status"] == "expired"
    whole = await client.create_order(symbol, "limit", "sell", 0.01, price, {"timeInForce": "FOK"})
    assert whole["filled"] == 0.01


@BOTH
async def test_a_post_only_order_rests_as_a_maker(client: Any, symbol: str) -> None:
    bid, _ = await _best(client, symbol)
    price = client.price_to_precision(symbol, bid * 0.97)
    order = await client.create_order(symbol, "limit", "buy", 0.01, price, {"postOnly": True})
    found = await client.fetch_order(order["id"], symbol)
    assert found["status"] == "open"
    assert found["postOnly"] is True


@BOTH
async def test_all_orders_of_a_symbol_can_be_cancelled_at_once(client: Any, symbol: str) -> None:
    bid, _ = await _best(client, symbol)
    for share in (0.97, 0.98):
        price = client.price_to_precision(symbol, bid * share)
        await client.create_order(symbol, "limit", "buy", 0.01, price)
    await client.cancel_all_orders(symbol)
    assert await client.fetch_open_orders(symbol) == []
    assert [item["status"] for item in await client.fetch_orders(symbol)] == ["canceled", "canceled"]


async def test_spot_balances_follow_fills_and_fees(client: Any) -> None:
    order = await client.create_order(SPOT, "market", "buy", 0.1)
    balance = await client.fetch_balance()
    assert balance["BTC"]["free"] == pytest.approx(0.1 * (1 - 0.0005))
    assert balance["USDT"]["free"] == pytest.approx(60_000 - order["cost"])


async def test_a_resting_spot_order_locks_what_it_would_spend(client: Any) -> None:
    bid, _ = await _best(client, SPOT)
    price = float(client.price_to_precision(SPOT, bid * 0.97))
    await client.create_order(SPOT, "limit", "buy", 0.1, price)
    assert (await client.fetch_balance())["USDT"]["used"] == pytest.approx(0.1 * price)


async def test_a_perpetual_position_has_its_price_margin_and_liquidation(client: Any) -> None:
    await client.set_leverage(10, PERPETUAL)
    order = await client.create_order(PERPETUAL, "market", "sell", 0.1)

    (position,) = await client.fetch_positions([PERPETUAL])
    assert position["side"] == "short"
    assert position["contracts"] == 0.1
    assert position["entryPrice"] == pytest.approx(order["average"])
    assert position["initialMargin"] == pytest.approx(position["notional"] / 10, rel=1e-6)
    assert position["liquidationPrice"] > position["entryPrice"]
    balance = await client.fetch_balance({"type": "swap"})
    assert balance["USDT"]["used"] == pytest.approx(position["initialMargin"], rel=0.01)


async def test_the_older_account_endpoints_agree(client: Any) -> None:
    await client.create_order(PERPETUAL, "market", "buy", 0.05)
    (risk,) = await client.fetch_positions_risk([PERPETUAL], {"useV2": True})
    (account,) = await client.fetch_account_positions([PERPETUAL], {"useV2": True})
    assert risk["contracts"] == account["contracts"] == 0.05
    assert risk["leverage"] == account["leverage"] == 20


async def test_closing_a_position_realises_its_profit_in_the_income(client: Any) -> None:
    await client.create_order(PERPETUAL, "market", "buy", 0.05)
    await client.create_order(PERPETUAL, "market", "sell", 0.05, None, {"reduceOnly": True})

    assert await client.fetch_positions([PERPETUAL]) == []
    records = await client.fapiPrivateGetIncome({"limit": 1000})
    kinds = [record["incomeType"] for record in records]
    assert kinds.count("COMMISSION") == 2
    assert "REALIZED_PNL" in kinds
    assert len({record["tranId"] for record in records}) == len(records)
    total = sum(float(record["income"]) for record in records if record["incomeType"] != "TRANSFER")
    wallet = (await client.fapiPrivateV3GetBalance())[0]["balance"]
    assert float(wallet) == pytest.approx(40_000 + total, abs=1e-6)


async def test_funding_is_paid_at_the_interval(client: Any, clock: Any) -> None:
    await client.create_order(PERPETUAL, "market", "sell", 0.5)
    clock.added_ms += 61_000
    client.options["timeDifference"] = -61_000
    payments = await client.fetch_funding_history(PERPETUAL)
    assert len(payments) == 1
    assert payments[0]["amount"] != 0
    assert payments[0]["timestamp"] % 60_000 == 0


async def test_funds_move_between_the_wallets(client: Any) -> None:
    await client.load_markets()
    await client.transfer("USDT", 1_000, "spot", "future")
    assert (await client.fetch_balance())["USDT"]["free"] == 59_000
    assert (await client.fetch_balance({"type": "swap"}))["USDT"]["total"] == 41_000


async def test_the_position_mode_is_one_way(client: Any) -> None:
    assert (await client.fetch_position_mode())["hedged"] is False


async def test_several_orders_go_out_in_one_request(client: Any) -> None:
    bid, _ = await _best(client, PERPETUAL)
    price = client.price_to_precision(PERPETUAL, bid * 0.97)
    wanted = {"symbol": PERPETUAL, "type": "limit", "side": "buy", "amount": 0.01, "price": price}
    placed = await client.create_orders([wanted, wanted])
    assert len({order["id"] for order in placed}) == 2
    await client.cancel_orders([order["id"] for order in placed], PERPETUAL)
    assert await client.fetch_open_orders(PERPETUAL) == []


async def test_orders_are_cancelled_when_the_countdown_runs_out(client: Any, clock: Any) -> None:
    bid, _ = await _best(client, PERPETUAL)
    price = client.price_to_precision(PERPETUAL, bid * 0.97)
    placed = await client.create_order(PERPETUAL, "limit", "buy", 0.01, price)
    await client.fapiPrivatePostCountdownCancelAll({"symbol": "BTCUSDT", "countdownTime": 3_000})
    assert len(await client.fetch_open_orders(PERPETUAL)) == 1
    # The venue looks at its countdowns with every step of its market.
    clock.added_ms += 3_100
    client.options |= {"timeDifference": -3_100, "recvWindow": 60_000}
    assert (await client.fetch_order(placed["id"], PERPETUAL))["status"] == "canceled"


async def test_a_test_order_is_checked_and_not_placed(client: Any) -> None:
    await client.create_order(SPOT, "market", "buy", 0.01, None, {"test": True})
    # ccxt's own `test` parameter is for spot alone: on futures it places the order.
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    await client.fapiPrivatePostOrderTest(order)
    assert await client.fetch_orders(SPOT) == []
    assert await client.fetch_orders(PERPETUAL) == []
