"""The protocol's envelope as raw HTTP sees it: codes, statuses, signatures, order answers."""

import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

import pytest

from poise_simulator.app import Simulator
from poise_simulator.domain.instruments import Market


@pytest.mark.parametrize(
    ("request_line", "status", "code"),
    [
        ("GET /api/v3/depth", 400, -1102),
        ("GET /api/v3/depth?symbol=", 400, -1102),
        ("GET /api/v3/depth?symbol=btc%20usdt", 400, -1100),
        ("GET /api/v3/depth?symbol=NOPE", 400, -1121),
        ("GET /api/v3/depth?symbol=BTCUSDT&limit=x", 400, -1100),
        ("GET /api/v3/depth?symbol=BTCUSDT&symbol=ETHUSDT", 400, -1101),
        ("GET /fapi/v1/depth?symbol=BTCUSDT&limit=7", 400, -4021),
        ("GET /api/v3/klines?symbol=BTCUSDT&interval=7m", 400, -1120),
        ("GET /api/v3/ticker/price?symbol=BTCUSDT&symbols=%5B%22ETHUSDT%22%5D", 400, -1101),
        ("GET /api/v3/account", 401, -2014),
        ("POST /fapi/v1/listenKey", 401, -2014),
        ("GET /api/v3/nothing", 404, -5000),
        ("POST /api/v3/depth", 404, -5000),
    ],
)
async def test_malformed_requests_get_the_venues_codes(raw: Any, request_line: str, status: int, code: int) -> None:
    method, _, target = request_line.partition(" ")
    path, _, query = target.partition("?")
    answered, body, _ = await raw.send(method, path, query)
    assert (answered, body["code"]) == (status, code)
    assert body["msg"]


@pytest.mark.parametrize("path", ["/api/v3/account", "/fapi/v2/balance", "/sapi/v1/account/apiRestrictions"])
async def test_signed_requests_prove_who_when_and_what(raw: Any, simulator: Simulator, path: str) -> None:
    now_ms = simulator.venue.now_ms
    stamped = f"timestamp={now_ms}"
    for key, query, status, code in (
        (None, stamped, 401, -2014),
        ("bad key!", stamped, 401, -2014),
        ("nobody", stamped, 401, -2015),
        ("paper", "", 400, -1102),
        ("paper", stamped, 400, -1102),
        ("paper", f"{stamped}&signature=00", 400, -1022),
        ("paper", f"timestamp={now_ms - 5_500}&signature=00", 400, -1021),
        ("paper", f"timestamp={now_ms + 1_500}&signature=00", 400, -1021),
        ("paper", f"{stamped}&recvWindow=60001&signature=00", 400, -1131),
    ):
        answered, body, _ = await raw.send("GET", path, query, key=key)
        assert (answered, body["code"]) == (status, code), query


async def test_a_wider_receive_window_accepts_an_older_request(raw: Any, simulator: Simulator) -> None:
    old = simulator.venue.now_ms - 20_000
    status, _, _ = await raw.signed("GET", "/api/v3/account", timestamp=old, recvWindow=30_000)
    assert status == 200


async def test_a_signature_covers_query_and_body_together(raw: Any, simulator: Simulator) -> None:
    query = "symbol=BTCUSDT&side=BUY&type=MARKET"
    body = urlencode({"quantity": "0.01", "timestamp": simulator.venue.now_ms})
    signature = hmac.new(b"paper", (query + body).encode(), hashlib.sha256).hexdigest()
    status, answer, _ = await raw.send(
        "POST", "/api/v3/order", query, body=f"{body}&signature={signature}", key="paper"
    )
    assert (status, answer["status"]) == (200, "FILLED")


async def test_a_changed_parameter_breaks_the_signature(raw: Any, simulator: Simulator) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    signed = {"timestamp": simulator.venue.now_ms, **order}
    signature = hmac.new(b"paper", urlencode(signed).encode(), hashlib.sha256).hexdigest()
    altered = urlencode(signed | {"quantity": "0.02"})
    status, body, _ = await raw.send("POST", "/api/v3/order", body=f"{altered}&signature={signature}", key="paper")
    assert (status, body["code"]) == (400, -1022)


