"""Latent index prices: a BTC factor with betas, fat tails and clustered volatility."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import AssetProfile
from poise_simulator.domain.randomness import generator_for

FloatArray = npt.NDArray[np.float64]

YEAR_S = 365 * 86_400
TAIL_DEGREES = 4
"""Student-t degrees of freedom: crypto's returns have tail exponents of 3 to 5."""
SHOCK_CAP = 10.0
PEG_PULL_PER_S = 0.005


class ReturnModel:
    """Log returns of all assets over steps of one length.

    return = beta x factor + own part, each a Student-t shock scaled by a GARCH(1,1) variance with mean 1;
    beta = correlation x volatility / factor volatility, so that correlations to BTC are as configured.
    """

    def __init__(
        self,
        assets: Sequence[AssetProfile],
        seed: int,
        purpose: str,
        step_s: float,
        *,
        shock_weight: float,
        persistence: float,
        block: int = 256,
    ) -> None:
        """Scale annual volatilities to the step; the weights are GARCH's alpha and alpha + beta.

        Assets that are drawn apart each have a generator of their own.
        """
        correlation = np.array([asset.btc_correlation for asset in assets])
        volatility = np.array([asset.annual_volatility for asset in assets]) * math.sqrt(step_s / YEAR_S)
        self._beta: FloatArray = correlation * volatility
        self._own: FloatArray = volatility * np.sqrt(1.0 - correlation**2)
        self._generator = generator_for(seed, purpose)
        self._apart = [generator_for(seed, purpose, asset.base) for asset in assets if asset.is_drawn_apart]
        self._shock_weight = shock_weight
        self._persistence = persistence
        self._block = block
        self._variance: FloatArray = np.ones(len(assets) + 1)
        self._shocks: FloatArray = np.empty((0, len(assets) + 1))
        self._next = 0

    def step(self) -> FloatArray:
        """Draw the next log returns, one an asset."""
        if self._next == len(self._shocks):
            self._draw()
        shocks = self._shocks[self._next]
        self._next += 1
        moves = shocks * np.sqrt(self._variance)
        variance = (1.0 - self._persistence) + self._shock_weight * moves * moves
        variance += (self._persistence - self._shock_weight) * self._variance
        self._variance = np.minimum(np.maximum(variance, 0.2), 9.0)
        returns: FloatArray = self._beta * moves[0] + self._own * moves[1:]
        return returns

    def _draw(self) -> None:
        together = (self._block, len(self._variance) - len(self._apart))
        drawn = [self._generator.standard_t(TAIL_DEGREES, together)]
        drawn += [generator.standard_t(TAIL_DEGREES, (self._block, 1)) for generator in self._apart]
        raw = np.hstack(drawn) / math.sqrt(TAIL_DEGREES / (TAIL_DEGREES - 2))
        self._shocks = np.clip(raw, -SHOCK_CAP, SHOCK_CAP)
        self._next = 0


class IndexPrices:
    """Index prices of all assets from start on, in quote units; the same assets and seed give the same prices."""

    def __init__(self, assets: Sequence[AssetProfile], seed: int, step_s: float) -> None:
        """Start at each asset's price."""
        self._model = ReturnModel(assets, seed, "prices", step_s, shock_weight=0.01, persistence=0.9998)
        self._start: FloatArray = np.array([asset.price for asset in assets])
        self._log_moves: FloatArray = np.zeros(len(assets))
        self._keep: FloatArray = np.where(
            [asset.is_pegged for asset in assets], math.exp(-PEG_PULL_PER_S * step_s), 1.0
        )
        self.values: FloatArray = self._start.copy()

    def step(self) -> None:
        """Move all prices by one step."""
        self._log_moves = self._log_moves * self._keep + self._model.step()
        self.values = self._start * np.exp(self._log_moves)
