"""A figure over time as a line, with the area between it and where it is measured from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from poise.report.page.scales import Scale, Tick, nice_times, nice_values, time_label

WIDTH = 960.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 78.0, 14.0, 12.0, 26.0
_X_TICKS, _Y_TICKS = 8, 5
_AIR = 0.06
"""Of the span, above and below the line."""

Point = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """What a template draws: an SVG path each for line and area, ticks, and the places of what is marked."""

    height: float
    line: str
    area: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Tick, ...]
    """Of the x axis: moments that something happened at."""
    end: tuple[float, float]
    """Where the line ends."""
    width: float = WIDTH
    left: float = _LEFT
    right: float = WIDTH - _RIGHT

    @property
    def bottom(self) -> float:
        return self.height - _BOTTOM

    @property
    def top(self) -> float:
        return _TOP


def curve_of(
    points: Sequence[Point],
    label: Callable[[float, float], str],
    *,
    height: float,
    origin: float | None = None,
    marks: Sequence[tuple[datetime, str]] = (),
) -> Curve | None:
    """Draw points in time order; None where fewer than two make no line.

    `label` writes a figure, given how far apart figures are. `origin` is the figure that the area stands on, which is
    then always in the picture; else it is the lowest one.
    """
    if len(points) < 2:
        return None
    since, until = points[0][0], points[-1][0]
    figures = [figure for _, figure in points] + ([] if origin is None else [origin])
    low, high = min(figures), max(figures)
    air = (high - low) * _AIR or max(abs(high), 1.0) * _AIR
    lowest, highest = (low if low == origin else low - air), (high if high == origin else high + air)
    x = Scale(since.timestamp(), until.timestamp(), _LEFT, WIDTH - _RIGHT)
    y = Scale(lowest, highest, height - _BOTTOM, _TOP)
    values = nice_values(lowest, highest, _Y_TICKS)
    step = values[1] - values[0] if len(values) > 1 else 1.0
    places = [(x(at.timestamp()), y(figure)) for at, figure in thinned(points, int(WIDTH))]
    line = "M" + "L".join(f"{across:.1f} {down:.1f}" for across, down in places)
    ground = y(lowest if origin is None else origin)
    area = f"{line}L{places[-1][0]:.1f} {ground:.1f}L{places[0][0]:.1f} {ground:.1f}Z"
    return Curve(
        height=height,
        line=line,
        area=area,
        x_ticks=tuple(
            Tick(x(at.timestamp()), time_label(at, since, until)) for at in nice_times(since, until, _X_TICKS)
        ),
        y_ticks=tuple(Tick(y(value), label(value, step)) for value in values),
        marks=tuple(Tick(x(at.timestamp()), text) for at, text in marks if since <= at <= until),
        end=places[-1],
    )


def thinned(points: Sequence[Point], columns: int) -> Sequence[Point]:
    """Leave out what no eye can tell: of each column first, lowest, highest and last stay, so that no peak is lost."""
    if len(points) <= columns * 4:
        return points
    kept: list[Point] = []
    for column in range(columns):
        part = points[len(points) * column // columns : len(points) * (column + 1) // columns]
        lowest = min(part, key=_figure)
        highest = max(part, key=_figure)
        kept += sorted({part[0], lowest, highest, part[-1]})
    return kept


def _figure(point: Point) -> float:
    return point[1]
