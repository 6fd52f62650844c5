"""What asking about orders does at any venue, at the one that speaks OKX's protocol."""

from tests.integration.venues.test_order_questions import (
    test_an_order_is_found_by_its_client_id_at_two_endpoints_and_by_its_id,
    test_an_order_that_never_was_is_not_found_anywhere,
    test_the_open_orders_of_all_markets_come_with_what_is_left_of_them,
    test_the_trades_since_a_time_are_those_of_the_orders_since_then,
    test_trades_further_back_than_one_request_reaches_come_once_and_in_order,
)
