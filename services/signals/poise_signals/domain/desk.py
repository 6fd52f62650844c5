"""What the desk allows now: risk's mode and the ledger's equity, as long as both are fresh."""

from datetime import datetime, timedelta
from decimal import Decimal

from poise_common.contracts.state import PortfolioState, RiskState, SystemMode
from poise_signals.domain.parameters import SizingParameters, TimingParameters


class Desk:
    """The newest risk state and portfolio state."""

    def __init__(self, timing: TimingParameters, sizing: SizingParameters) -> None:
        self._age_max = timedelta(seconds=timing.state_stale_after_s)
        self._sizing = sizing
        self._risk: RiskState | None = None
        self._risk_at: datetime | None = None
        self._portfolio: PortfolioState | None = None
        self._target_usd = sizing.min_usd

    def take_risk(self, state: RiskState, now: datetime) -> None:
        self._risk, self._risk_at = state, now

    def take_portfolio(self, state: PortfolioState) -> None:
        self._portfolio = state
        if state.ledger_open:
            share = state.equity_usd * self._sizing.target_equity_pct / 100
            self._target_usd = min(share, self._sizing.max_usd)

    def exits_barred(self, now: datetime) -> str | None:
        """Return why no package may be asked to close, None if one may."""
        if self._risk is None or self._risk_at is None or now - self._risk_at > self._age_max:
            return "risk's state is unknown or stale"
        return "risk is halted" if self._risk.mode is SystemMode.HALTED else None

    def entries_barred(self, now: datetime) -> str | None:
        """Return why no package may be asked to open, None if one may."""
        barred = self.exits_barred(now)
        if barred is not None:
            return barred
        if self._risk is not None and self._risk.mode is not SystemMode.ACTIVE:
            return f"risk is {self._risk.mode.value}"
        if self._portfolio is None or now - self._portfolio.as_of > self._age_max:
            return "portfolio state is unknown or stale"
        if not self._portfolio.ledger_open:
            return "the ledger is not open"
        if self._target_usd < self._sizing.min_usd:
            return f"target size {self._target_usd:.0f} USD is below the minimum {self._sizing.min_usd}"
        return None

    @property
    def target_usd(self) -> Decimal:
        """The size a package is aimed at; the smallest while equity is unknown, to have a figure to show."""
        return self._target_usd
