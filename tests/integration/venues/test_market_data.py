from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator, free_port
from tests.integration.venues.place import Place

from poise_common.contracts.market_data import CandleInterval
from poise_common.domain.instruments import InstrumentKind
from poise_common.platform.clock import utc_now
from poise_venues.errors import SessionClosed, UnknownInstrument, VenueUnreachable
from poise_venues.market_data import MarketData, open_market_data

SPOT, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"


async def test_instruments_carry_the_accounts_fees_the_brackets_and_the_funding_interval(
    market_data: MarketData,
) -> None:
    instruments = await market_data.instruments((SPOT, PERPETUAL))
    spot, perpetual = instruments[SPOT], instruments[PERPETUAL]
    assert (spot.kind, perpetual.kind) == (InstrumentKind.SPOT, InstrumentKind.LINEAR_PERPETUAL)
    assert spot.taker_fee > spot.maker_fee >= 0
    assert perpetual.max_leverage > 1
    assert 0 < perpetual.maintenance_margin_rate < 1
    assert (spot.funding_interval_s, perpetual.funding_interval_s) == (None, 28_800)
    for instrument in (spot, perpetual):
        assert min(instrument.price_tick, instrument.quantity_step, instrument.min_quantity) > 0


async def test_an_unknown_symbol_is_named(market_data: MarketData) -> None:
    with pytest.raises(UnknownInstrument, match="NOPE/USDT"):
        await market_data.instruments(("NOPE/USDT",))


async def test_what_is_configured_of_a_market_counts_whenever_the_markets_are_read(
    redis: Redis, simulator: Simulator, place: Place
) -> None:
    config = place.config(simulator.http_url, markets='{"BTC/USDT": {min_notional: 77}}')
    opened = open_market_data(place.name, config, redis=redis, now=utc_now)
    try:
        await opened.session.connect()
        for _ in range(2):
            assert (await opened.instruments((SPOT,)))[SPOT].min_notional == 77
            await opened.session.reload_markets()
    finally:
        await opened.session.close()


async def test_an_override_of_no_market_is_said_each_time(redis: Redis, simulator: Simulator, place: Place) -> None:
    config = place.config(simulator.http_url, markets='{"NOPE/USDT": {active: false}}')
    opened = open_market_data(place.name, config, redis=redis, now=utc_now)
    try:
        for _ in range(2):
            with pytest.raises(UnknownInstrument, match="NOPE/USDT"):
                await opened.session.connect()
    finally:
        await opened.session.close()


async def test_candles_come_whole_over_as_many_pages_as_that_takes(market_data: MarketData) -> None:
    since = utc_now() - timedelta(hours=24)
    candles = await market_data.closed_candles(SPOT, CandleInterval.MINUTE, since)
    opened = [candle.opened_at_ms for candle in candles]
    assert opened == list(range(opened[0], opened[-1] + 1, 60_000))
    assert opened[0] - since.timestamp() * 1000 < 60_000
    assert opened[-1] + 60_000 <= utc_now().timestamp() * 1000, "the running minute is not closed"
    assert len(opened) >= 1439


async def test_volumes_fundings_and_settlements_cover_both_markets(market_data: MarketData) -> None:
    volumes = await market_data.volumes_24h_usd()
    assert volumes[SPOT] > 1e6
    assert volumes[PERPETUAL] > 1e6
    running = (await market_data.running_fundings())[PERPETUAL]
    assert running.next_funding_at > utc_now()
    settled = await market_data.settled_fundings(PERPETUAL, 10)
    assert len(settled) == 10
    assert [one.time for one in settled] == sorted(one.time for one in settled)


async def test_a_book_is_ordered_and_uncrossed(market_data: MarketData) -> None:
    book = await market_data.book(PERPETUAL, 50)
    assert [level.price for level in book.bids] == sorted((level.price for level in book.bids), reverse=True)
    assert book.bids[0].price < book.asks[0].price


async def test_a_venue_that_is_not_there_is_unreachable_and_says_why(redis: Redis, place: Place) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    nowhere = open_market_data(place.name, place.config(url), redis=redis, now=utc_now)
    with pytest.raises(VenueUnreachable, match="Connect"):
        await nowhere.session.connect()
    await nowhere.session.close()


async def test_without_a_key_markets_are_read_with_the_fees_of_the_configuration(
    redis: Redis, simulator: Simulator, place: Place
) -> None:
    config = place.config(simulator.http_url)
    keyless = open_market_data(
        place.name,
        config.model_copy(update={"api_key": None, "secret": None, "password": None}),
        redis=redis,
        now=utc_now,
    )
    await keyless.session.connect()
    instrument = (await keyless.instruments((SPOT,)))[SPOT]
    assert (instrument.taker_fee, instrument.maker_fee) == (config.fees.taker, config.fees.maker)
    await keyless.session.close()


async def test_a_closed_session_stays_closed(market_data: MarketData) -> None:
    await market_data.session.close()
    with pytest.raises(SessionClosed):
        await market_data.book(SPOT, 5)
