import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator
from tests.integration.venues.control import Control
from tests.integration.venues.market import Market, client_id
from tests.integration.venues.place import Place
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
async def listener(redis: Redis, streams: StreamProxy, place: Place) -> AsyncIterator[TradingSession]:
    """A session whose streams the proxy can cut."""
    opened = open_trading_session(place.name, place.config(streams.url), redis=redis, now=utc_now)
    await opened.connect()
    yield opened
    await opened.close()


@pytest.fixture
async def ear(listener: TradingSession, place: Place) -> AsyncIterator[Ear]:
    async with aclosing(listener.account_hints()) as hints:
        ear = Ear(hints)
        await ear.hear(HintReason.RECONNECTED, times=place.account_streams)
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
    ear: Ear, place: Place, streams: StreamProxy, trading: TradingSession, market: Market
) -> None:
    for _ in range(2):
        streams.cut()
        await ear.hear(HintReason.RECONNECTED, times=place.account_streams)
    ours = client_id()
    await market.buy(trading, market.spot, ours)
    await ear.hear_of(ours)


async def test_the_hints_end_when_the_session_is_closed(listener: TradingSession, place: Place) -> None:
    heard = []

    async def listen() -> None:
        async for hint in listener.account_hints():
            heard.append(hint.reason)
            if len(heard) == place.account_streams:
                closing.set()

    closing = asyncio.Event()
    listening = asyncio.create_task(listen())
    await closing.wait()
    await listener.close()
    await listening
    assert set(heard) == {HintReason.RECONNECTED}


async def test_keys_that_ran_out_are_replaced(
    ear: Ear, control: Control, trading: TradingSession, market: Market
) -> None:
    await control.act("expire_listen_keys")
    await ear.hear(HintReason.RECONNECTED)
    ours = client_id()
    await market.buy(trading, market.perpetual, ours)
    await ear.hear_of(ours)


async def test_a_key_is_renewed_and_replaced_when_it_can_not_be(
    redis: Redis, simulator: Simulator, place: Place, control: Control
) -> None:
    config = place.config(simulator.http_url, account_streams__renew_listen_key_s="0.05")
    session = open_trading_session(place.name, config, redis=redis, now=utc_now)
    await session.connect()
    async with aclosing(session.account_hints()) as hints:
        ear = Ear(hints)
        await ear.hear(HintReason.RECONNECTED, times=place.account_streams)
        await control.strike_once("http_500", "any_rest", effect=False)
        await ear.hear(HintReason.RECONNECTED)
    await session.close()


async def test_sockets_that_the_venue_drops_are_opened_again(
    ear: Ear, place: Place, control: Control, trading: TradingSession, market: Market
) -> None:
    await control.act("disconnect", streams="user")
    await ear.hear(HintReason.RECONNECTED, times=place.account_streams)
    for instrument in market.both:
        ours = client_id()
        await market.buy(trading, instrument, ours)
        await ear.hear_of(ours)


@pytest.mark.parametrize("kind", ["duplicate_events", "reorder_events", "delay_events", "drop_events"])
async def test_mistreated_events_end_no_hints(
    ear: Ear, control: Control, trading: TradingSession, market: Market, kind: str
) -> None:
    await control.strike(kind, "user_stream")
    for instrument in market.both:
        await market.buy(trading, instrument, client_id())
    await control.heal()
    for instrument in market.both:
        ours = client_id()
        await market.buy(trading, instrument, ours)
        assert (await ear.hear_of(ours)).symbol == instrument.symbol


async def test_sockets_dropped_in_the_place_of_an_event_are_a_gap_like_any_other(
    ear: Ear, control: Control, trading: TradingSession, market: Market
) -> None:
    for instrument in market.both:
        await control.strike_once("drop_socket", "user_stream")
        await market.buy(trading, instrument, client_id())
        await ear.hear(HintReason.RECONNECTED)
        ours = client_id()
        await market.buy(trading, instrument, ours)
        await ear.hear_of(ours)


async def test_what_others_do_to_the_account_is_heard(
    ear: Ear, control: Control, trading: TradingSession, market: Market
) -> None:
    for wallet in ("spot", "futures"):
        await control.act("transfer", amount="5", wallet=wallet)
        await ear.hear(HintReason.BALANCE)
    await control.act("foreign_trade", market="spot", symbol="ETHUSDT", side="buy", quantity="0.1")
    (foreign,) = await ear.hear(HintReason.ORDER)
    assert foreign.symbol == market.spot.symbol
    await market.buy(trading, market.perpetual, client_id())
    await control.act("adl", symbol="ETHUSDT")
    assert (await ear.hear_of("adl_autoclose")).symbol == market.perpetual.symbol