async def test_order_parameters_are_checked_in_the_venues_words(raw: Any) -> None:
    base = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.01", "price": "90000"}
    complete = base | {"timeInForce": "GTC"}
    for path in ("/api/v3/order", "/fapi/v1/order"):
        for params, code in (
            ({"symbol": "BTCUSDT"}, -1102),
            (complete | {"side": "HOLD"}, -1117),
            (complete | {"type": "WISH"}, -1116),
            (complete | {"timeInForce": "SOON"}, -1115),
            (base, -1102),
            (complete | {"price": "-1"}, -1100),
            (complete | {"newClientOrderId": "a b"}, -1100),
            (base | {"type": "MARKET"}, -1106),
        ):
            status, body, _ = await raw.signed("POST", path, **params)
            assert (status, body["code"]) == (400, code), params


async def test_spot_orders_are_answered_as_far_as_asked(raw: Any) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    _, ack, _ = await raw.signed("POST", "/api/v3/order", **order, newOrderRespType="ACK")
    _, result, _ = await raw.signed("POST", "/api/v3/order", **order, newOrderRespType="RESULT")
    _, full, _ = await raw.signed("POST", "/api/v3/order", **order)

    assert set(ack) == {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}
    assert result["status"] == "FILLED"
    assert "fills" not in result
    assert sum(float(fill["qty"]) for fill in full["fills"]) == pytest.approx(0.01)
    assert {fill["commissionAsset"] for fill in full["fills"]} == {"BTC"}
    status, body, _ = await raw.signed("POST", "/api/v3/order", **order, newOrderRespType="MORE")
    assert (status, body["code"]) == (400, -1136)


async def test_futures_orders_are_acknowledged_unless_the_result_is_asked_for(raw: Any) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010"}
    _, ack, _ = await raw.signed("POST", "/fapi/v1/order", **order)
    _, result, _ = await raw.signed("POST", "/fapi/v1/order", **order, newOrderRespType="RESULT")

    assert (ack["status"], ack["executedQty"]) == ("NEW", "0.000")
    assert (result["status"], result["executedQty"]) == ("FILLED", "0.010")
    assert float(result["cumQuote"]) == pytest.approx(float(result["avgPrice"]) * 0.01)


async def test_the_key_says_what_it_may_do(raw: Any) -> None:
    for key, trades, withdraws in (
        ("paper", True, False),
        ("paper-withdraw", True, True),
        ("paper-read", False, False),
    ):
        _, body, _ = await raw.signed("GET", "/sapi/v1/account/apiRestrictions", key=key)
        assert body["enableSpotAndMarginTrading"] is trades
        assert body["enableFutures"] is trades
        assert body["enableWithdrawals"] is withdraws


async def test_snapshot_prices_are_written_on_the_instruments_grid(raw: Any, simulator: Simulator) -> None:
    _, spot, _ = await raw.get("/api/v3/depth", symbol="BTCUSDT", limit=5)
    _, futures, _ = await raw.get("/fapi/v1/depth", symbol="BTCUSDT", limit=5)
    tick = simulator.venue.exchange.instruments[Market.FUTURES, "BTCUSDT"].tick_size
    assert all(len(price.split(".")[1]) == 8 for price, _ in spot["bids"])
    assert all(len(price.split(".")[1]) == -int(tick.as_tuple().exponent) for price, _ in futures["bids"])
    assert {"E", "T"} <= set(futures)
    assert set(spot) == {"lastUpdateId", "bids", "asks"}


async def test_the_ledger_is_the_venues_own_count(raw: Any) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010"}
    await raw.signed("POST", "/api/v3/order", **order, newClientOrderId="leg1")
    await raw.signed("POST", "/fapi/v1/order", **(order | {"side": "SELL"}), newClientOrderId="leg2")

    _, body, _ = await raw.get("/sim/v1/ledger", account="paper", rows="true")
    (account,) = body["accounts"]
    assert account["venue_orders"] == len(account["orders"]) == 2
    assert account["venue_fills"] == len(account["fills"]) >= 2
    assert account["orders_by_client_order_id"] == {"leg1": 1, "leg2": 1}
    assert {fill["client_order_id"] for fill in account["fills"]} == {"leg1", "leg2"}
    status, _, _ = await raw.get("/sim/v1/ledger", account="nobody")
    assert status == 404


async def test_the_simulator_says_what_it_is(raw: Any) -> None:
    _, info, _ = await raw.get("/sim/v1/info")
    status, health, _ = await raw.get("/healthz")
    assert (info["seed"], info["profile"], info["funding_interval_s"]) == (7, "demo", 60)
    assert info["accounts"] == ["paper"]
    assert (status, health["status"]) == (200, "ok")
