"""The desk's figures as metrics."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from math import nan

from prometheus_client import Gauge

from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import CorrelationMatrix, PhaseState, PortfolioState
from poise_common.platform.clock import utc_now
from poise_portfolio.adapters.hindsight_figures import show_hindsight
from poise_portfolio.adapters.phases_figures import show_phase

EQUITY = Gauge("poise_equity_usd", "Cash and marked positions of all venues.")
OWN_EQUITY = Gauge("poise_own_equity_usd", "Equity without what transfers and trades that were not ours have brought.")
DRAWDOWN = Gauge("poise_drawdown_ratio", "What is lost of the high water mark, as a share of it.")
DAY_PNL = Gauge("poise_day_pnl_usd", "What equity has changed by since the day began; transfers left out.")
EXPOSURE = Gauge("poise_exposure_usd", "Exposure over all packages.")
NET_DELTA = Gauge("poise_net_delta_usd", "Delta over all assets.")
REALISED_PNL = Gauge("poise_realised_pnl_usd", "Price P&L realised, before fees and funding.")
UNREALISED_PNL = Gauge("poise_unrealised_pnl_usd", "Price P&L of what is held.")
FUNDING = Gauge("poise_funding_usd", "Funding received less paid.")
FEES = Gauge("poise_fees_usd", "Fees paid.")
HIGH_WATER_MARK = Gauge("poise_high_water_mark_usd", "The most the desk was ever worth.")
PACKAGES = Gauge("poise_packages", "Packages that hold something, by state.", ["state"])
FILLS = Gauge("poise_ledger_fills", "Fills counted.")
NET_GAMMA = Gauge("poise_net_gamma_usd", "What a rise of 1 % adds to the delta of inverse contracts.")
BORROW = Gauge("poise_borrow_usd", "Interest paid on what was borrowed.")
SLIPPAGE = Gauge("poise_slippage_usd", "What fills were worse by than the prices of their decisions.")
MEAN_CORRELATION = Gauge(
    "poise_correlation_mean", "Mean of the known correlations of different assets, by window.", ["window"]
)
CORRELATION_AGE = Gauge("poise_correlation_age_seconds", "How old a window's newest correlations are.", ["window"])
LEDGER_RESIDUAL = Gauge(
    "poise_ledger_residual_usd", "What a venue's account differs from the ledger by, unexplained.", ["venue"]
)


def show(outputs: Sequence[Output], _now: datetime) -> None:
    """Show what of the core's outputs Prometheus is told."""
    for output in outputs:
        if isinstance(output, Publish) and isinstance(output.message, PortfolioState):
            _show(output.message)
        elif isinstance(output, Publish) and isinstance(output.message, CorrelationMatrix):
            _show_correlations(output.message)
        elif isinstance(output, Publish) and isinstance(output.message, PhaseState):
            show_phase(output.message)
        elif isinstance(output, Store):
            show_hindsight(output.record)


def _show(state: PortfolioState) -> None:
    for gauge, amount in (
        (EQUITY, state.equity_usd),
        (OWN_EQUITY, state.equity_usd - state.external_usd),
        (DAY_PNL, state.equity_usd - state.day_start_equity_usd),
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
    DRAWDOWN.set(_drawdown(state))
    by_state = Counter(package.state for package in state.packages)
    for package_state in PackageState:
        PACKAGES.labels(package_state.value).set(by_state[package_state])
    FILLS.set(state.fills)
    for account in state.accounts:
        LEDGER_RESIDUAL.labels(account.venue).set(float(account.ledger_residual_usd))


def _drawdown(state: PortfolioState) -> float:
    if state.high_water_mark_usd <= 0:
        return 0.0
    return max(0.0, float(1 - state.equity_usd / state.high_water_mark_usd))


def _show_correlations(matrix: CorrelationMatrix) -> None:
    mean_rho = nan if matrix.mean_rho is None else matrix.mean_rho
    MEAN_CORRELATION.labels(matrix.window).set(mean_rho)
    CORRELATION_AGE.labels(matrix.window).set_function(partial(_age_s, matrix.as_of))


def _age_s(as_of: datetime) -> float:
    return (utc_now() - as_of).total_seconds()
