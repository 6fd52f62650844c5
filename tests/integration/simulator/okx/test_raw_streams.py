"""OKX's WebSockets to the letter: events, refusals, limits, endings."""

import asyncio
import socket
from collections.abc import AsyncIterator
from itertools import pairwise

import aiohttp
import orjson
import pytest
from tests.integration.simulator.okx.conftest import MovableClock, OkxSimulator, RawVenue

from poise_simulator.domain.instruments import Market
from poise_simulator.okx.streams.sockets import SocketLimits

BOOKS = {"channel": "books", "instId": "BTC-USDT-SWAP"}
EVERY_SOCKET = pytest.mark.parametrize("name", ["public", "private", "business"])


@pytest.fixture
async def limited(clock: MovableClock) -> AsyncIterator[OkxSimulator]:
    """A venue that soon has enough of a connection."""
    limits = SocketLimits(requests_per_hour=3, outbox_max=20, silence_max_s=0.6)
    async with OkxSimulator(clock, limits) as running:
        yield running


@pytest.fixture
async def limited_raw(limited: OkxSimulator) -> AsyncIterator[RawVenue]:
    async with aiohttp.ClientSession() as session:
        yield RawVenue(session, limited)


@pytest.mark.parametrize(
    ("name", "arg", "code"),
    [
        ("public", {"channel": "no-such", "instId": "BTC-USDT"}, "60018"),
        ("public", {"channel": "books", "instId": "NO-SUCH"}, "60018"),
        ("public", {"channel": "books"}, "60018"),
        ("public", {"channel": "funding-rate", "instId": "BTC-USDT"}, "60018"),
        ("public", {"channel": "candle1m", "instId": "BTC-USDT"}, "64001"),
        ("business", {"channel": "books", "instId": "BTC-USDT"}, "64002"),
        ("public", {"channel": "books-l2-tbt", "instId": "BTC-USDT"}, "64003"),
        ("private", {"channel": "orders", "instType": "ANY"}, "60011"),
    ],
)
async def test_a_subscription_that_cannot_be_is_refused_by_its_code(
    raw: RawVenue, name: str, arg: dict[str, str], code: str
) -> None:
    opened = await raw.subscribe(name, arg)
    event = await opened.read()
    assert (event["event"], event["code"]) == ("error", code)
    assert event["connId"]


@pytest.mark.parametrize("text", ["{", "[]", '{"op":"no-such"}', '{"op":"subscribe","args":["books"]}'])
async def test_what_makes_no_sense_is_an_illegal_request(raw: RawVenue, text: str) -> None:
    opened = await raw.open("public")
    await opened.socket.send_str(text)
    event = await opened.read()
    assert (event["event"], event["code"]) == ("error", "60012")
    assert text in event["msg"]


async def test_one_bad_subscription_leaves_the_others(raw: RawVenue) -> None:
    opened = await raw.subscribe("public", {"channel": "books", "instId": "NO-SUCH"}, BOOKS)
    assert (await opened.read())["event"] == "error"
    assert (await opened.read())["event"] == "subscribe"


async def test_an_event_bears_the_requests_id(raw: RawVenue) -> None:
    opened = await raw.open("public")
    await opened.ask("subscribe", BOOKS, id="1512")
    event = await opened.read()
    assert event["id"] == "1512"
    assert event["arg"] == BOOKS


@EVERY_SOCKET
async def test_a_ping_is_answered(raw: RawVenue, name: str) -> None:
    opened = await raw.open(name)
    await opened.socket.send_str("ping")
    assert await opened.socket.receive_str(timeout=10) == "pong"


async def test_instruments_are_told_of_at_first_and_when_one_is_halted(raw: RawVenue, simulator: OkxSimulator) -> None:
    opened = await raw.subscribe("public", {"channel": "instruments", "instType": "SWAP"})
    assert {row["state"] for row in (await opened.read_data())["data"]} == {"live"}
    simulator.venue.exchange.halt(Market.FUTURES, "SOLUSDT")
    (changed,) = (await opened.read_data())["data"]
    assert (changed["instId"], changed["state"]) == ("SOL-USDT-SWAP", "suspend")


@pytest.mark.parametrize(
    "arg",
    [{"channel": "index-tickers", "instId": "BTC-USDT"}, {"channel": "mark-price", "instId": "BTC-USDT-SWAP"}],
    ids=lambda arg: arg["channel"],
)
async def test_reference_prices_tick_once_a_second(raw: RawVenue, clock: MovableClock, arg: dict[str, str]) -> None:
    opened = await raw.subscribe("public", arg)
    await opened.read_data()
    clock.added_ms += 3_000
    times = [int((await opened.read_data())["data"][0]["ts"]) for _ in range(3)]
    assert [later - earlier for earlier, later in pairwise(times)] == [1_000, 1_000]


async def test_a_candle_is_sent_once_more_when_it_closes(raw: RawVenue, clock: MovableClock) -> None:
    opened = await raw.subscribe("business", {"channel": "candle1m", "instId": "BTC-USDT-SWAP"})
    (running,) = (await opened.read_data())["data"]
    clock.added_ms += 60_000
    seen = running
    while seen[8] == "0" or seen[0] != running[0]:
        assert int(seen[0]) <= int(running[0])
        (seen,) = (await opened.read_data())["data"]
    (after,) = (await opened.read_data())["data"]
    assert int(after[0]) == int(running[0]) + 60_000


async def test_subscriptions_in_an_hour_are_limited(limited_raw: RawVenue) -> None:
    opened = await limited_raw.open("business")
    for _ in range(3):
        await opened.ask("unsubscribe", {"channel": "candle1m", "instId": "BTC-USDT"})
        assert (await opened.read())["event"] == "unsubscribe"
    await opened.ask("unsubscribe", {"channel": "candle1m", "instId": "BTC-USDT"})
    assert (await opened.read())["code"] == "60014"


async def test_a_silent_connection_is_closed(limited_raw: RawVenue) -> None:
    opened = await limited_raw.open("private")
    message = await opened.socket.receive(timeout=10)
    assert message.type is aiohttp.WSMsgType.CLOSE
    assert message.data == 4004


async def test_one_that_is_sent_something_is_not_silent(limited_raw: RawVenue) -> None:
    opened = await limited_raw.subscribe("public", BOOKS)
    for _ in range(10):
        await opened.read()
    assert not opened.socket.closed


async def test_before_the_venue_closes_a_connection_it_says_so(raw: RawVenue, simulator: OkxSimulator) -> None:
    opened = await raw.open("public")
    closing = asyncio.create_task(simulator.face.close_sockets())
    notice = await opened.read()
    assert (notice["event"], notice["code"]) == ("notice", "64008")
    assert (await opened.socket.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
    await closing


async def test_one_who_does_not_read_is_cut_off_and_holds_up_nobody(limited: OkxSimulator) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        stuck.setblocking(False)
        await loop.sock_connect(stuck, ("127.0.0.1", limited.site.port))
        handshake = (
            "GET /ws/v5/public HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await loop.sock_sendall(stuck, handshake.encode())
        await loop.sock_recv(stuck, 4_096)
        args = [{"channel": name, "instId": "BTC-USDT-SWAP"} for name in ("books", "books5", "bbo-tbt", "tickers")]
        text = orjson.dumps({"op": "subscribe", "args": args * 40})
        frame = b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text
        await loop.sock_sendall(stuck, frame)
        async with aiohttp.ClientSession() as session:
            reader = await RawVenue(session, limited).subscribe("public", BOOKS)
            while limited.face.slow_readers_cut_off == 0:
                await reader.read()
            assert not reader.socket.closed
