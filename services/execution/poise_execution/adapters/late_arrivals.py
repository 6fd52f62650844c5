"""An order must not be able to arrive once it may be called not found: the one rule over two files."""

from poise_common.platform.refusals import ConfigProblem
from poise_execution.domain.parameters import OrderParameters
from poise_venues.parameters import VenueConfig


def late_arrival(venue: str, config: VenueConfig, orders: OrderParameters) -> ConfigProblem | None:
    """Return what is wrong with how long a venue's orders may wait for a request budget, None where nothing is."""
    latest_arrival_s = max(orders.answer_timeout_s, orders.receive_window_s)
    order_wait_max_ms = config.rate_limits.order_wait_max_ms
    if latest_arrival_s + order_wait_max_ms / 1000 <= orders.not_found_after_s:
        return None
    return ConfigProblem(
        f"{venue}.rate_limits.order_wait_max_ms",
        order_wait_max_ms,
        f"an order may wait this long and then be under way for {latest_arrival_s} s, beyond execution's "
        f"orders.not_found_after_s {orders.not_found_after_s}",
        f"at most {round((orders.not_found_after_s - latest_arrival_s) * 1000)} would pass",
    )
