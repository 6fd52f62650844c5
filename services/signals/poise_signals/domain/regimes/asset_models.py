"""What `config/assets.yaml` says: how each asset is to be read, and by which thresholds its regime is told."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.domain.value import Value

Bars = Annotated[int, Field(ge=2, le=2160)]
Percentile = Annotated[float, Field(gt=0, lt=100)]
Ratio = Annotated[float, Field(gt=0, lt=1)]


class Regime(StrEnum):
    CALM = "calm"
    TRENDING = "trending"
    VOLATILE = "volatile"
    STRESSED = "stressed"
    UNKNOWN = "unknown"
    """Too little of the asset is known."""


class AssetModel(Value):
    """One asset's own figures."""

    regime_sensitivity: Annotated[float, Field(ge=0.5, le=3)]
    """How many times as wide the upper tails of volatility are in which it counts as volatile and as stressed."""
    trend_lookback_h: Bars
    volume_significance: Annotated[float, Field(ge=0, le=10)]
    """A trend counts where its hours are traded at least so many times as much as usual."""
    btc_correlation_factor: Annotated[float, Field(ge=0, le=1)]
    """The share of Bitcoin's percentile of volatility that is the asset's at least: stress spreads."""


class RegimeParameters(Value):
    """How a regime is told from closed hours; margins keep it from flickering on a threshold."""

    volatility_bars: Bars
    """Hours of which each realised volatility is."""
    history_bars: Bars
    """Hours against which the newest is ranked."""
    history_bars_min: Bars
    """Fewer known ones, and the regime is unknown."""
    volatile_above_percentile: Percentile
    stressed_above_percentile: Percentile
    percentile_margin: Annotated[float, Field(ge=0, lt=50)]
    """A regime is left only so far below where it began."""
    trending_above_efficiency: Ratio
    efficiency_margin: Annotated[float, Field(ge=0, lt=1)]
    entries_blocked_in: tuple[Regime, ...]

    @model_validator(mode="after")
    def _thresholds_ascend(self) -> Self:
        if self.volatile_above_percentile >= self.stressed_above_percentile:
            raise ValueError(
                f"volatile_above_percentile {self.volatile_above_percentile} must be below stressed_above_percentile "
                f"{self.stressed_above_percentile}: nothing would ever be volatile"
            )
        if self.history_bars_min > self.history_bars:
            raise ValueError(
                f"history_bars_min {self.history_bars_min} is more than history_bars keeps; at most "
                f"{self.history_bars} passes"
            )
        if self.history_bars_min <= self.volatility_bars:
            raise ValueError(
                f"history_bars_min {self.history_bars_min} leaves no past to rank against; more than volatility_bars "
                f"{self.volatility_bars} passes"
            )
        if self.efficiency_margin >= self.trending_above_efficiency:
            raise ValueError(
                f"efficiency_margin {self.efficiency_margin} would keep a trend for ever; less than "
                f"trending_above_efficiency {self.trending_above_efficiency} passes"
            )
        return self


class AssetsConfig(Value):
    """The whole of `config/assets.yaml`."""

    regimes: RegimeParameters
    default: AssetModel
    assets: dict[str, AssetModel]

    @model_validator(mode="after")
    def _lookbacks_are_kept(self) -> Self:
        for asset, model in (("default", self.default), *self.assets.items()):
            if model.trend_lookback_h >= self.regimes.history_bars_min:
                raise ValueError(
                    f"{asset}: trend_lookback_h {model.trend_lookback_h} is more than is known where history_bars_min "
                    f"is {self.regimes.history_bars_min}; less than that passes"
                )
        return self

    def of(self, asset: str) -> AssetModel:
        """Return an asset's model, the default's where it has none of its own."""
        return self.assets.get(asset, self.default)
