"""What sending orders does at any venue, at the one that speaks OKX's protocol; and what it alone does."""

import pytest
from tests.integration.venues.control import Control
from tests.integration.venues.market import QUANTITY, Market, client_id
from tests.integration.venues.test_order_entry import (
    test_a_halted_symbol_refuses_orders_for_certain,
    test_a_listed_reject_code_is_a_definite_no,
    test_a_post_only_order_rests_until_it_is_cancelled,
    test_an_ioc_fills_and_its_trades_tell_price_fee_and_currency,
    test_an_order_that_arrives_later_than_the_window_after_its_intent_never_exists,
    test_cancelling_an_order_that_is_not_open_is_fine,
    test_off_the_steps_or_a_bad_client_id_is_a_defect_of_ours_and_nothing_is_sent,
)

from poise_common.domain.instruments import Side
from poise_common.platform.clock import utc_now
from poise_venues.okx import budgets
from poise_venues.outcomes import Accepted, FoundOrder, Refused
from poise_venues.trading import TradingSession


async def test_a_post_only_order_that_would_take_exists_and_is_cancelled_by_the_venue(
    trading: TradingSession, market: Market
) -> None:
    for instrument in market.both:
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
        assert isinstance(outcome, Accepted)
        assert (outcome.terminal, outcome.filled_quantity) == (True, 0)
        assert isinstance(await trading.find_order(instrument, ours), FoundOrder)


async def test_an_endpoint_that_was_asked_too_often_is_left_alone_for_its_window(
    trading: TradingSession, market: Market, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "REFUSAL_LASTS_S", 60.0)
    await control.strike_once("too_many_requests", "order_entry")
    outcomes = [await market.buy(trading, market.spot, client_id()) for _ in range(2)]
    assert [one.code for one in outcomes if isinstance(one, Refused)] == ["50011", "rate_limited_here"]
    ours = client_id()
    await market.rest(trading, market.perpetual, ours)
    await trading.cancel(market.perpetual, ours)  # other instruments and endpoints have limits of their own


async def test_the_accounts_one_dead_mans_switch_runs_while_any_instrument_wants_it(
    trading: TradingSession, market: Market
) -> None:
    assert all(trading.has_dead_mans_switch(instrument) for instrument in market.both)
    for instrument in market.both:
        await trading.arm_dead_mans_switch(instrument, 60)
    for instrument in market.both:
        await trading.arm_dead_mans_switch(instrument, 0)
