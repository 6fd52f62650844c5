"""Assets' shares of the equity as bars, with a mark where a plan wanted them."""

from collections.abc import Sequence
from dataclasses import dataclass

from poise.report.page.bars import ROW, WIDTH
from poise.report.page.scales import Scale
from poise.report.period_report import Weight
from poise.report.wording import percent

_LABELS = 120.0
_FIGURES = 190.0


@dataclass(frozen=True, slots=True)
class WeightBar:
    """One asset: how long its bar is, and where the plan's mark stands."""

    asset: str
    figure: str
    length: float
    target: float | None


@dataclass(frozen=True, slots=True)
class WeightBars:
    """All assets, the largest first."""

    bars: tuple[WeightBar, ...]
    labels: float = _LABELS
    figures: float = WIDTH - _FIGURES + 12
    width: float = WIDTH
    row: float = ROW

    @property
    def height(self) -> float:
        return len(self.bars) * ROW


def weight_bars(weights: Sequence[Weight]) -> WeightBars | None:
    """Draw weights; None without any."""
    if not weights:
        return None
    largest = max(max(each.weight, each.target or 0.0) for each in weights) or 1.0
    x = Scale(0.0, largest, 0.0, WIDTH - _LABELS - _FIGURES)
    return WeightBars(tuple(_bar(each, x) for each in weights))


def _bar(weight: Weight, x: Scale) -> WeightBar:
    planned = "" if weight.target is None else f", planned {percent(weight.target, 1)}"
    target = None if weight.target is None else _LABELS + x(weight.target)
    return WeightBar(weight.asset, f"{percent(weight.weight, 1)}{planned}", x(weight.weight), target)
