"""What the assets of a package's two legs say of each other."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.contracts.market_data import Universe
from poise_common.contracts.state import CorrelationMatrix
from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.cross_asset.correlation_breakdown import CorrelationShift, CorrelationWatch
from poise_signals.domain.cross_asset.sector_momentum import SectorMomentum, sector_momentum
from poise_signals.domain.market.histories import HourlyHistories
from poise_signals.domain.parameters import CrossAssetParameters


class CrossAssetSignals(NamedTuple):
    """How two assets stand to each other now; None where too little is known."""

    correlation: CorrelationShift | None
    sector_lead: float | None
    """By how much the long leg's sector returned more than the short leg's, as a fraction."""
    confidence_factor: float
    """What the confidence of a package across them is multiplied with."""
    why_not: str | None
    """Why nothing is to be entered across them, if so."""


class CrossAssetWatch:
    """Follows correlations and sectors; reckons sectors once an hour."""

    def __init__(self, parameters: CrossAssetParameters, histories: HourlyHistories) -> None:
        self._parameters = parameters
        self._histories = histories
        self._correlations = CorrelationWatch(timedelta(seconds=parameters.correlation_age_max_s))
        self._perpetuals: Mapping[str, InstrumentId] = {}
        self._sectors: Mapping[str, str] = {}
        self._momentum = SectorMomentum({})
        self._as_of_hour: int | None = None

    def take_universe(self, universe: Universe) -> None:
        """Watch the assets of the universe, each where its hedge is traded most."""
        assets = sorted(universe.assets, key=lambda asset: asset.hedge_volume_24h_usd)
        self._perpetuals = {asset.asset: asset.hedge.id for asset in assets}
        self._sectors = {asset.asset: asset.sector for asset in assets}
        self._as_of_hour = None

    def take_correlations(self, matrix: CorrelationMatrix) -> None:
        """Take a matrix of the portfolio's."""
        self._correlations.take(matrix)

    def signals(self, long: str, short: str, now: datetime) -> CrossAssetSignals:
        """Return how the assets of a long and a short leg stand to each other."""
        shift = self._correlations.shift(long, short, now)
        lead = self._lead(long, short, now)
        return CrossAssetSignals(shift, lead, self._confidence_factor(lead), self._why_not(shift, long, short))

    def _why_not(self, shift: CorrelationShift | None, long: str, short: str) -> str | None:
        if shift is None or shift.size <= self._parameters.correlation_shift_max:
            return None
        return f"{long} and {short} correlate by {shift.current:.2f} where {shift.normal:.2f} is normal"

    def _confidence_factor(self, lead: float | None) -> float:
        if lead is None:
            return 1.0
        most = self._parameters.confidence_change_max
        return 1 + min(max(lead * self._parameters.confidence_per_sector_lead, -most), most)

    def _lead(self, long: str, short: str, now: datetime) -> float | None:
        sectors = self._sectors.get(long), self._sectors.get(short)
        if sectors[0] is None or sectors[1] is None or sectors[0] == sectors[1]:
            return None
        hour = int(now.timestamp()) // 3600
        if hour != self._as_of_hour:
            self._momentum, self._as_of_hour = sector_momentum(self._returns(), self._sectors), hour
        return self._momentum.lead(sectors[0], sectors[1])

    def _returns(self) -> dict[str, float]:
        bars, returns = self._parameters.sector_momentum_h, {}
        for asset, perpetual in self._perpetuals.items():
            hours = self._histories.hours(perpetual, bars + 1)
            if hours is not None and len(hours.closes) == bars + 1:
                returns[asset] = float(hours.closes[-1] / hours.closes[0] - 1)
        return returns
