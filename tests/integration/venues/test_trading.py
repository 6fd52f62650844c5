from decimal import Decimal
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator
from tests.integration.execution.venue_proxy import FUTURES_ORDERS, SPOT_ORDERS, Fate, VenueProxy
from tests.integration.venues.conftest import paper

from poise_common.domain.instruments import Instrument, Side
from poise_common.platform.clock import utc_now
from poise_venues.errors import KeyTooPowerful, KeyTooWeak, VenueUnreachable
from poise_venues.market_data import MarketData
from poise_venues.outcomes import Accepted, FoundOrder, NotFound, Refused, SubmitOutcome, Unknown
from poise_venues.trading import TradingSession, open_trading_session

SPOT, PERPETUAL = "ETH/USDT", "ETH/USDT:USDT"
QUANTITY = Decimal("0.5")


class Market:
    """The instruments, and prices that surely trade or surely don't."""

    def __init__(self, market_data: MarketData, instruments: dict[str, Instrument]) -> None:
        self._market_data = market_data
        self.spot = instruments[SPOT]
        self.perpetual = instruments[PERPETUAL]

    async def price(self, instrument: Instrument, side: Side, through: str = "0.01") -> Decimal:
        """A limit that far through the other side; negative: that far away from it."""
        book = await self._market_data.book(instrument.symbol, 5)
        best = (book.asks if side is Side.BUY else book.bids)[0].price
        return instrument.round_price(Decimal(str(best)) * (1 + side.sign * Decimal(through)))


@pytest.fixture
async def market(market_data: MarketData) -> Market:
    return Market(market_data, await market_data.instruments((SPOT, PERPETUAL)))


def client_id() -> str:
    return f"t{uuid4().hex[:20]}"


async def test_an_ioc_fills_and_its_trades_tell_price_fee_and_currency(trading: TradingSession, market: Market) -> None:
    ours = client_id()
    price = await market.price(market.spot, Side.BUY)
    outcome = await trading.submit_ioc(
        market.spot, Side.BUY, QUANTITY, price, ours, reduce_only=False, intended_at=utc_now()
    )
    assert isinstance(outcome, Accepted)
    assert outcome.terminal
    assert outcome.filled_quantity == QUANTITY
    trades = await trading.order_trades(market.spot, outcome.order_id)
    assert sum(trade.quantity for trade in trades) == QUANTITY
    for trade in trades:
        assert (trade.side, trade.fee_currency) == (Side.BUY, "ETH")
        assert trade.fee == pytest.approx(trade.quantity * market.spot.taker_fee, rel=Decimal("0.001"))
        assert trade.price <= price


async def test_a_short_opens_and_a_reduce_only_order_closes_it_and_no_more(
    trading: TradingSession, market: Market
) -> None:
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
    assert closed.filled_quantity == QUANTITY
    assert (await trading.account()).positions == ()


async def test_an_order_is_found_by_its_client_id_at_two_endpoints(trading: TradingSession, market: Market) -> None:
    ours, before = client_id(), utc_now()
    for instrument in (market.spot, market.perpetual):
        price = await market.price(instrument, Side.BUY, "-0.02")
        outcome = await trading.submit_ioc(
            instrument, Side.BUY, QUANTITY, price, ours, reduce_only=False, intended_at=utc_now()
        )
        assert isinstance(outcome, Accepted)
        assert outcome.terminal
        assert not outcome.filled_quantity
        assert outcome.average_price is None
        found = await trading.find_order(instrument, ours)
        assert isinstance(found, FoundOrder)
        assert (found.order_id, found.terminal, found.quantity) == (outcome.order_id, True, QUANTITY)
        assert await trading.find_order_in_list(instrument, ours, before) == found


async def test_an_order_that_never_was_is_not_found_anywhere(trading: TradingSession, market: Market) -> None:
    before = utc_now()
    for instrument in (market.spot, market.perpetual):
        assert await trading.find_order(instrument, client_id()) == NotFound()
        assert await trading.find_order_in_list(instrument, client_id(), before) == NotFound()


async def test_a_listed_reject_code_is_a_definite_no(trading: TradingSession, market: Market) -> None:
    spot, perpetual = market.spot, market.perpetual
    high = await market.price(spot, Side.BUY)
    too_much = await trading.submit_ioc(
        spot, Side.BUY, Decimal(1000), high, client_id(), reduce_only=False, intended_at=utc_now()
    )
    too_small = await trading.submit_ioc(
        spot, Side.BUY, spot.quantity_step, high, client_id(), reduce_only=False, intended_at=utc_now()
    )
    nothing_to_reduce = await trading.submit_ioc(
        perpetual,
        Side.SELL,
        QUANTITY,
        await market.price(perpetual, Side.SELL),
        client_id(),
        reduce_only=True,
        intended_at=utc_now(),
    )
    codes = [one.code for one in (too_much, too_small, nothing_to_reduce) if isinstance(one, Refused)]
    assert codes == ["-2010", "-1013", "-2022"]


