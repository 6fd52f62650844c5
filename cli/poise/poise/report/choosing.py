"""Which assets of a large correlation matrix are shown, and in which order."""

from collections.abc import Sequence

from poise.report.book.matrices import Matrix
from poise.report.period_report import PeriodReport


def shown_of(matrix: Matrix, traded: Sequence[str], assets_max: int) -> Matrix:
    """Keep at most so many assets, traded ones first, each beside the one that it moves with most."""
    places = {asset: place for place, asset in enumerate(matrix.assets)}
    wanted = [asset for asset in traded if asset in places]
    kept = list(dict.fromkeys((*wanted, *matrix.assets)))[:assets_max]
    ordered = _side_by_side([places[asset] for asset in kept], matrix)
    return matrix.model_copy(
        update={
            "assets": tuple(matrix.assets[place] for place in ordered),
            "rho": tuple(tuple(matrix.rho[row][column] for column in ordered) for row in ordered),
        }
    )


def traded_in(report: PeriodReport) -> tuple[str, ...]:
    """Name the assets that something was held of, those with the most at work first."""
    lines = sorted((*report.held, *report.ended), key=lambda line: -line.exposure_usd)
    return tuple(dict.fromkeys(line.asset for line in lines))


def _side_by_side(places: Sequence[int], matrix: Matrix) -> list[int]:
    """Go from each to the nearest that is left: what moves together stands together. Unknown is as far as can be."""
    left = list(places)
    ordered = left[:1]
    del left[:1]
    while left:
        rho = matrix.rho[ordered[-1]]
        nearest = max(left, key=lambda place: -2.0 if (known := rho[place]) is None else known)
        left.remove(nearest)
        ordered.append(nearest)
    return ordered
