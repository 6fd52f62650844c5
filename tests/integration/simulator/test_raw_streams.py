"""Streams as a raw WebSocket sees them: names, wrapping, sequence, subscriptions, limits."""

import asyncio
import json
import socket
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from poise_simulator.app import Simulator
from poise_simulator.domain.instruments import Market
from poise_simulator.settings import SimulatorSettings, StreamLimitSettings


async def _ask(socket: aiohttp.ClientWebSocketResponse, request: object) -> Any:
    await socket.send_str(request if isinstance(request, str) else json.dumps(request))
    while True:
        message = await socket.receive_json()
        if "id" in message or "error" in message:
            return message


@pytest.mark.parametrize("speed", ["", "@100ms"])
async def test_spot_diffs_follow_one_another_without_a_gap(sockets: Any, speed: str) -> None:
    stream = await sockets.open(f"/spot/ws/btcusdt@depth{speed}")
    messages = [await stream.receive_json() for _ in range(3 if not speed else 10)]
    for before, after in pairwise(messages):
        assert after["U"] == before["u"] + 1
        assert after["U"] <= after["u"]
    assert {message["e"] for message in messages} == {"depthUpdate"}
    assert "pu" not in messages[0]


@pytest.mark.parametrize("prefix", ["/futures", "/futures/public"])
@pytest.mark.parametrize("speed", ["", "@100ms", "@500ms"])
async def test_futures_diffs_name_the_one_before(sockets: Any, prefix: str, speed: str) -> None:
    stream = await sockets.open(f"{prefix}/ws/ethusdt@depth{speed}")
    messages = [await stream.receive_json() for _ in range(4)]
    assert all(b["pu"] == a["u"] for a, b in pairwise(messages))


@pytest.mark.parametrize("market", ["spot", "futures"])
async def test_a_book_kept_by_the_documented_steps_equals_the_venues(sockets: Any, raw: Any, market: str) -> None:
    stream = await sockets.open(f"/{market}/ws/btcusdt@depth@100ms")
    kept = [await stream.receive_json() for _ in range(5)]
    path = "/api/v3/depth" if market == "spot" else "/fapi/v1/depth"
    _, snapshot, _ = await raw.get(path, symbol="BTCUSDT", limit=1000)
    book = {side: dict(snapshot[side]) for side in ("bids", "asks")}
    at = snapshot["lastUpdateId"]

    for _ in range(200):
        for message in kept:
            if message["u"] <= at:
                continue
            assert message["U"] <= at + 1
            for side, key in (("bids", "b"), ("asks", "a")):
                book[side].update(message[key])
            at = message["u"]
        _, now, _ = await raw.get(path, symbol="BTCUSDT", limit=1000)
        if now["lastUpdateId"] == at:
            break
        kept = [await stream.receive_json()]
    assert now["lastUpdateId"] == at
    for side in ("bids", "asks"):
        assert {price: size for price, size in book[side].items() if float(size)} == dict(now[side])


async def test_combined_streams_are_wrapped_with_their_name(sockets: Any) -> None:
    stream = await sockets.open("/futures/stream?streams=btcusdt@depth@100ms/ethusdt@bookTicker")
    seen: dict[str, Any] = {}
    while len(seen) < 2:
        message = await stream.receive_json()
        seen[message["stream"]] = message["data"]
    assert seen["btcusdt@depth@100ms"]["s"] == "BTCUSDT"
    assert seen["ethusdt@bookTicker"]["e"] == "bookTicker"


@pytest.mark.parametrize(
    ("path", "size"),
    [("/spot/ws/btcusdt@depth5@100ms", 5), ("/futures/ws/btcusdt@depth20@100ms", 20)],
)
async def test_partial_books_have_their_levels(sockets: Any, path: str, size: int) -> None:
    message = await (await sockets.open(path)).receive_json()
    bids = message["bids"] if "spot" in path else message["b"]
    assert len(bids) == size
    assert ("e" in message) is ("futures" in path)


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/spot/ws/btcusdt@aggTrade", "aggTrade"),
        ("/spot/ws/btcusdt@trade", "trade"),
        ("/spot/ws/btcusdt@kline_1m", "kline"),
        ("/spot/ws/btcusdt@ticker", "24hrTicker"),
        ("/spot/ws/btcusdt@miniTicker", "24hrMiniTicker"),
        ("/futures/market/ws/btcusdt@aggTrade", "aggTrade"),
        ("/futures/market/ws/btcusdt@kline_5m", "kline"),
        ("/futures/market/ws/btcusdt@markPrice@1s", "markPriceUpdate"),
        ("/futures/ws/btcusdt@markPrice", "markPriceUpdate"),
    ],
)
async def test_each_stream_sends_its_event(sockets: Any, path: str, event: str) -> None:
    message = await (await sockets.open(path)).receive_json()
    assert message["e"] == event
    assert message["s"] == "BTCUSDT"


