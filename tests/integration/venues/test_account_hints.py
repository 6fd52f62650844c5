import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator
from tests.integration.venues.conftest import paper
from tests.integration.venues.market import Market, client_id
from tests.integration.venues.stream_proxy import StreamProxy

from poise_common.platform.clock import utc_now
from poise_venues.hints import AccountHint, HintReason
from poise_venues.trading import TradingSession, open_trading_session


class Ear:
    """Takes hints until the wanted ones have come."""

    def __init__(self, hints: AsyncIterator[AccountHint]) -> None:
        self._hints = hints

    async def hear(self, reason: HintReason, times: int = 1) -> list[AccountHint]:
        heard: list[AccountHint] = []
        async for hint in self._hints:
            if hint.reason is reason:
                heard.append(hint)
            if len(heard) == times:
                return heard
        raise AssertionError("the hints ended")

    async def hear_of(self, client_order_id: str) -> AccountHint:
        async for hint in self._hints:
            if hint.client_order_id == client_order_id:
                return hint
        raise AssertionError("the hints ended")


@pytest.fixture
async def streams(simulator: Simulator) -> AsyncIterator[StreamProxy]:
    async with StreamProxy(simulator.http_url).listening() as listening:
        yield listening


@pytest.fixture
async def listener(redis: Redis, streams: StreamProxy) -> AsyncIterator[TradingSession]:
    """A session whose streams the proxy can cut."""
    opened = open_trading_session("paper", paper(streams.url), redis=redis, now=utc_now)
    await opened.connect()
    yield opened
    await opened.close()


@pytest.fixture
async def ear(listener: TradingSession) -> AsyncIterator[Ear]:
    async with aclosing(listener.account_hints()) as hints:
        ear = Ear(hints)
        await ear.hear(HintReason.RECONNECTED, times=2)
        yield ear


async def test_what_happens_to_an_order_in_either_market_is_heard(
    ear: Ear, trading: TradingSession, market: Market
) -> None:
    for instrument in market.both:
        ours = client_id()
        resting = await market.rest(trading, instrument, ours)
        hint = await ear.hear_of(ours)
        assert (hint.reason, hint.symbol, hint.order_id) == (HintReason.ORDER, instrument.symbol, resting.order_id)
        await trading.cancel(instrument, ours)
        assert (await ear.hear_of(ours)).order_id == resting.order_id, "the order's own id, not that of the cancel"


async def test_after_every_gap_a_hint_says_to_ask_for_everything(
    ear: Ear, streams: StreamProxy, trading: TradingSession, market: Market
) -> None:
    for _ in range(2):
        streams.cut()
        await ear.hear(HintReason.RECONNECTED, times=2)
    ours = client_id()
    await market.buy(trading, market.spot, ours)
    await ear.hear_of(ours)


async def test_the_hints_end_when_the_session_is_closed(listener: TradingSession) -> None:
    heard = []

    async def listen() -> None:
        async for hint in listener.account_hints():
            heard.append(hint.reason)
            if len(heard) == 2:
                closing.set()

    closing = asyncio.Event()
    listening = asyncio.create_task(listen())
    await closing.wait()
    await listener.close()
    await listening
    assert set(heard) == {HintReason.RECONNECTED}
