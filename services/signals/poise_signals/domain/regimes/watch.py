"""The regime of each asset, told anew with each hour that closes."""

from typing import NamedTuple

from poise_common.contracts.market_data import Universe
from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.market.histories import HourlyHistories, Hours
from poise_signals.domain.regimes.asset_models import AssetsConfig, Regime
from poise_signals.domain.regimes.measures import efficiency_ratio, percentile_of_newest, realised_volatilities
from poise_signals.domain.regimes.telling import Measures, tell


class _Told(NamedTuple):
    hour: int
    regime: Regime
    own_percentile: float


_NEVER = _Told(-1, Regime.UNKNOWN, 0.0)


class RegimeWatch:
    """Tells each asset's regime from the hours of its hedging instrument, where it is traded most."""

    def __init__(self, config: AssetsConfig, benchmark: str, histories: HourlyHistories) -> None:
        self._config = config
        self._benchmark = benchmark
        self._histories = histories
        self._instruments: dict[str, InstrumentId] = {}
        self._told: dict[str, _Told] = {}

    def take_universe(self, universe: Universe) -> None:
        """Watch the assets that may be traded now, and go on watching those that were."""
        by_volume = sorted(universe.assets, key=lambda asset: asset.hedge_volume_24h_usd)
        self._instruments |= {asset.asset: asset.hedge.id for asset in by_volume}

    def regime(self, asset: str) -> Regime:
        """Return the regime as of the newest closed hour, unknown where too few are known."""
        return self._tell(asset).regime

    def why_no_entry(self, *assets: str) -> str | None:
        """Return why nothing may be opened in assets, None where the regime of none of them forbids it."""
        for asset in assets:
            regime = self.regime(asset)
            if regime in self._config.regimes.entries_blocked_in:
                return f"{asset} is {regime.value}"
        return None

    def _tell(self, asset: str) -> _Told:
        """Tell anew where an hour has closed since; the same hour is told the same."""
        told, instrument = self._told.get(asset, _NEVER), self._instruments.get(asset)
        newest = None if instrument is None else self._histories.newest_hour((instrument,))
        if instrument is None or newest is None or newest == told.hour:
            return told
        hours = self._histories.hours(instrument, self._config.regimes.history_bars)
        if hours is None or len(hours.closes) < self._config.regimes.history_bars_min:
            fresh = _Told(newest, Regime.UNKNOWN, 0.0)
        else:
            fresh = self._told_by(asset, hours, told.regime)
        self._told[asset] = fresh
        return fresh

    def _told_by(self, asset: str, hours: Hours, before: Regime) -> _Told:
        parameters, model = self._config.regimes, self._config.of(asset)
        own = percentile_of_newest(realised_volatilities(hours.closes, parameters.volatility_bars))
        from_benchmark = 0.0
        if asset != self._benchmark:
            from_benchmark = model.btc_correlation_factor * self._tell(self._benchmark).own_percentile
        lookback, usual_volume = model.trend_lookback_h, float(hours.volumes.mean())
        measures = Measures(
            volatility_percentile=max(own, from_benchmark),
            efficiency=efficiency_ratio(hours.closes[-1 - lookback :]),
            volume_ratio=float(hours.volumes[-lookback:].mean()) / usual_volume if usual_volume > 0 else 0.0,
        )
        return _Told(hours.newest_hour, tell(measures, before, model, parameters), own)