@pytest.mark.parametrize("name", ["!ticker@arr", "!miniTicker@arr", "!markPrice@arr@1s"])
async def test_streams_of_all_symbols_send_a_list(sockets: Any, name: str) -> None:
    message = await (await sockets.open(f"/futures/ws/{name}")).receive_json()
    assert len({row["s"] for row in message}) >= 20


async def test_a_candle_is_sent_once_more_when_it_closes(sockets: Any, clock: Any) -> None:
    stream = await sockets.open("/futures/ws/btcusdt@kline_1m")
    running = (await stream.receive_json())["k"]
    clock.added_ms += 60_000
    while True:
        candle = (await stream.receive_json())["k"]
        if candle["x"]:
            break
    assert candle["t"] == running["t"]
    following = (await stream.receive_json())["k"]
    assert (following["t"], following["x"]) == (running["t"] + 60_000, False)


async def test_subscriptions_are_changed_and_listed(sockets: Any) -> None:
    stream = await sockets.open("/spot/ws")
    names = ["btcusdt@depth@100ms", "btcusdt@trade"]
    assert await _ask(stream, {"method": "SUBSCRIBE", "params": names, "id": 1}) == {"result": None, "id": 1}
    assert (await stream.receive_json())["s"] == "BTCUSDT"
    listed = await _ask(stream, {"method": "LIST_SUBSCRIPTIONS", "id": "two"})
    assert (sorted(listed["result"]), listed["id"]) == (names, "two")
    await _ask(stream, {"method": "UNSUBSCRIBE", "params": names, "id": 3})
    assert (await _ask(stream, {"method": "LIST_SUBSCRIPTIONS", "id": 4}))["result"] == []


async def test_a_raw_connection_can_be_set_to_combined(sockets: Any) -> None:
    stream = await sockets.open("/futures/ws/btcusdt@bookTicker")
    assert (await _ask(stream, {"method": "GET_PROPERTY", "params": ["combined"], "id": 1}))["result"] is False
    await _ask(stream, {"method": "SET_PROPERTY", "params": ["combined", True], "id": 2})
    assert (await stream.receive_json())["stream"] == "btcusdt@bookTicker"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("{not json", 3),
        ('"text"', 2),
        ({"method": "SUBSCRIBE", "params": "btcusdt@trade", "id": 1}, 2),
        ({"method": "SUBSCRIBE", "params": [], "id": 1}, 2),
        ({"method": "DANCE", "id": 1}, 2),
        ({"method": "SET_PROPERTY", "params": ["colour", True], "id": 1}, 0),
        ({"method": "SET_PROPERTY", "params": ["combined", "yes"], "id": 1}, 1),
    ],
)
async def test_bad_requests_are_answered_and_the_connection_lives(sockets: Any, request_: object, code: int) -> None:
    stream = await sockets.open("/spot/ws")
    assert (await _ask(stream, request_))["error"]["code"] == code
    assert (await _ask(stream, {"method": "LIST_SUBSCRIPTIONS", "id": 9}))["result"] == []


async def test_an_unknown_stream_is_accepted_and_silent_as_on_the_venue(sockets: Any) -> None:
    stream = await sockets.open("/spot/ws")
    for name in ("nopeusdt@trade", "btcusdt@dance", "BTCUSDT@trade"):
        assert (await _ask(stream, {"method": "SUBSCRIBE", "params": [name], "id": 1}))["result"] is None


async def test_user_data_comes_by_listen_key_on_both_markets(sockets: Any, raw: Any) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010"}
    for key_path, path, order_path, events in (
        ("/api/v3/userDataStream", "/spot/ws/{}", "/api/v3/order", ["executionReport"] * 2),
        ("/fapi/v1/listenKey", "/futures/private/ws?listenKey={}", "/fapi/v1/order", ["ORDER_TRADE_UPDATE"] * 2),
    ):
        _, answer, _ = await raw.send("POST", key_path, key="paper")
        stream = await sockets.open(path.format(answer["listenKey"]))
        await raw.signed("POST", order_path, **order)
        seen = [(await stream.receive_json())["e"] for _ in range(3)]
        account_event = "outboundAccountPosition" if "api/v3" in order_path else "ACCOUNT_UPDATE"
        assert sorted(seen) == sorted([*events, account_event])


