"""What a listener gets of events that a fault strikes, and of streams that end."""

import asyncio
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.010"}
CLOSED = {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR}


class Listener:
    """A client on its own user data stream, which places orders that rest."""

    def __init__(self, raw: Any, stream: aiohttp.ClientWebSocketResponse) -> None:
        self._raw = raw
        self._stream = stream

    async def rest(self, client_id: str) -> None:
        """Place a limit order far below the market."""
        _, book, _ = await self._raw.get("/fapi/v1/depth", symbol="BTCUSDT", limit=5)
        price = f"{float(book['bids'][0][0]) * 0.98:.1f}"
        status, body, _ = await self._raw.signed(
            "POST", "/fapi/v1/order", **ORDER, price=price, newClientOrderId=client_id
        )
        assert status == 200, body

    async def next_order(self) -> str:
        """Wait for the next event of an order; returns its client id."""
        while True:
            event = await self.next_event()
            if event["e"] == "ORDER_TRADE_UPDATE":
                return str(event["o"]["c"])

    async def next_event(self) -> Any:
        async with asyncio.timeout(10):
            return await self._stream.receive_json()

    async def is_closed(self) -> bool:
        """Wait for the end of the stream."""
        async with asyncio.timeout(10):
            while True:
                if (await self._stream.receive()).type in CLOSED:
                    return True


@pytest.fixture
async def listener(raw: Any, sockets: Any) -> Listener:
    _, body, _ = await raw.signed("POST", "/fapi/v1/listenKey")
    return Listener(raw, await sockets.open(f"/futures/ws/{body['listenKey']}"))


async def test_an_event_comes_twice(control: Any, listener: Listener) -> None:
    await control.set_fault("duplicate_events", count=1)
    for name in ("first", "second"):
        await listener.rest(name)
    assert [await listener.next_order() for _ in range(3)] == ["first", "first", "second"]


async def test_an_event_comes_after_the_next(control: Any, listener: Listener) -> None:
    await control.set_fault("reorder_events", count=1, parameters={"hold_ms": 60_000})
    for name in ("first", "second"):
        await listener.rest(name)
    assert [await listener.next_order() for _ in range(2)] == ["second", "first"]


async def test_an_event_that_nothing_follows_comes_at_last(control: Any, clock: Any, listener: Listener) -> None:
    await control.set_fault("reorder_events", count=1, parameters={"hold_ms": 5_000})
    await listener.rest("only")
    clock.added_ms += 5_000
    assert await listener.next_order() == "only"


async def test_an_event_comes_late(control: Any, clock: Any, listener: Listener) -> None:
    await control.set_fault("delay_events", count=1, parameters={"ms": 10_000})
    for name in ("first", "second", "third"):
        await listener.rest(name)
    assert [await listener.next_order() for _ in range(2)] == ["second", "third"]
    clock.added_ms += 10_000
    assert await listener.next_order() == "first"


async def test_an_event_never_comes(control: Any, listener: Listener) -> None:
    await control.set_fault("drop_events", count=1)
    for name in ("first", "second"):
        await listener.rest(name)
    assert await listener.next_order() == "second"
    (strike,) = await control.strikes()
    assert (strike["kind"], strike["what"], strike["symbol"]) == ("drop_events", "ORDER_TRADE_UPDATE", "BTCUSDT")
    assert strike["took_effect"] is None


async def test_the_socket_is_dropped_in_an_events_place(control: Any, listener: Listener) -> None:
    await control.set_fault("drop_socket", count=1)
    await listener.rest("first")
    assert await listener.is_closed()


@pytest.mark.parametrize("market", ["spot", "futures"])
async def test_a_depth_diff_is_missing_and_its_update_ids_with_it(control: Any, sockets: Any, market: str) -> None:
    stream = await sockets.open(f"/{market}/ws/btcusdt@depth@100ms")
    sound = [await stream.receive_json() for _ in range(2)]
    await control.set_fault("gap_depth", symbol="BTCUSDT", count=1)
    messages = sound + [await stream.receive_json() for _ in range(10)]
    if market == "spot":
        gaps = [after["U"] - before["u"] - 1 for before, after in pairwise(messages)]
    else:
        gaps = [after["pu"] - before["u"] for before, after in pairwise(messages)]
    assert sum(gap > 0 for gap in gaps) == 1
    assert min(gaps) == 0


async def test_a_market_socket_is_dropped_and_others_are_not(control: Any, sockets: Any, listener: Listener) -> None:
    stream = await sockets.open("/spot/ws/btcusdt@depth@100ms")
    await control.set_fault("drop_socket", target="market_stream", market="spot", count=1)
    while (await stream.receive()).type not in CLOSED:
        pass
    await listener.rest("first")
    assert await listener.next_order() == "first"


@pytest.mark.parametrize(("streams", "ends"), [("user", "user"), ("market", "market"), ("all", "both")])
async def test_sockets_are_dropped_on_command(
    control: Any, sockets: Any, listener: Listener, streams: str, ends: str
) -> None:
    market = await sockets.open("/futures/ws/btcusdt@depth@100ms")
    await market.receive_json()
    await control.act("disconnect", streams=streams)
    if ends in {"user", "both"}:
        assert await listener.is_closed()
    else:
        await listener.rest("first")
        assert await listener.next_order() == "first"
    if ends in {"market", "both"}:
        while (await market.receive()).type not in CLOSED:
            pass
    else:
        assert (await market.receive_json())["e"] == "depthUpdate"


async def test_a_listen_key_runs_out_on_command_and_its_stream_is_told(
    control: Any, raw: Any, listener: Listener
) -> None:
    await control.act("expire_listen_keys")
    assert (await listener.next_event())["e"] == "listenKeyExpired"
    status, body, _ = await raw.signed("PUT", "/fapi/v1/listenKey")
    assert (status, body["code"]) == (400, -1125)
