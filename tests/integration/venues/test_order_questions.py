from datetime import timedelta
from decimal import Decimal

from tests.integration.venues.market import FAR, QUANTITY, Market, client_id

from poise_common.domain.instruments import Side
from poise_common.platform.clock import utc_now
from poise_venues.outcomes import Accepted, FoundOrder, NotFound
from poise_venues.trading import TradingSession


async def test_an_order_is_found_by_its_client_id_at_two_endpoints_and_by_its_id(
    trading: TradingSession, market: Market
) -> None:
    ours, before = client_id(), utc_now()
    for instrument in market.both:
        outcome = await market.buy(trading, instrument, ours, through=FAR)
        assert isinstance(outcome, Accepted)
        assert outcome.terminal
        assert not outcome.filled_quantity
        assert outcome.average_price is None
        found = await trading.find_order(instrument, ours)
        assert isinstance(found, FoundOrder)
        assert (found.order_id, found.terminal, found.quantity) == (outcome.order_id, True, QUANTITY)
        assert await trading.find_order_in_list(instrument, ours, before) == found
        assert await trading.find_order_by_id(instrument, outcome.order_id) == found


async def test_an_order_that_never_was_is_not_found_anywhere(trading: TradingSession, market: Market) -> None:
    before = utc_now()
    for instrument in market.both:
        assert await trading.find_order(instrument, client_id()) == NotFound()
        assert await trading.find_order_in_list(instrument, client_id(), before) == NotFound()
        assert await trading.find_order_by_id(instrument, "999999999") == NotFound()


async def test_the_open_orders_of_all_markets_come_with_what_is_left_of_them(
    trading: TradingSession, market: Market
) -> None:
    resting = {}
    for instrument in market.both:
        ours = client_id()
        resting[ours] = (await market.rest(trading, instrument, ours)).order_id, instrument.symbol
    found = {order.client_order_id: order for order in await trading.open_orders_everywhere()}
    assert {ours: (order.order_id, order.symbol) for ours, order in found.items()} == resting
    for order in found.values():
        assert (order.side, order.quantity, order.filled_quantity) == (Side.BUY, QUANTITY, Decimal(0))
    for instrument, ours in zip(market.both, resting, strict=True):
        await trading.cancel(instrument, ours)
    assert await trading.open_orders_everywhere() == ()


async def test_the_trades_since_a_time_are_those_of_the_orders_since_then(
    trading: TradingSession, market: Market
) -> None:
    clocks_agree_to = timedelta(milliseconds=50)
    for instrument in market.both:
        since = utc_now()
        outcomes = [await market.buy(trading, instrument, client_id()) for _ in range(3)]
        order_ids = [outcome.order_id for outcome in outcomes if isinstance(outcome, Accepted)]
        trades = await trading.trades_since(instrument, since)
        assert list(dict.fromkeys(trade.order_id for trade in trades))[-3:] == order_ids
        assert {trade.symbol for trade in trades} == {instrument.symbol}
        assert all(trade.time > since - clocks_agree_to for trade in trades)
        assert await trading.trades_since(instrument, utc_now() + timedelta(hours=1)) == ()


async def test_trades_further_back_than_one_request_reaches_come_once_and_in_order(
    trading: TradingSession, market: Market
) -> None:
    await market.buy(trading, market.spot, client_id())
    trades = await trading.trades_since(market.spot, utc_now() - timedelta(days=3))
    assert trades
    assert len({trade.trade_id for trade in trades}) == len(trades)
    assert [trade.time for trade in trades] == sorted(trade.time for trade in trades)