async def test_one_account_update_carries_wallet_and_position(sockets: Any, raw: Any) -> None:
    _, answer, _ = await raw.send("POST", "/fapi/v1/listenKey", key="paper")
    stream = await sockets.open(f"/futures/ws/{answer['listenKey']}")
    order = {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": "0.010"}
    await raw.signed("POST", "/fapi/v1/order", **order)
    messages = [await stream.receive_json() for _ in range(3)]
    (update,) = [message["a"] for message in messages if message["e"] == "ACCOUNT_UPDATE"]
    assert update["m"] == "ORDER"
    assert [row["a"] for row in update["B"]] == ["USDT"]
    assert [(row["s"], row["pa"]) for row in update["P"]] == [("BTCUSDT", "-0.010")]


async def test_the_request_api_refuses_in_the_venues_words(sockets: Any) -> None:
    api = await sockets.open("/spot/ws-api/v3")
    unknown = await _ask(api, {"id": "1", "method": "dance"})
    unsigned = await _ask(api, {"id": "2", "method": "account.status", "params": {"apiKey": "paper"}})
    symbol = await _ask(api, {"id": "3", "method": "depth", "params": {"symbol": "NOPE"}})
    fine = await _ask(api, {"id": "4", "method": "time"})
    assert unknown["status"] == 400
    assert (unsigned["status"], unsigned["error"]["code"]) == (400, -1102)
    assert (symbol["status"], symbol["error"]["code"]) == (400, -1121)
    assert (fine["status"], fine["rateLimits"][0]["limit"]) == (200, 6_000)


async def test_a_client_that_talks_too_much_is_disconnected(sockets: Any) -> None:
    stream = await sockets.open("/spot/ws")
    for number in range(6):
        await stream.send_str(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
    answers = [message async for message in stream]
    assert len(answers) <= 5
    assert stream.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION


class TestShortListenKeys:
    """With keys that live for seconds, since the market runs through all the time that a test adds."""

    @pytest.fixture
    def settings(self) -> SimulatorSettings:
        return SimulatorSettings(port=0, seed=7, listen_key_validity_s=20)

    async def test_a_key_that_is_not_kept_alive_expires(self, sockets: Any, raw: Any, clock: Any) -> None:
        path = "/fapi/v1/listenKey"
        _, answer, _ = await raw.send("POST", path, key="paper")
        stream = await sockets.open(f"/futures/ws/{answer['listenKey']}")
        clock.added_ms += 15_000
        assert (await raw.send("PUT", path, key="paper"))[0] == 200
        clock.added_ms += 15_000
        assert (await raw.send("POST", path, key="paper"))[1] == answer

        clock.added_ms += 20_000
        message = await stream.receive_json()
        assert (message["e"], message["listenKey"]) == ("listenKeyExpired", answer["listenKey"])
        status, body, _ = await raw.send("PUT", path, key="paper")
        assert (status, body["code"]) == (400, -1125)
        assert (await raw.send("POST", path, key="paper"))[1] != answer


class TestShortLives:
    """With connections that end after a moment, as the venue's do after a day."""

    @pytest.fixture
    def settings(self) -> SimulatorSettings:
        return SimulatorSettings(port=0, seed=7, streams=StreamLimitSettings(lifetime_s=0.3))

    @pytest.mark.parametrize("path", ["/spot/ws/btcusdt@trade", "/spot/ws-api/v3"])
    async def test_a_connection_ends_when_its_time_is_over(self, sockets: Any, path: str) -> None:
        stream = await sockets.open(path)
        async for _ in stream:
            continue
        assert stream.close_code == aiohttp.WSCloseCode.GOING_AWAY


class TestSlowReaders:
    """With an outbox small enough to overflow."""

    @pytest.fixture
    def settings(self) -> SimulatorSettings:
        limits = StreamLimitSettings(outbox_max_messages=50, connections_per_5_minutes=4)
        return SimulatorSettings(port=0, seed=7, streams=limits)

    async def test_a_reader_that_stops_is_cut_off_and_holds_up_nobody(self, simulator: Simulator, sockets: Any) -> None:
        symbols = [item.symbol.lower() for item in simulator.venue.instruments(Market.FUTURES)]
        names = "/".join(f"{symbol}@depth{n}@100ms" for symbol in symbols for n in ("", 5, 10, 20))
        loop = asyncio.get_running_loop()
        stuck = socket.socket()
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        stuck.setblocking(False)
        await loop.sock_connect(stuck, ("127.0.0.1", simulator.port))
        handshake = (
            f"GET /futures/stream?streams={names} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await loop.sock_sendall(stuck, handshake.encode())

        reader = await sockets.open("/futures/ws/btcusdt@bookTicker")
        while simulator.face.slow_readers_cut_off == 0:
            assert (await reader.receive_json())["s"] == "BTCUSDT"
        stuck.close()

    async def test_connections_are_limited(self, sockets: Any) -> None:
        for _ in range(4):
            await sockets.open("/spot/ws")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await sockets.open("/spot/ws")
        assert refusal.value.status == 429


async def test_funding_is_told_by_the_balance_alone(sockets: Any, raw: Any, clock: Any) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.100"}
    await raw.signed("POST", "/fapi/v1/order", **order)
    _, body, _ = await raw.signed("POST", "/fapi/v1/listenKey")
    stream = await sockets.open(f"/futures/ws/{body['listenKey']}")
    clock.added_ms += 60_000
    while (event := await stream.receive_json())["e"] != "ACCOUNT_UPDATE":
        pass
    assert event["a"]["m"] == "FUNDING_FEE"
    assert [float(row["bc"]) != 0 for row in event["a"]["B"]] == [True]
    assert event["a"]["P"] == []
