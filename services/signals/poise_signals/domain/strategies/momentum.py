"""Portfolio momentum: the few assets with the highest scores, anew each day.

Listens to the books and funding of each asset's perpetual and the benchmark's; needs `beta_bars` hours of both.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from poise_common.domain.momentum import MomentumFormula, momentum_score
from poise_signals.domain.parameters import SharedParameters
from poise_signals.domain.strategy.protocol import StrategyKind
from poise_signals.domain.two_assets.rotation import Choice, Rotation, RotationParameters

NAME = "momentum"


class MomentumParameters(RotationParameters):
    """The momentum strategy."""

    assets_held: Annotated[int, Field(ge=1)]
    formula: MomentumFormula


def choose(closes: Mapping[str, list[float]], parameters: MomentumParameters) -> Choice:
    """Choose the highest scores; equals in the order of names."""
    scores = {asset: momentum_score(series, parameters.formula) for asset, series in closes.items()}
    ranked = sorted(scores, key=lambda asset: (-scores[asset], asset))
    held = parameters.assets_held
    left_out = {asset: f"score {scores[asset]:.4f} is not among the top {held}" for asset in ranked[held:]}
    return Choice(frozenset(ranked[:held]), left_out)


def _build(parameters: MomentumParameters, shared: SharedParameters) -> Rotation:
    return Rotation(
        NAME,
        parameters,
        shared,
        closes=parameters.formula.closes_min,
        choose=lambda closes: choose(closes, parameters),
    )


KIND = StrategyKind(NAME, MomentumParameters, _build, check=Rotation.refuse_forgotten_hours)
