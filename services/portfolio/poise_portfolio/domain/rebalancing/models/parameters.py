"""What of the models of weights can be tuned."""

from enum import StrEnum
from math import floor
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.contracts.market_data import CandleInterval
from poise_common.domain.momentum import MomentumFormula
from poise_common.domain.value import Value

Share = Annotated[float, Field(gt=0, le=1)]
Bars = Annotated[int, Field(ge=2)]

_ROUNDING = 1e-9
"""0.3 / 0.1 is to be three."""


class ModelName(StrEnum):
    EQUAL_WEIGHT = "equal_weight"
    INVERSE_VOLATILITY = "inverse_volatility"
    RISK_PARITY = "risk_parity"
    MOMENTUM = "momentum"
    SECTOR_ROTATION = "sector_rotation"


class EqualWeightParameters(Value):
    invested_share: Share


class InverseVolatilityParameters(Value):
    """Weights are bounded before the whole is scaled down to its target volatility."""

    invested_share: Share
    weight_min: Annotated[float, Field(ge=0, le=1)]
    weight_max: Share
    target_volatility: Annotated[float, Field(gt=0)]
    """Standard deviation of the whole's returns, a year."""

    @model_validator(mode="after")
    def _bounds_leave_room(self) -> Self:
        if self.weight_min > self.weight_max:
            raise ValueError(f"weight_min {self.weight_min} is beyond weight_max; at most {self.weight_max} passes")
        if self.weight_min > self.invested_share:
            raise ValueError(
                f"weight_min {self.weight_min} is beyond invested_share; at most {self.invested_share} passes"
            )
        return self

    @property
    def assets_max(self) -> int | None:
        """How many assets the least weight has room for; None: any number."""
        return floor(self.invested_share / self.weight_min + _ROUNDING) if self.weight_min else None


class RiskParityParameters(Value):
    invested_share: Share
    correlation_shrinkage: Annotated[float, Field(ge=0, le=1)]
    """How far correlations are drawn towards none, as a share."""


class MomentumParameters(MomentumFormula):
    invested_share: Share
    assets_held: Annotated[int, Field(ge=1)]


class SectorRotationParameters(Value):
    invested_share: Share
    lookback_bars: Bars


class ModelParameters(Value):
    """Which model gives the targets, what it looks at, and what each model is tuned by."""

    model: ModelName
    interval: CandleInterval
    bars: Bars
    """Returns looked at; one close more."""
    returns_min: Bars
    """Fewer known ones of them, and an asset has no weight."""
    equal_weight: EqualWeightParameters
    inverse_volatility: InverseVolatilityParameters
    risk_parity: RiskParityParameters
    momentum: MomentumParameters
    sector_rotation: SectorRotationParameters

    @model_validator(mode="after")
    def _bars_suffice(self) -> Self:
        wanted = {
            "returns_min": self.returns_min,
            "momentum": self.momentum.closes_min - 1,
            "sector_rotation.lookback_bars": self.sector_rotation.lookback_bars,
        }
        name, bars = max(wanted.items(), key=lambda each: each[1])
        if bars > self.bars:
            raise ValueError(f"bars {self.bars} are too few for {name}; at least {bars} passes")
        return self

    def naming(self, model: ModelName) -> Self:
        """Return the same with another model chosen."""
        return self.model_copy(update={"model": model})
