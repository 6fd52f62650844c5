from contextlib import aclosing
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.integration.execution.venue_proxy import VenueProxy
from tests.integration.venues.control import Control
from tests.integration.venues.market import QUANTITY, Market, client_id
from tests.integration.venues.place import Place

from poise_common.domain.instruments import Instrument, Side
from poise_common.platform.clock import utc_now
from poise_venues.outcomes import Accepted, FoundOrder, NotFound, Refused
from poise_venues.trading import TradingSession


async def test_an_ioc_fills_and_its_trades_tell_price_fee_and_currency(trading: TradingSession, market: Market) -> None:
    limit = await market.price(market.spot, Side.BUY)
    outcome = await market.buy(trading, market.spot, client_id())
    assert isinstance(outcome, Accepted)
    assert outcome.terminal
    assert outcome.filled_quantity == QUANTITY
    trades = await trading.order_trades(market.spot, outcome.order_id)
    assert sum(trade.quantity for trade in trades) == QUANTITY
    for trade in trades:
        assert (trade.side, trade.fee_currency) == (Side.BUY, "ETH")
        assert trade.fee == pytest.approx(trade.quantity * market.spot.taker_fee, rel=Decimal("0.001"))
        assert trade.price <= limit * Decimal("1.01")


async def test_a_listed_reject_code_is_a_definite_no(trading: TradingSession, market: Market, place: Place) -> None:
    spot, perpetual = market.spot, market.perpetual
    high = await market.price(spot, Side.BUY)
    now = utc_now()
    too_much = await trading.submit_ioc(
        spot, Side.BUY, Decimal(1000), high, client_id(), reduce_only=False, intended_at=now
    )
    too_small = await trading.submit_ioc(
        spot, Side.BUY, spot.quantity_step, high, client_id(), reduce_only=False, intended_at=now
    )
    low = await market.price(perpetual, Side.SELL)
    nothing_to_reduce = await trading.submit_ioc(
        perpetual, Side.SELL, QUANTITY, low, client_id(), reduce_only=True, intended_at=now
    )
    codes = [one.code for one in (too_much, too_small, nothing_to_reduce) if isinstance(one, Refused)]
    assert codes == [place.refused_as[why] for why in ("too much", "too small", "nothing to reduce")]


async def test_an_order_that_arrives_later_than_the_window_after_its_intent_never_exists(
    trading: TradingSession, market: Market, place: Place
) -> None:
    window = timedelta(milliseconds=place.config("http://venue").receive_window_ms)
    for instrument in market.both:
        ours, before = client_id(), utc_now()
        outcome = await trading.submit_ioc(
            instrument,
            Side.BUY,
            QUANTITY,
            await market.price(instrument, Side.BUY),
            ours,
            reduce_only=False,
            intended_at=utc_now() - window - timedelta(seconds=1),
        )
        assert isinstance(outcome, Refused)
        assert outcome.code == place.refused_as["late"]
        assert await trading.find_order(instrument, ours) == NotFound()
        assert await trading.find_order_in_list(instrument, ours, before) == NotFound()


async def test_a_post_only_order_rests_until_it_is_cancelled(trading: TradingSession, market: Market) -> None:
    for instrument in market.both:
        ours = client_id()
        resting = await market.rest(trading, instrument, ours)
        assert not resting.terminal
        assert ours in {order.client_order_id for order in await trading.open_orders_everywhere()}
        await trading.cancel(instrument, ours)
        found = await trading.find_order(instrument, ours)
        assert isinstance(found, FoundOrder)
        assert (found.terminal, found.filled_quantity) == (True, 0)


async def test_a_post_only_order_that_would_take_is_refused_and_never_exists(
    trading: TradingSession, market: Market
) -> None:
    for instrument, code in ((market.spot, "-2010"), (market.perpetual, "-5022")):
        ours = client_id()
        outcome = await trading.submit_post_only(
            instrument,
            Side.BUY,
            QUANTITY,
            await market.price(instrument, Side.BUY),
            ours,
            reduce_only=False,
            intended_at=utc_now(),
        )
        assert isinstance(outcome, Refused)
        assert outcome.code == code
        assert await trading.find_order(instrument, ours) == NotFound()


