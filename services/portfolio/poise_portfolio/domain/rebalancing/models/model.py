"""Models that say how much of each asset to hold, behind one protocol."""

from typing import Protocol

from poise_portfolio.domain.rebalancing.models.equal_weight import EqualWeight
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.inverse_volatility import InverseVolatility
from poise_portfolio.domain.rebalancing.models.momentum import Momentum
from poise_portfolio.domain.rebalancing.models.parameters import ModelName, ModelParameters
from poise_portfolio.domain.rebalancing.models.risk_parity import RiskParity
from poise_portfolio.domain.rebalancing.models.sector_rotation import SectorRotation
from poise_portfolio.domain.rebalancing.models.targets import Targets

__all__ = ["MarketHistory", "TargetModel", "Targets", "model_named"]


class TargetModel(Protocol):
    """Weighs assets by their history alone."""

    @property
    def name(self) -> str: ...

    def weights(self, history: MarketHistory) -> Targets:
        """Return the targets; a history of `ModelParameters.bars` + 1 closes is what every model can do with."""


def model_named(parameters: ModelParameters) -> TargetModel:
    """Return the model that the parameters choose."""
    match parameters.model:
        case ModelName.EQUAL_WEIGHT:
            return EqualWeight(parameters.equal_weight, parameters.returns_min)
        case ModelName.INVERSE_VOLATILITY:
            return InverseVolatility(parameters.inverse_volatility, parameters.returns_min)
        case ModelName.RISK_PARITY:
            return RiskParity(parameters.risk_parity, parameters.returns_min)
        case ModelName.MOMENTUM:
            return Momentum(parameters.momentum, parameters.returns_min)
        case ModelName.SECTOR_ROTATION:
            return SectorRotation(parameters.sector_rotation, parameters.returns_min)
