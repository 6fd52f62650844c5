"""The session itself: keys, clocks, the account."""

import asyncio
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator
from tests.integration.venues.control import Control
from tests.integration.venues.market import PERPETUAL, QUANTITY, Market, client_id
from tests.integration.venues.place import Place

from poise_common.domain.instruments import Side
from poise_common.platform.clock import utc_now
from poise_venues.errors import KeyTooPowerful, KeyTooWeak, VenueUnreachable
from poise_venues.outcomes import Accepted
from poise_venues.trading import TradingSession, open_trading_session


async def test_the_account_shows_what_an_order_did_to_it(trading: TradingSession, market: Market) -> None:
    perpetual = market.perpetual
    await trading.set_leverage(perpetual, 5)
    opened = await trading.submit_ioc(
        perpetual,
        Side.SELL,
        QUANTITY,
        await market.price(perpetual, Side.SELL),
        client_id(),
        reduce_only=False,
        intended_at=utc_now(),
    )
    assert isinstance(opened, Accepted)
    account = await trading.account()
    (position,) = account.positions
    assert (position.symbol, position.quantity) == (PERPETUAL, -QUANTITY)
    assert position.entry_price == opened.average_price
    assert account.initial_margin_usd > account.maintenance_margin_usd > 0
    closed = await trading.submit_ioc(
        perpetual,
        Side.BUY,
        QUANTITY * 2,
        await market.price(perpetual, Side.BUY),
        client_id(),
        reduce_only=True,
        intended_at=utc_now(),
    )
    assert isinstance(closed, Accepted)
    assert closed.filled_quantity == QUANTITY, "a reduce-only order never takes more than the position"
    assert (await trading.account()).positions == ()


async def test_the_accounts_mode_is_asked_once_for_all_instruments(
    trading: TradingSession, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    ask = trading._exchange.fapiPrivateGetPositionSideDual

    async def asking(*parameters: object) -> object:
        asked.append(parameters)
        return await ask(*parameters)

    monkeypatch.setattr(trading._exchange, "fapiPrivateGetPositionSideDual", asking)
    await asyncio.gather(*(trading.set_leverage(market.perpetual, leverage) for leverage in (3, 4, 5)))
    assert len(asked) == 1


async def test_the_venues_clock_is_ours_here(trading: TradingSession) -> None:
    assert abs(await trading.clock_offset_ms()) < 1000


@pytest.mark.parametrize("ahead_s", [-60, 60])
async def test_with_a_wrong_clock_of_ours_requests_still_carry_the_venues_time(
    redis: Redis, simulator: Simulator, place: Place, market: Market, ahead_s: int
) -> None:
    def wrong_now() -> datetime:
        return utc_now() + timedelta(seconds=ahead_s)

    trading = open_trading_session(place.name, place.config(simulator.http_url), redis=redis, now=wrong_now)
    await trading.connect()
    assert await trading.clock_offset_ms() == pytest.approx(-ahead_s * 1000, abs=1000)
    outcome = await trading.submit_ioc(
        market.spot,
        Side.BUY,
        QUANTITY,
        await market.price(market.spot, Side.BUY),
        client_id(),
        reduce_only=False,
        intended_at=wrong_now(),
    )
    assert isinstance(outcome, Accepted)
    await trading.close()


@pytest.mark.parametrize("skew_ms", [-30_000, 30_000])
async def test_a_venue_whose_clock_moves_is_followed(
    trading: TradingSession, market: Market, control: Control, skew_ms: int
) -> None:
    await control.act("clock_skew", ms=skew_ms)
    try:
        assert await trading.clock_offset_ms() == pytest.approx(skew_ms, abs=1000)
        assert isinstance(await market.buy(trading, market.spot, client_id()), Accepted)
    finally:
        await control.act("clock_skew", ms=0)


async def test_maintenance_is_no_answer(trading: TradingSession, market: Market, control: Control) -> None:
    limit, ours = await market.price(market.spot, Side.BUY), client_id()
    await control.act("maintenance", on=True)
    try:
        with pytest.raises(VenueUnreachable):
            await trading.account()
        with pytest.raises(VenueUnreachable):
            await trading.clock_offset_ms()
        outcome = await trading.submit_ioc(
            market.spot, Side.BUY, QUANTITY, limit, ours, reduce_only=False, intended_at=utc_now()
        )
    finally:
        await control.act("maintenance", on=False)
    assert not isinstance(outcome, Accepted)
    assert await control.orders_under(ours) == 0


async def test_a_key_that_may_withdraw_is_refused(redis: Redis, simulator: Simulator, place: Place) -> None:
    config = place.config_of_key(simulator.http_url, "paper-withdraw", "paper-withdraw")
    session = open_trading_session(place.name, config, redis=redis, now=utc_now)
    with pytest.raises(KeyTooPowerful, match="withdraw"):
        await session.connect()
    await session.close()


async def test_a_wrong_key_does_not_connect(redis: Redis, simulator: Simulator, place: Place) -> None:
    config = place.config_of_key(simulator.http_url, "paper", "wrong")
    session = open_trading_session(place.name, config, redis=redis, now=utc_now)
    with pytest.raises(VenueUnreachable, match="key's powers"):
        await session.connect()
    await session.close()


def test_without_a_key_there_is_no_trading(redis: Redis, simulator: Simulator, place: Place) -> None:
    config = place.config(simulator.http_url).model_copy(update={"api_key": None, "secret": None, "password": None})
    with pytest.raises(KeyTooWeak):
        open_trading_session(place.name, config, redis=redis, now=utc_now)
