"""How an asset stands by its last closes: return, distance from overbought, side of its average."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Annotated, NamedTuple

from pydantic import Field

from poise_common.domain.value import Value

NEUTRAL = 50.0
"""The relative strength index where gains and losses are as large as each other."""


class MomentumFormula(Value):
    """The factors of a momentum score, and the bars that it looks at."""

    lookback_bars: Annotated[int, Field(ge=2)]
    rsi_bars: Annotated[int, Field(ge=2)]
    return_factor: float
    rsi_factor: float
    trend_factor: float

    @property
    def closes_min(self) -> int:
        """How many closes without a gap a score needs."""
        return max(self.lookback_bars, self.rsi_bars) + 1


class SectorStrength(NamedTuple):
    """What the assets of a sector returned on average, and which they are."""

    sector: str
    mean_return: float
    assets: tuple[str, ...]


def momentum_score(closes: Sequence[float], formula: MomentumFormula) -> float:
    """Return the score after the last of at least `closes_min` closes, oldest first, > 0.

    return_factor × (price / price `lookback_bars` ago − 1) + rsi_factor × (50 − RSI) + trend_factor × sign(price − mean
    of the last `lookback_bars` closes); by default 0.5, 20 bars, 0.003, RSI of 14 bars, 0.1.
    """
    price, lookback = closes[-1], formula.lookback_bars
    gain = price / closes[-1 - lookback] - 1
    unspent = NEUTRAL - relative_strength_index(closes, formula.rsi_bars)
    above = price - fmean(closes[-lookback:])
    trend = (above > 0) - (above < 0)
    return formula.return_factor * gain + formula.rsi_factor * unspent + formula.trend_factor * trend


def relative_strength_index(closes: Sequence[float], bars: int) -> float:
    """Return the index, 0 to 100, after the last of at least bars + 1 closes.

    Gains' share of gains and losses, each averaged by the first `bars` changes' mean, then by 1 / `bars` of each next
    change (J. W. Wilder, New Concepts in Technical Trading Systems, 1978).
    """
    changes = [after - before for before, after in pairwise(closes)]
    gain = fmean(max(change, 0.0) for change in changes[:bars])
    loss = fmean(max(-change, 0.0) for change in changes[:bars])
    for change in changes[bars:]:
        gain += (max(change, 0.0) - gain) / bars
        loss += (max(-change, 0.0) - loss) / bars
    return 100 * gain / (gain + loss) if gain + loss > 0 else NEUTRAL


def sectors_by_strength(returns: Mapping[str, float], sectors: Mapping[str, str]) -> tuple[SectorStrength, ...]:
    """Return the sectors of the assets whose return is known, the highest mean first; equals in the order of names."""
    members: dict[str, list[str]] = {}
    for asset in returns:
        members.setdefault(sectors[asset], []).append(asset)
    found = [
        SectorStrength(sector, fmean(returns[asset] for asset in assets), tuple(assets))
        for sector, assets in members.items()
    ]
    return tuple(sorted(found, key=lambda strength: (-strength.mean_return, strength.sector)))
