"""The desk's figures as metrics."""

from collections.abc import Sequence
from datetime import datetime
from math import nan

from prometheus_client import Gauge

from poise_common.contracts.core import Core, Output, Publish, Store
from poise_common.contracts.message import Message
from poise_common.contracts.state import CorrelationMatrix, PhaseState, PortfolioState
from poise_portfolio.adapters.hindsight_figures import show_hindsight
from poise_portfolio.adapters.phases_figures import show_phase

EQUITY = Gauge("poise_equity_usd", "Cash and marked positions of all venues.")
EXPOSURE = Gauge("poise_exposure_usd", "Exposure over all packages.")
NET_DELTA = Gauge("poise_net_delta_usd", "Delta over all assets.")
REALISED_PNL = Gauge("poise_realised_pnl_usd", "Price P&L realised, before fees and funding.")
UNREALISED_PNL = Gauge("poise_unrealised_pnl_usd", "Price P&L of what is held.")
FUNDING = Gauge("poise_funding_usd", "Funding received less paid.")
FEES = Gauge("poise_fees_usd", "Fees paid.")
HIGH_WATER_MARK = Gauge("poise_high_water_mark_usd", "The most the desk was ever worth.")
PACKAGES = Gauge("poise_packages_held", "Packages that hold something.")
FILLS = Gauge("poise_ledger_fills", "Fills counted.")
NET_GAMMA = Gauge("poise_net_gamma_usd", "What a rise of 1 % adds to the delta of inverse contracts.")
BORROW = Gauge("poise_borrow_usd", "Interest paid on what was borrowed.")
SLIPPAGE = Gauge("poise_slippage_usd", "What fills were worse by than the prices of their decisions.")
MEAN_CORRELATION = Gauge(
    "poise_mean_correlation", "Mean of the known correlations of different assets, by window.", ["window"]
)
LEDGER_RESIDUAL = Gauge(
    "poise_ledger_residual_usd", "What a venue's account differs from the ledger by, unexplained.", ["venue"]
)


class ShownCore:
    """A core whose published states are shown as metrics on their way out."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def start(self, now: datetime) -> Sequence[Output]:
        """Let the core start."""
        return self._shown(self._core.start(now))

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Hand the core a message."""
        return self._shown(self._core.handle(message, now))

    def tick(self, now: datetime) -> Sequence[Output]:
        """Let the core's time pass."""
        return self._shown(self._core.tick(now))

    def _shown(self, outputs: Sequence[Output]) -> Sequence[Output]:
        for output in outputs:
            if isinstance(output, Publish) and isinstance(output.message, PortfolioState):
                _show(output.message)
            elif isinstance(output, Publish) and isinstance(output.message, CorrelationMatrix):
                _show_correlations(output.message)
            elif isinstance(output, Publish) and isinstance(output.message, PhaseState):
                show_phase(output.message)
            elif isinstance(output, Store):
                show_hindsight(output.record)
        return outputs


def _show(state: PortfolioState) -> None:
    for gauge, amount in (
        (EQUITY, state.equity_usd),
        (EXPOSURE, state.exposure_usd),
        (NET_DELTA, state.net_delta_usd),
        (REALISED_PNL, state.realised_pnl_usd),
        (UNREALISED_PNL, state.unrealised_pnl_usd),
        (FUNDING, state.funding_usd),
        (FEES, state.fees_usd),
        (BORROW, state.result.borrow_usd),
        (SLIPPAGE, state.result.slippage_usd),
        (NET_GAMMA, state.net_gamma_usd),
        (HIGH_WATER_MARK, state.high_water_mark_usd),
    ):
        gauge.set(float(amount))
    PACKAGES.set(len(state.packages))
    FILLS.set(state.fills)
    for account in state.accounts:
        LEDGER_RESIDUAL.labels(account.venue).set(float(account.ledger_residual_usd))


def _show_correlations(matrix: CorrelationMatrix) -> None:
    mean_rho = nan if matrix.mean_rho is None else matrix.mean_rho
    MEAN_CORRELATION.labels(matrix.window).set(mean_rho)
