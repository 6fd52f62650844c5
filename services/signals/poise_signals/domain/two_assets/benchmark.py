"""Each asset's perpetual against the benchmark's at the same venue, hedged by beta."""

from collections.abc import Iterator
from typing import NamedTuple

from poise_common.contracts.market_data import Universe, UniverseAsset
from poise_common.domain.instruments import InstrumentId, InstrumentKind
from poise_signals.domain.cross_asset.btc_divergence import BtcRelation, related
from poise_signals.domain.market.view import MarketView


class AgainstBenchmark(NamedTuple):
    """An asset and the benchmark, both with perpetuals at one venue."""

    asset: UniverseAsset
    benchmark: UniverseAsset


def against_benchmark(universe: Universe, benchmark: str) -> Iterator[AgainstBenchmark]:
    """Return each asset beside the benchmark of its venue."""
    perpetuals = [asset for asset in universe.assets if asset.hedge.kind is InstrumentKind.LINEAR_PERPETUAL]
    benchmarks = {asset.venue: asset for asset in perpetuals if asset.asset == benchmark}
    for asset in perpetuals:
        if asset.asset != benchmark and asset.venue in benchmarks:
            yield AgainstBenchmark(asset, benchmarks[asset.venue])


class _Known(NamedTuple):
    newest_hour: int
    found: BtcRelation | str


class Relations:
    """How each asset follows the benchmark, reckoned anew with each closed hour."""

    def __init__(self, bars: int, horizon_bars: int, beta_min: float) -> None:
        self._bars = bars
        self._horizon_bars = horizon_bars
        self._beta_min = beta_min
        self._known: dict[tuple[InstrumentId, InstrumentId], _Known] = {}

    def of(self, asset: InstrumentId, benchmark: InstrumentId, market: MarketView) -> BtcRelation | str:
        """Return the relation over the last bars, or why there is none to hedge by."""
        legs = asset, benchmark
        newest = market.histories.newest_hour(legs)
        if newest is None:
            return f"no closed hour of {asset.symbol} and {benchmark.symbol} is known"
        known = self._known.get(legs)
        if known is None or known.newest_hour != newest:
            known = self._known[legs] = _Known(newest, self._reckoned(legs, market))
        return known.found

    def _reckoned(self, legs: tuple[InstrumentId, InstrumentId], market: MarketView) -> BtcRelation | str:
        closes = market.histories.closes_together(legs, self._bars)
        if closes is None or len(closes) < self._bars:
            return f"only {0 if closes is None else len(closes)} hours of both are known of {self._bars}"
        found = related(closes, self._horizon_bars)
        if found is None:
            return "one of the two stands still"
        if found.beta < self._beta_min:
            return f"a beta of {found.beta:.2f} hedges nothing: {self._beta_min:g} would"
        return found