@pytest.mark.parametrize("fate", [Fate.ANSWER_LOST, Fate.ANSWER_GARBLED, Fate.ANSWERED_503])
@pytest.mark.parametrize("path", [SPOT_ORDERS, FUTURES_ORDERS])
async def test_an_answer_that_is_lost_leaves_the_order_unknown_and_it_can_be_found(
    trading_by_proxy: TradingSession, proxy: VenueProxy, market: Market, fate: Fate, path: str
) -> None:
    instrument = market.spot if path == SPOT_ORDERS else market.perpetual
    ours = client_id()
    proxy.fates[path] = fate
    outcome = await trading_by_proxy.submit_ioc(
        instrument,
        Side.BUY,
        QUANTITY,
        await market.price(instrument, Side.BUY, "-0.02"),
        ours,
        reduce_only=False,
        intended_at=utc_now(),
    )
    assert isinstance(outcome, Unknown)
    assert outcome.sent_at is not None
    assert proxy.posts == [path], "one POST, ever"
    assert isinstance(await trading_by_proxy.find_order(instrument, ours), FoundOrder)


async def test_a_request_that_is_lost_leaves_the_order_unknown_and_it_is_not_found(
    trading_by_proxy: TradingSession, proxy: VenueProxy, market: Market
) -> None:
    ours = client_id()
    proxy.fates[SPOT_ORDERS] = Fate.REQUEST_LOST
    price = await market.price(market.spot, Side.BUY, "-0.02")
    outcome: SubmitOutcome = await trading_by_proxy.submit_ioc(
        market.spot, Side.BUY, QUANTITY, price, ours, reduce_only=False, intended_at=utc_now()
    )
    assert isinstance(outcome, Unknown)
    assert await trading_by_proxy.find_order(market.spot, ours) == NotFound()


async def test_off_the_steps_or_a_bad_client_id_is_a_defect_of_ours_and_nothing_is_sent(
    trading_by_proxy: TradingSession, proxy: VenueProxy, market: Market
) -> None:
    price = await market.price(market.spot, Side.BUY)
    submit = trading_by_proxy.submit_ioc
    with pytest.raises(ValueError, match="client order id"):
        await submit(market.spot, Side.BUY, QUANTITY, price, "Not-Ours", reduce_only=False, intended_at=utc_now())
    with pytest.raises(ValueError, match="step"):
        await submit(
            market.spot,
            Side.BUY,
            QUANTITY + Decimal("0.0000000001"),
            price,
            client_id(),
            reduce_only=False,
            intended_at=utc_now(),
        )
    with pytest.raises(ValueError, match="tick"):
        await submit(
            market.spot,
            Side.BUY,
            QUANTITY,
            price + Decimal("0.0000001"),
            client_id(),
            reduce_only=False,
            intended_at=utc_now(),
        )
    assert proxy.posts == []


async def test_a_key_that_may_withdraw_is_refused(redis: Redis, simulator: Simulator) -> None:
    config = paper(simulator.http_url, api_key="paper-withdraw", secret="paper-withdraw")  # noqa: S106  # of the simulator
    session = open_trading_session("paper", config, redis=redis, now=utc_now)
    with pytest.raises(KeyTooPowerful, match="withdraw"):
        await session.connect()
    await session.close()


async def test_a_wrong_key_does_not_connect(redis: Redis, simulator: Simulator) -> None:
    config = paper(simulator.http_url, api_key="paper", secret="wrong")  # noqa: S106  # of the simulator
    session = open_trading_session("paper", config, redis=redis, now=utc_now)
    with pytest.raises(VenueUnreachable, match="key's powers"):
        await session.connect()
    await session.close()


def test_without_a_key_there_is_no_trading(redis: Redis, simulator: Simulator) -> None:
    config = paper(simulator.http_url).model_copy(update={"api_key": None, "secret": None})
    with pytest.raises(KeyTooWeak):
        open_trading_session("paper", config, redis=redis, now=utc_now)


async def test_cancelling_an_order_that_is_not_open_is_fine(trading: TradingSession, market: Market) -> None:
    for instrument in (market.spot, market.perpetual):
        await trading.cancel(instrument, client_id())
