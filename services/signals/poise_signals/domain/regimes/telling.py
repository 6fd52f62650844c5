"""Which regime an asset is in, by its measures and by the one it was in."""

from typing import NamedTuple

from poise_signals.domain.regimes.asset_models import AssetModel, Regime, RegimeParameters


class Measures(NamedTuple):
    """What a regime is told by."""

    volatility_percentile: float
    """Of the newest realised volatility among those before it, 0 to 100."""
    efficiency: float
    """Of the trend, 0 to 1."""
    volume_ratio: float
    """Mean volume of the trend's hours over the mean of all that are known."""


def tell(measures: Measures, before: Regime, model: AssetModel, parameters: RegimeParameters) -> Regime:
    """Return the regime: stressed before volatile before trending before calm.

    A tail is as many times as wide as the model is sensitive: stressed above 100 − (100 − stressed percentile) ×
    sensitivity. Where the regime before was as severe, it takes the margin to leave it.
    """
    percentile = measures.volatility_percentile
    if percentile >= _threshold(parameters.stressed_above_percentile, model, parameters, before is Regime.STRESSED):
        return Regime.STRESSED
    was_severe = before in (Regime.STRESSED, Regime.VOLATILE)
    if percentile >= _threshold(parameters.volatile_above_percentile, model, parameters, was_severe):
        return Regime.VOLATILE
    was_trending = before is Regime.TRENDING
    efficiency_min = parameters.trending_above_efficiency - (parameters.efficiency_margin if was_trending else 0.0)
    # What made it a trend was its volume then: one that goes on more quietly is still a trend.
    is_traded = was_trending or measures.volume_ratio >= model.volume_significance
    return Regime.TRENDING if measures.efficiency >= efficiency_min and is_traded else Regime.CALM


def _threshold(percentile: float, model: AssetModel, parameters: RegimeParameters, is_in: bool) -> float:
    widened = 100 - (100 - percentile) * model.regime_sensitivity
    return widened - parameters.percentile_margin if is_in else widened
