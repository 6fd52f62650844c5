"""What happens once, on command: to accounts, books, the clock, the whole venue."""

from typing import Any

import pytest

from poise_simulator.app import Simulator

FUTURES = "/fapi/v1/order"
MARKET_BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.100"}


async def position(raw: Any) -> float:
    _, rows, _ = await raw.signed("GET", "/fapi/v3/positionRisk", symbol="BTCUSDT")
    return sum(float(row["positionAmt"]) for row in rows)


async def user_stream(raw: Any, sockets: Any, market: str) -> Any:
    path = "/api/v3/userDataStream" if market == "spot" else "/fapi/v1/listenKey"
    _, body, _ = await raw.signed("POST", path) if market == "futures" else await raw.send("POST", path, key="paper")
    return await sockets.open(f"/{market}/ws/{body['listenKey']}")


async def until(stream: Any, kind: str) -> Any:
    while True:
        event = await stream.receive_json()
        if event["e"] == kind:
            return event


@pytest.mark.parametrize("market", ["spot", "futures"])
async def test_a_trade_by_hand_fills_and_the_ledger_tells_it_apart(control: Any, raw: Any, market: str) -> None:
    path = "/api/v3/order" if market == "spot" else FUTURES
    await raw.signed("POST", path, **MARKET_BUY, newClientOrderId="own")
    done = await control.act("foreign_trade", market=market, symbol="BTCUSDT", side="buy", quantity="0.05")
    assert done["status"] == "filled"
    ledger = await control.ledger()
    origins = {row["client_order_id"]: row["origin"] for row in ledger["orders"]}
    assert origins == {"own": "client", done["client_order_id"]: "foreign"}
    assert {row["origin"] for row in ledger["fills"]} == {"client", "foreign"}


@pytest.mark.parametrize(("market", "version"), [("spot", "/api/v3"), ("futures", "/fapi/v1")])
async def test_an_order_by_hand_rests_and_is_listed_without_naming_a_symbol(
    control: Any, raw: Any, market: str, version: str
) -> None:
    _, book, _ = await raw.get(f"{version}/depth", symbol="ETHUSDT", limit=5)
    price = round(float(book["bids"][0][0]) * 0.98)
    order = {"market": market, "symbol": "ETHUSDT", "side": "buy", "quantity": "0.01", "price": price}
    done = await control.act("foreign_order", **order)
    assert done["status"] == "new"
    _, rows, _ = await raw.signed("GET", f"{version}/openOrders")
    assert [(row["symbol"], row["clientOrderId"]) for row in rows] == [("ETHUSDT", done["client_order_id"])]


async def test_a_transfer_is_told_as_deposit_and_withdrawal(control: Any, raw: Any, sockets: Any) -> None:
    spot, futures = [await user_stream(raw, sockets, market) for market in ("spot", "futures")]
    await control.act("transfer", asset="USDT", amount="-100", wallet="spot")
    assert (await until(spot, "balanceUpdate"))["d"] == "-100.00000000"
    assert (await until(spot, "outboundAccountPosition"))["B"][0]["f"] == "59900.00000000"
    for amount, reason in (("50", "DEPOSIT"), ("-70", "WITHDRAW")):
        await control.act("transfer", asset="USDT", amount=amount, wallet="futures")
        update = (await until(futures, "ACCOUNT_UPDATE"))["a"]
        assert (update["m"], float(update["B"][0]["bc"])) == (reason, float(amount))


@pytest.mark.parametrize(
    ("action", "body", "client_id", "type_word", "left"),
    [
        ("liquidate", {}, "autoclose-", "LIQUIDATION", 0.0),
        ("adl", {"quantity": "0.04"}, "adl_autoclose", "LIMIT", 0.06),
        ("adl", {"share": "0.5"}, "adl_autoclose", "LIMIT", 0.05),
    ],
)
async def test_a_position_is_closed_behind_the_clients_back(
    control: Any, raw: Any, sockets: Any, *, action: str, body: Any, client_id: str, type_word: str, left: float
) -> None:
    await raw.signed("POST", FUTURES, **MARKET_BUY)
    stream = await user_stream(raw, sockets, "futures")
    await control.act(action, symbol="BTCUSDT", **body)
    new = (await until(stream, "ORDER_TRADE_UPDATE"))["o"]
    assert (new["x"], new["X"], new["o"]) == ("NEW", "NEW", type_word)
    assert new["c"].startswith(client_id)
    fill = (await until(stream, "ORDER_TRADE_UPDATE"))["o"]
    assert (fill["x"], fill["i"]) == ("CALCULATED", new["i"])
    assert await position(raw) == pytest.approx(left)
    _, trades, _ = await raw.signed("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", orderId=new["i"])
    assert sum(float(row["qty"]) for row in trades) == pytest.approx(0.1 - left)
    origins = {row["origin"] for row in (await control.ledger())["fills"]}
    assert origins == {"client", "liquidation" if action == "liquidate" else "adl"}


