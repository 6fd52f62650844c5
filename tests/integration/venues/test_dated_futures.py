"""Dated futures as the desk's session sees them: listed, traded, settled, gone."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from redis.asyncio import Redis
from tests.integration.simulator.conftest import MovableClock
from tests.integration.venues.market import client_id
from tests.integration.venues.place import PAPER

from poise_common.domain.clock import to_ms
from poise_common.domain.instruments import Instrument, InstrumentKind, Side
from poise_common.platform.clock import utc_now
from poise_simulator.app import Simulator
from poise_simulator.settings import DatedSettings, SimulatorSettings
from poise_venues.market_data import MarketData, open_market_data
from poise_venues.outcomes import Accepted, IncomeKind, Refused
from poise_venues.trading import TradingSession, open_trading_session

LIFE_S = 45
SHOWN_AFTER_DELIVERY_S = 30
QUANTITY = Decimal("0.02")


class Venue:
    """A simulated venue in the test's own loop, whose clock can be moved."""

    def __init__(self) -> None:
        self.clock = MovableClock()
        dated = DatedSettings(first_expiry_s=LIFE_S, shown_after_delivery_s=SHOWN_AFTER_DELIVERY_S)
        self.simulator = Simulator(SimulatorSettings(port=0, seed=7, dated=dated), self.clock)

    async def reach(self, time: datetime, trading: TradingSession) -> None:
        """Move the venue's clock to a time, and the venue and the session with it."""
        self.clock.reach(to_ms(time))
        self.simulator.venue.synchronise()
        await trading.clock_offset_ms()

    def now(self) -> datetime:
        return utc_now() + timedelta(milliseconds=self.clock.added_ms)


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    venue = Venue()
    async with venue.simulator:
        yield venue


@pytest.fixture
async def market_data(redis: Redis, venue: Venue) -> AsyncIterator[MarketData]:
    opened = open_market_data("paper", PAPER.config(venue.simulator.base_url), redis=redis, now=utc_now)
    await opened.session.connect()
    yield opened
    await opened.session.close()


@pytest.fixture
async def trading(redis: Redis, venue: Venue) -> AsyncIterator[TradingSession]:
    opened = open_trading_session("paper", PAPER.config(venue.simulator.base_url), redis=redis, now=utc_now)
    await opened.connect()
    yield opened
    await opened.close()


async def dated(market_data: MarketData) -> list[Instrument]:
    """Read BTC's dated futures, nearest expiry first."""
    await market_data.session.reload_markets()
    symbols = [
        one.symbol for one in market_data.listings() if one.kind is InstrumentKind.LINEAR_FUTURE and one.base == "BTC"
    ]
    found = await market_data.instruments(tuple(symbols))
    return sorted(found.values(), key=lambda one: str(one.expires_at))


async def sell(trading: TradingSession, market_data: MarketData, contract: Instrument) -> object:
    book = await market_data.book(contract.symbol, 5)
    price = contract.round_price(Decimal(str(book.bids[0].price)) * Decimal("0.99"))
    return await trading.submit_ioc(
        contract, Side.SELL, QUANTITY, price, client_id(), reduce_only=False, intended_at=utc_now()
    )


async def test_they_are_instruments_with_an_expiry_and_no_funding(market_data: MarketData, venue: Venue) -> None:
    short, current, following = await dated(market_data)
    for contract in (short, current, following):
        assert contract.expires_at is not None
        assert contract.symbol == f"BTC/USDT:USDT-{contract.expires_at:%y%m%d}"
        assert (contract.settle, contract.contract_size, contract.funding_interval_s) == ("USDT", Decimal(1), None)
        assert (contract.max_leverage, contract.taker_fee) == (Decimal(50), Decimal("0.0005"))
        assert contract.maintenance_margin_rate > 0
    assert short.expires_at is not None
    assert short.expires_at < venue.now() + timedelta(seconds=LIFE_S + 1)
    assert short.symbol not in await market_data.running_fundings()


async def test_a_settlement_is_an_income_with_its_price_and_the_position_is_gone(
    trading: TradingSession, market_data: MarketData, venue: Venue
) -> None:
    (contract, _, _) = await dated(market_data)
    assert contract.expires_at is not None
    began_at = utc_now() - timedelta(seconds=5)
    await trading.set_leverage(contract, 5)
    sold = await sell(trading, market_data, contract)
    assert isinstance(sold, Accepted)
    (position,) = (await trading.account()).positions
    assert (position.symbol, position.quantity) == (contract.symbol, -QUANTITY)

    await venue.reach(contract.expires_at, trading)
    assert (await trading.account()).positions == ()
    (settled,) = await trading.incomes(began_at)
    assert (settled.kind, settled.symbol, settled.currency) == (IncomeKind.SETTLEMENT, contract.symbol, "USDT")
    assert settled.price is not None
    assert settled.amount == QUANTITY * (position.entry_price - settled.price)
    refused = await sell_anyway(trading, contract, settled.price)
    assert isinstance(refused, Refused)

    await venue.reach(contract.expires_at + timedelta(seconds=SHOWN_AFTER_DELIVERY_S), trading)
    await trading._session.reload_markets()
    assert contract.symbol not in trading._exchange.markets
    assert await trading.incomes(began_at) == (settled,)


async def sell_anyway(trading: TradingSession, contract: Instrument, price: Decimal) -> object:
    return await trading.submit_ioc(
        contract,
        Side.SELL,
        QUANTITY,
        contract.round_price(price),
        client_id(),
        reduce_only=False,
        intended_at=utc_now(),
    )
