"""A correlation matrix as coloured cells."""

from collections.abc import Sequence
from dataclasses import dataclass

_SIDE = 560.0
_LABELS = 62.0
_FIGURES_UP_TO = 16
"""Assets: beyond that a cell is too small for its figure."""
_WARM, _COLD, _NONE = (196, 66, 46), (36, 99, 173), (247, 247, 245)


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair: where it is, its colours, and what is written in it and told of it."""

    x: float
    y: float
    fill: str
    ink: str
    figure: str
    told: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A square of cells with the assets' names on two sides."""

    assets: tuple[str, ...]
    cells: tuple[Cell, ...]
    cell: float
    labels: float = _LABELS

    @property
    def side(self) -> float:
        return self.labels + self.cell * len(self.assets)

    def middle(self, place: int) -> float:
        """Return the middle of a row or column."""
        return self.labels + (place + 0.5) * self.cell


def heat_map(assets: Sequence[str], rho: Sequence[Sequence[float | None]]) -> HeatMap:
    """Draw correlations from −1, cold, to 1, warm; what is unknown stays grey."""
    cell = (_SIDE - _LABELS) / max(len(assets), 8)
    with_figures = len(assets) <= _FIGURES_UP_TO
    cells = [
        _cell(
            _LABELS + column * cell,
            _LABELS + row * cell,
            rho[row][column],
            f"{one} and {other}",
            with_figure=with_figures,
        )
        for row, one in enumerate(assets)
        for column, other in enumerate(assets)
    ]
    return HeatMap(tuple(assets), tuple(cells), cell)


def colour_of(rho: float) -> tuple[int, int, int]:
    """Mix the colour of a correlation, evenly from none to the full one."""
    full = _WARM if rho >= 0 else _COLD
    share = min(abs(rho), 1.0)
    red, green, blue = (round(none + (tone - none) * share) for none, tone in zip(_NONE, full, strict=True))
    return red, green, blue


def _cell(x: float, y: float, rho: float | None, pair: str, *, with_figure: bool) -> Cell:
    if rho is None:
        return Cell(x, y, "#9994", "#888", "?" if with_figure else "", f"{pair}: unknown")
    red, green, blue = colour_of(rho)
    ink = "#fff" if 0.3 * red + 0.59 * green + 0.11 * blue < 140 else "#222"
    figure = f"{rho:.2f}".replace("-", "−")
    return Cell(x, y, f"#{red:02x}{green:02x}{blue:02x}", ink, figure if with_figure else "", f"{pair}: {figure}")
