"""What Prometheus is told of each asset that signals watches: regime, and price, basis and funding by instrument."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from prometheus_client import Gauge

from poise_common.contracts.core import Output
from poise_signals.domain.core import SignalsCore
from poise_signals.domain.market.asset_figures import InstrumentFigures
from poise_signals.domain.regimes.asset_models import Regime

_INSTRUMENT = ("asset", "venue", "symbol")
REGIME = Gauge("poise_asset_regime", "0 calm, 1 trending, 2 volatile, 3 stressed, -1 unknown.", ("asset",))
PRICE = Gauge("poise_asset_price", "Middle of the book, in quote per base.", _INSTRUMENT)
BASIS = Gauge("poise_asset_basis_ratio", "(Hedge - spot) / spot, of the middles of both books.", _INSTRUMENT)
ANNUALISED_BASIS = Gauge(
    "poise_asset_annualised_basis_ratio", "Basis of a dated future, times 365 / days to expiry.", _INSTRUMENT
)
EXPIRY = Gauge("poise_asset_expiry_seconds", "How long until a dated future settles.", _INSTRUMENT)
RUNNING_FUNDING = Gauge(
    "poise_asset_running_funding_apr",
    "The running funding interval's rate as if paid all year, a fraction.",
    _INSTRUMENT,
)
EXPECTED_FUNDING = Gauge(
    "poise_asset_expected_funding_apr", "The funding rate expected from now on, a year, a fraction.", _INSTRUMENT
)
_REGIMES = {Regime.CALM: 0, Regime.TRENDING: 1, Regime.VOLATILE: 2, Regime.STRESSED: 3, Regime.UNKNOWN: -1}
_Labels = tuple[str, ...]


class AssetFigures:
    """Shows a core's view of each asset once in a while; what it no longer has is shown no more."""

    def __init__(self, core: SignalsCore, *, every_s: float) -> None:
        self._core = core
        self._every = timedelta(seconds=every_s)
        self._shown_at: datetime | None = None
        self._shown: frozenset[tuple[Gauge, _Labels]] = frozenset()

    def see(self, _outputs: Sequence[Output], now: datetime) -> None:
        """Show what the core sees, if that is due."""
        if self._shown_at is None or now - self._shown_at >= self._every:
            self._shown_at = now
            self._show(now)

    def _show(self, now: datetime) -> None:
        shown: set[tuple[Gauge, _Labels]] = set()
        for asset, regime in self._core.regimes().items():
            REGIME.labels(asset).set(_REGIMES[regime])
            shown.add((REGIME, (asset,)))
        for figures in self._core.instruments(now):
            labels = (figures.asset, *figures.instrument)
            for gauge, figure in _figures(figures):
                if figure is not None:
                    gauge.labels(*labels).set(figure)
                    shown.add((gauge, labels))
        for gauge, gone in self._shown - shown:
            gauge.remove(*gone)
        self._shown = frozenset(shown)


def _figures(figures: InstrumentFigures) -> Iterator[tuple[Gauge, float | None]]:
    """Yield each gauge with its figure, None where the instrument has none or it is not known now."""
    yield PRICE, figures.price
    yield BASIS, figures.basis
    yield ANNUALISED_BASIS, figures.annualised_basis
    yield EXPIRY, figures.expires_in_s
    yield RUNNING_FUNDING, figures.running_funding
    yield EXPECTED_FUNDING, figures.expected_funding
