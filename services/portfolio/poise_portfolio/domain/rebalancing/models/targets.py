"""What a model asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from poise_portfolio.domain.correlations.rolling import Floats


@dataclass(frozen=True, slots=True)
class Targets:
    """Weights as shares of the capital given to the model: each ≥ 0, in sum at most its invested share.

    Every asset that was looked at is in one of the two: it has a weight, or a reason why it has none.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


def weighted(assets: Iterable[str], weights: Floats, left_out: Mapping[str, str]) -> Targets:
    """Return the weights by asset; `weights` is in the order of `assets`."""
    return Targets(dict(zip(assets, weights.tolist(), strict=True)), left_out)
