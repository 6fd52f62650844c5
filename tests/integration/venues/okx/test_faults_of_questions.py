"""Questions mistreated at the venue that speaks OKX's protocol: no fault looks like "there is none".

Of the kinds, those that break an answer of its own shape; what happens to the connection is the same at any venue.
"""

import pytest
from tests.integration.venues import test_faults_of_questions as at_any_venue
from tests.integration.venues.control import Control
from tests.integration.venues.market import Market
from tests.integration.venues.test_faults_of_questions import (
    test_an_answer_about_another_order_is_no_answer,
    test_stale_answers_are_taken_for_what_the_venue_says,
)

from poise_venues.trading import TradingSession

NO_ANSWER = ("truncate", "html_200", "garbage_200", "empty_200", "reject")


@pytest.mark.parametrize("kind", NO_ANSWER)
async def test_a_look_up_that_is_not_answered_is_unknown(
    hasty: TradingSession, market: Market, control: Control, kind: str
) -> None:
    await at_any_venue.test_a_look_up_that_is_not_answered_is_unknown_whether_the_order_exists_or_not(
        hasty, market, control, kind
    )


@pytest.mark.parametrize("kind", NO_ANSWER)
async def test_lists_and_readings_that_are_not_answered_raise(
    hasty: TradingSession, market: Market, control: Control, kind: str
) -> None:
    await at_any_venue.test_lists_and_readings_that_are_not_answered_raise_and_are_never_empty(
        hasty, market, control, kind
    )


@pytest.mark.parametrize("kind", NO_ANSWER)
async def test_a_cancel_that_is_not_answered_says_so(
    hasty: TradingSession, market: Market, control: Control, kind: str
) -> None:
    await at_any_venue.test_a_cancel_that_is_not_answered_says_so(hasty, market, control, kind)
