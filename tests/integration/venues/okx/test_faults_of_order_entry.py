"""Order requests mistreated at the venue that speaks OKX's protocol: what is claimed is what it has."""

from tests.integration.venues.test_faults_of_order_entry import (
    test_an_order_held_up_beyond_the_window_is_refused_by_the_venue,
    test_an_order_held_up_within_the_window_comes_into_being_although_nobody_waits_for_it,
    test_what_is_claimed_of_an_order_is_what_the_venue_has,
)