async def test_cancelling_an_order_that_is_not_open_is_fine(trading: TradingSession, market: Market) -> None:
    for instrument in market.both:
        await trading.cancel(instrument, client_id())


async def test_what_rests_is_cancelled_by_the_venue_when_nobody_renews_the_countdown(
    trading: TradingSession, market: Market
) -> None:
    ours = client_id()
    await trading.arm_dead_mans_switch(market.perpetual, 0.3)
    await market.rest(trading, market.perpetual, ours)
    async with aclosing(trading.account_hints()) as hints:
        async for _ in hints:
            found = await trading.find_order(market.perpetual, ours)
            assert isinstance(found, FoundOrder)
            if found.terminal:
                assert not found.filled_quantity
                return
    raise AssertionError("the order rests for ever")


@pytest.mark.parametrize("market_index", [0, 1], ids=["spot", "futures"])
async def test_a_halted_symbol_refuses_orders_for_certain(
    trading: TradingSession, market: Market, control: Control, market_index: int
) -> None:
    ours, instrument = client_id(), market.both[market_index]
    await control.act("halt_symbol", symbol="ETHUSDT")
    outcome = await market.buy(trading, instrument, ours)
    await control.act("resume_symbol", symbol="ETHUSDT")
    assert isinstance(outcome, Refused)
    assert await control.orders_under(ours) == 0


async def test_a_banned_address_is_refused_and_then_waits_without_asking(
    trading: TradingSession, market: Market, control: Control, place: Place
) -> None:
    limit = await market.price(market.spot, Side.BUY)
    await control.act("ban", seconds=1)
    outcomes = [
        await trading.submit_ioc(
            market.spot, Side.BUY, QUANTITY, limit, client_id(), reduce_only=False, intended_at=utc_now()
        )
        for _ in range(2)
    ]
    assert [outcome.code for outcome in outcomes if isinstance(outcome, Refused)] == [
        place.refused_as["banned"],
        "rate_limited_here",
    ]
    assert await trading.find_order(market.spot, client_id()) == NotFound(), "asked when the ban is over"


async def test_the_dead_mans_switch_is_of_derivatives_and_can_be_stopped(
    trading: TradingSession, market: Market
) -> None:
    assert not trading.has_dead_mans_switch(market.spot)
    with pytest.raises(ValueError, match="no dead-man's switch"):
        await trading.arm_dead_mans_switch(market.spot, 1)
    assert trading.has_dead_mans_switch(market.perpetual)
    await trading.arm_dead_mans_switch(market.perpetual, 60)
    await trading.arm_dead_mans_switch(market.perpetual, 0)


async def test_off_the_steps_or_a_bad_client_id_is_a_defect_of_ours_and_nothing_is_sent(
    trading_by_proxy: TradingSession, proxy: VenueProxy, market: Market
) -> None:
    price = await market.price(market.spot, Side.BUY)

    async def submit(quantity: Decimal, limit_price: Decimal, client_order_id: str) -> None:
        spot: Instrument = market.spot
        for send in (trading_by_proxy.submit_ioc, trading_by_proxy.submit_post_only):
            await send(spot, Side.BUY, quantity, limit_price, client_order_id, reduce_only=False, intended_at=utc_now())

    with pytest.raises(ValueError, match="client order id"):
        await submit(QUANTITY, price, "Not-Ours")
    with pytest.raises(ValueError, match="step"):
        await submit(QUANTITY + Decimal("0.0000000001"), price, client_id())
    with pytest.raises(ValueError, match="tick"):
        await submit(QUANTITY, price + Decimal("0.0000001"), client_id())
    assert proxy.posts == []
