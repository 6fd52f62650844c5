"""How far an asset has run from what Bitcoin's move explains."""

from typing import NamedTuple

import numpy as np

from poise_signals.domain.arrays import Floats
from poise_signals.domain.reversion.bands import Band, band


class BtcRelation(NamedTuple):
    """How an asset's returns over a horizon follow Bitcoin's, and what is left over."""

    beta: float
    residuals: Band
    correlation: float

    def z(self, asset_return: float, btc_return: float) -> float:
        """Return the residual asset return − β × BTC's return, in standard deviations from its mean."""
        return self.residuals.z(asset_return - self.beta * btc_return)


def related(closes: Floats, horizon_bars: int) -> BtcRelation | None:
    """Relate (bars, 2) closes, asset and BTC, by their log returns over each `horizon_bars` bars.

    β = Σ a b / Σ b² of the returns about their means; the residuals are a − β b, with their own mean and sample
    deviation. None where one of the two stands still. Takes at least horizon_bars + 3 closes.
    """
    logs = np.log(closes)
    moves = logs[horizon_bars:] - logs[:-horizon_bars]
    asset, btc = moves[:, 0], moves[:, 1]
    asset_moved, btc_moved = asset - asset.mean(), btc - btc.mean()
    btc_squares, asset_squares = float(btc_moved @ btc_moved), float(asset_moved @ asset_moved)
    tiny = np.finfo(np.float64).tiny
    if btc_squares <= tiny or asset_squares <= tiny:
        return None
    together = float(asset_moved @ btc_moved)
    beta = together / btc_squares
    left_over = band(asset - beta * btc)
    if left_over is None:
        return None
    return BtcRelation(beta, left_over, together / float(np.sqrt(btc_squares * asset_squares)))
