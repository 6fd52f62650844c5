"""Recent volatility of an instrument from its closed one-minute candles, and the safety buffer that follows from it."""

from math import log, sqrt

from poise_signals.domain.parameters import SafetyBufferParameters

_MINUTE_MS = 60_000


class RecentVolatility:
    """Exponentially weighted standard deviation of one-minute log returns, in bps, about a mean of zero.

    Candles that were counted before, or that come out of order, are skipped; no return is taken across a gap.
    """

    def __init__(self, parameters: SafetyBufferParameters) -> None:
        self._decay = 0.5 ** (1 / parameters.volatility_half_life_minutes)
        self._min_returns = parameters.volatility_min_returns
        self._last_opened_at_ms = 0
        self._last_close = 0.0
        self._returns = 0
        self._weights = 0.0
        self._squares = 0.0

    def add(self, opened_at_ms: int, close: float) -> None:
        """Count one closed candle."""
        if opened_at_ms <= self._last_opened_at_ms or close <= 0:
            return
        if opened_at_ms - self._last_opened_at_ms == _MINUTE_MS:
            self._squares = self._squares * self._decay + log(close / self._last_close) ** 2
            self._weights = self._weights * self._decay + 1
            self._returns += 1
        self._last_opened_at_ms, self._last_close = opened_at_ms, close

    @property
    def bps(self) -> float | None:
        """The volatility, or None while too few returns are known."""
        return sqrt(self._squares / self._weights) * 10_000 if self._returns >= self._min_returns else None


def safety_buffer(volatility_bps: float | None, parameters: SafetyBufferParameters) -> float:
    """Return the yield to keep back, as a fraction: straight from the floor through `usual` at the reference."""
    if volatility_bps is None:
        return parameters.usual_bps / 10_000
    rise = parameters.usual_bps - parameters.floor_bps
    wanted_bps = parameters.floor_bps + rise * volatility_bps / parameters.reference_volatility_bps
    return min(wanted_bps, parameters.ceiling_bps) / 10_000
