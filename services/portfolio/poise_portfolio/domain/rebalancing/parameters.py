"""What of rebalancing can be tuned."""

from poise_common.domain.value import Value


class RebalancerParameters(Value):
    """The whole section."""
