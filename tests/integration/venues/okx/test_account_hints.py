"""What is heard of an account at any venue, at the one that speaks OKX's protocol; and what it alone says."""

from tests.integration.venues.test_account_hints import (
    ear,
    listener,
    streams,
    test_after_every_gap_a_hint_says_to_ask_for_everything,
    test_mistreated_events_end_no_hints,
    test_sockets_dropped_in_the_place_of_an_event_are_a_gap_like_any_other,
    test_sockets_that_the_venue_drops_are_opened_again,
    test_the_hints_end_when_the_session_is_closed,
    test_what_happens_to_an_order_in_either_market_is_heard,
)
