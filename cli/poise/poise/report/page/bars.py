"""Amounts as bars: what a result is made of, one standing on the other, and two figures side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from poise.report.page.scales import Scale

WIDTH = 960.0
_LABELS = 190.0
_FIGURES = 110.0
"""Room for the figure behind a bar."""
ROW = 30.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: where its bar starts, how long it is, and whether it is a gain."""

    label: str
    figure: str
    start: float
    length: float
    tone: str
    """`gain`, `loss`, or `sum` of those before it."""
    carried: float
    """Where the next row's bar begins."""

    @property
    def end(self) -> float:
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Rows of bars, each beginning where the one before ended, and their sum."""

    bars: tuple[Bar, ...]
    zero: float
    width: float = WIDTH
    row: float = ROW
    labels: float = _LABELS

    @property
    def height(self) -> float:
        return len(self.bars) * ROW


def waterfall(parts: Sequence[tuple[str, float, str]], total: tuple[str, float, str]) -> Waterfall:
    """Draw parts that add up to a total; each a label, an amount and how it is written."""
    reached = [0.0]
    for _, amount, _ in parts:
        reached.append(reached[-1] + amount)
    low, high = min(*reached, total[1], 0.0), max(*reached, total[1], 0.0)
    x = Scale(low, high, _LABELS + _FIGURES, WIDTH - _FIGURES)
    rows = [
        _bar(label, figure, x(before), x(before + amount), "gain" if amount >= 0 else "loss")
        for (label, amount, figure), before in zip(parts, reached, strict=False)
    ]
    rows.append(_bar(total[0], total[2], x(0.0), x(total[1]), "sum"))
    return Waterfall(tuple(rows), zero=x(0.0))


def _bar(label: str, figure: str, before: float, after: float, tone: str) -> Bar:
    return Bar(label, figure, min(before, after), abs(after - before), tone, after)
