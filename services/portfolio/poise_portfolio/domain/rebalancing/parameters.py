"""What of rebalancing can be tuned."""

from poise_common.domain.value import Value
from poise_portfolio.domain.rebalancing.models.parameters import ModelParameters


class RebalancerParameters(Value):
    """The whole section."""

    models: ModelParameters
