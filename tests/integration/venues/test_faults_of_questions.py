"""Every way in which the venue can mistreat a question: no fault may look like "there is none"."""

from collections.abc import Awaitable, Callable

import pytest
from tests.integration.venues.control import Control
from tests.integration.venues.market import Market, client_id

from poise_common.platform.clock import utc_now
from poise_simulator.faults.kinds import KINDS
from poise_venues.errors import VenueUnreachable
from poise_venues.outcomes import Accepted, FoundOrder, NotFound, Unknown
from poise_venues.trading import TradingSession

NO_ANSWER = (
    "accept_then_drop",
    "drop_before",
    "truncate",
    "hang",
    "http_500",
    "http_502_html",
    "http_503_unknown",
    "html_200",
    "garbage_200",
    "empty_200",
    "reject",
    "too_many_requests",
    "timestamp_refused",
)
"""Kinds after which nothing is known that was not known before.

They strike every request until healed: one alone would not do, as dropped reads are sent again by the HTTP client.
"""


def test_every_kind_that_can_strike_a_question_is_tried_or_answers_it() -> None:
    answering = {"delay", "stale_queries", "wrong_order_in_answer"}
    strikes_questions = {
        name for name, kind in KINDS.items() if kind.targets & {"order_query", "orders", "trades", "account"}
    }
    assert strikes_questions == answering | set(NO_ANSWER)


@pytest.mark.parametrize("kind", NO_ANSWER)
async def test_a_look_up_that_is_not_answered_is_unknown_whether_the_order_exists_or_not(
    hasty: TradingSession, market: Market, control: Control, kind: str
) -> None:
    for instrument in market.both:
        ours, before = client_id(), utc_now()
        placed = await market.rest(hasty, instrument, ours)
        await control.strike(kind, "order_query")
        await control.strike(kind, "orders")
        for asked in (ours, client_id()):
            assert isinstance(await hasty.find_order(instrument, asked), Unknown)
            assert isinstance(await hasty.find_order_in_list(instrument, asked, before), Unknown)
        assert isinstance(await hasty.find_order_by_id(instrument, placed.order_id), Unknown)
        await control.heal()
        assert isinstance(await hasty.find_order(instrument, ours), FoundOrder)
        await hasty.cancel(instrument, ours)


async def test_an_answer_about_another_order_is_no_answer(
    hasty: TradingSession, market: Market, control: Control
) -> None:
    for instrument in market.both:
        ours = client_id()
        placed = await market.rest(hasty, instrument, ours)
        await control.strike("wrong_order_in_answer", "order_query")
        assert isinstance(await hasty.find_order(instrument, ours), Unknown)
        assert isinstance(await hasty.find_order_by_id(instrument, placed.order_id), Unknown)
        await control.heal()
        await hasty.cancel(instrument, ours)


async def test_stale_answers_are_taken_for_what_the_venue_says(
    hasty: TradingSession, market: Market, control: Control
) -> None:
    """Which is why "not found" counts only after a deadline."""
    await control.strike("stale_queries", "any_rest", lag_ms=60_000)
    ours, before = client_id(), utc_now()
    assert isinstance(await market.buy(hasty, market.spot, ours), Accepted)
    assert await hasty.find_order(market.spot, ours) == NotFound()
    assert await hasty.find_order_in_list(market.spot, ours, before) == NotFound()
    await control.heal()
    assert isinstance(await hasty.find_order(market.spot, ours), FoundOrder)


@pytest.mark.parametrize("kind", NO_ANSWER)
async def test_lists_and_readings_that_are_not_answered_raise_and_are_never_empty(
    hasty: TradingSession, market: Market, control: Control, kind: str
) -> None:
    spot, since = market.spot, utc_now()
    outcome = await market.buy(hasty, spot, client_id())
    assert isinstance(outcome, Accepted)
    for target in ("trades", "orders", "account"):
        await control.strike(kind, target)
    questions: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: hasty.order_trades(spot, outcome.order_id),
        lambda: hasty.trades_since(spot, since),
        hasty.open_orders_everywhere,
        hasty.account,
        lambda: hasty.incomes(since),
    )
    for ask in questions:
        with pytest.raises(VenueUnreachable):
            await ask()


@pytest.mark.parametrize("kind", NO_ANSWER)
async def test_a_cancel_that_is_not_answered_says_so(
    hasty: TradingSession, market: Market, control: Control, kind: str
) -> None:
    for instrument in market.both:
        ours = client_id()
        await market.rest(hasty, instrument, ours)
        await control.strike(kind, "cancel")
        with pytest.raises(VenueUnreachable):
            await hasty.cancel(instrument, ours)
        await control.heal()
        assert isinstance(await hasty.find_order(instrument, ours), FoundOrder)
        await hasty.cancel(instrument, ours)
        found = await hasty.find_order(instrument, ours)
        assert isinstance(found, FoundOrder)
        assert found.terminal