async def test_an_action_that_cannot_be_says_why(control: Any) -> None:
    for name, body, named in (
        ("liquidate", {"symbol": "BTCUSDT"}, "no_position"),
        ("liquidate", {"symbol": "XYZ"}, "unknown_symbol"),
        ("transfer", {"amount": "-1000000"}, "60000"),
        ("transfer", {"amount": "many"}, "amount"),
        ("foreign_trade", {"market": "spot", "symbol": "BTCUSDT", "side": "buy", "quantity": "0.0000001"}, "multiple"),
        ("foreign_trade", {"market": "moon", "symbol": "BTCUSDT", "side": "buy", "quantity": "1"}, "market"),
        ("halt_symbol", {"symbol": "XYZ"}, "BTCUSDT"),
        ("maintenance", {}, "on"),
        ("disconnect", {"streams": "some"}, "'all'"),
    ):
        status, answer = await control.send("POST", f"actions/{name}", body)
        assert status == 400, name
        assert named in answer["error"]
    status, answer = await control.send("POST", "actions/dance", {})
    assert status == 404
    assert "clock_skew" in answer["error"]


@pytest.mark.parametrize(
    ("market", "info", "path", "word", "code"),
    [
        ("spot", "/api/v3/exchangeInfo", "/api/v3/order", "BREAK", -1013),
        ("futures", "/fapi/v1/exchangeInfo", FUTURES, "CLOSE", -4141),
    ],
)
async def test_a_halted_symbol_says_so_and_refuses_orders(
    control: Any, raw: Any, *, market: str, info: str, path: str, word: str, code: int
) -> None:
    async def status_of(symbol: str) -> str:
        _, body, _ = await raw.get(info)
        return next(str(row["status"]) for row in body["symbols"] if row["symbol"] == symbol)

    await control.act("halt_symbol", symbol="BTCUSDT", market=market)
    assert (await status_of("BTCUSDT"), await status_of("ETHUSDT")) == (word, "TRADING")
    status, body, _ = await raw.signed("POST", path, **MARKET_BUY)
    assert (status, body["code"]) == (400, code)
    await control.act("resume_symbol", symbol="BTCUSDT")
    assert await status_of("BTCUSDT") == "TRADING"
    assert (await raw.signed("POST", path, **MARKET_BUY))[0] == 200


async def test_in_maintenance_nothing_is_answered_but_the_systems_status(control: Any, raw: Any, sockets: Any) -> None:
    await control.act("maintenance", on=True)
    status, body, _ = await raw.signed("POST", FUTURES, **MARKET_BUY)
    assert (status, body["code"]) == (503, -1016)
    assert (await raw.get("/sapi/v1/system/status"))[1] == {"status": 1, "msg": "system_maintenance"}
    with pytest.raises(Exception, match="503"):
        await sockets.open("/spot/ws/btcusdt@depth")
    assert (await control.ledger())["venue_orders"] == 0
    await control.act("maintenance", on=False)
    assert (await raw.signed("POST", FUTURES, **MARKET_BUY))[0] == 200


async def test_a_skewed_clock_shows_and_refuses_and_trading_goes_on(
    control: Any, raw: Any, simulator: Simulator
) -> None:
    true_ms = simulator.venue.engine_ms
    await control.act("clock_skew", ms=-8_000)
    _, body, _ = await raw.get("/fapi/v1/time")
    assert body["serverTime"] < true_ms - 3_000
    for now_ms, status, code in ((simulator.venue.engine_ms, 400, -1021), (simulator.venue.now_ms, 200, None)):
        answered, body, _ = await raw.signed("POST", FUTURES, **MARKET_BUY, timestamp=now_ms)
        assert (answered, body.get("code")) == (status, code)
    await control.act("clock_skew", ms=0)
    assert (await raw.signed("GET", "/fapi/v3/account", timestamp=simulator.venue.engine_ms))[0] == 200


async def test_a_banned_address_gets_418_until_the_ban_ends(control: Any, raw: Any, clock: Any) -> None:
    await control.act("ban", seconds=5)
    status, body, headers = await raw.get("/api/v3/ping")
    assert (status, body["code"]) == (418, -1003)
    assert 0 < int(headers["Retry-After"]) <= 5
    clock.added_ms += 5_000
    assert (await raw.get("/api/v3/ping"))[0] == 200


@pytest.mark.parametrize("path", ["/api/v3/order", FUTURES])
async def test_an_order_that_is_filled_or_was_never_there_cannot_be_cancelled(raw: Any, path: str) -> None:
    await raw.signed("POST", path, **MARKET_BUY, newClientOrderId="filled")
    for name in ("filled", "never"):
        status, body, _ = await raw.signed("DELETE", path, symbol="BTCUSDT", origClientOrderId=name)
        assert (status, body["code"], body["msg"]) == (400, -2011, "Unknown order sent.")


@pytest.mark.parametrize(("path", "trades"), [("/api/v3/order", "/api/v3/myTrades"), (FUTURES, "/fapi/v1/userTrades")])
async def test_own_trades_come_by_order_from_an_id_and_from_a_time(raw: Any, path: str, trades: str) -> None:
    placed = [(await raw.signed("POST", path, **MARKET_BUY, newOrderRespType="RESULT"))[1]["orderId"] for _ in range(2)]
    _, rows, _ = await raw.signed("GET", trades, symbol="BTCUSDT")
    last = [row for row in rows if row["orderId"] == placed[1]]
    for params, expected in (
        ({"orderId": placed[1]}, last),
        ({"fromId": last[0]["id"]}, last),
        ({"startTime": rows[0]["time"]}, rows),
        ({"startTime": rows[-1]["time"] + 1}, []),
    ):
        _, found, _ = await raw.signed("GET", trades, symbol="BTCUSDT", **params)
        assert found == expected, params
