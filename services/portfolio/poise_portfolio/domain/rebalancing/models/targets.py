"""What a model asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from poise_portfolio.domain.arrays import Floats


@dataclass(frozen=True, slots=True)
class Targets:
    """Weights as shares of the capital given to the model: each ≥ 0, in sum at most its invested share.

    Every asset that was looked at is in one of the three: it has a weight, or a reason why it has none.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Known, and not wanted."""
    unjudged: Mapping[str, str] = field(default_factory=dict)
    """Too little is known: neither wanted nor unwanted."""


def by_asset(assets: Iterable[str], weights: Floats) -> dict[str, float]:
    """Return the weights by asset; `weights` is in the order of `assets`."""
    return dict(zip(assets, weights.tolist(), strict=True))
