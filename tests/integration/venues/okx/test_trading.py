"""What a session does at any venue, at the one that speaks OKX's protocol."""

from tests.integration.venues.test_trading import (
    test_a_key_that_may_withdraw_is_refused,
    test_a_venue_whose_clock_moves_is_followed,
    test_a_wrong_key_does_not_connect,
    test_maintenance_is_no_answer,
    test_the_account_shows_what_an_order_did_to_it,
    test_the_venues_clock_is_ours_here,
    test_with_a_wrong_clock_of_ours_requests_still_carry_the_venues_time,
    test_without_a_key_there_is_no_trading,
)
