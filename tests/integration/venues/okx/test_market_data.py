"""What any venue's market data does, at the one that speaks OKX's protocol; and what it alone does."""

from tests.integration.venues.test_market_data import (
    test_a_book_is_ordered_and_uncrossed,
    test_a_closed_session_stays_closed,
    test_a_venue_that_is_not_there_is_unreachable_and_says_why,
    test_an_override_of_no_market_is_said_each_time,
    test_an_unknown_symbol_is_named,
    test_candles_come_whole_over_as_many_pages_as_that_takes,
    test_instruments_carry_the_accounts_fees_the_brackets_and_the_funding_interval,
    test_volumes_fundings_and_settlements_cover_both_markets,
    test_what_is_configured_of_a_market_counts_whenever_the_markets_are_read,
    test_without_a_key_markets_are_read_with_the_fees_of_the_configuration,
)
