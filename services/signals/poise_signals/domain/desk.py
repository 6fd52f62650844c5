"""What the desk allows now: risk's mode and the ledger's equity, as long as both are fresh."""

from datetime import datetime, timedelta
from decimal import Decimal

from poise_common.contracts.legs import money
from poise_common.contracts.state import PortfolioState, RiskState, SystemMode
from poise_signals.domain.parameters import SizingParameters, TimingParameters
from poise_signals.domain.sizing.kelly import equity_share


class Desk:
    """The newest risk state and portfolio state."""

    def __init__(self, timing: TimingParameters, sizing: SizingParameters) -> None:
        self._age_max = timedelta(seconds=timing.state_stale_after_s)
        self._sizing = sizing
        self._risk: RiskState | None = None
        self._risk_at: datetime | None = None
        self._portfolio: PortfolioState | None = None
        self._targets_usd: dict[str, Decimal] = {}

    def take_risk(self, state: RiskState, now: datetime) -> None:
        self._risk, self._risk_at = state, now

    def take_portfolio(self, state: PortfolioState) -> None:
        self._portfolio = state
        self._targets_usd.clear()

    def exits_barred(self, now: datetime) -> str | None:
        """Return why no package may be asked to close, None if one may."""
        if self._risk is None or self._risk_at is None or now - self._risk_at > self._age_max:
            return "risk's state is unknown or stale"
        return "risk is halted" if self._risk.mode is SystemMode.HALTED else None

    def entries_barred(self, strategy: str, now: datetime) -> str | None:
        """Return why no package of a strategy may be asked to open, None if one may."""
        barred = self.exits_barred(now)
        if barred is not None:
            return barred
        if self._risk is not None and self._risk.mode is not SystemMode.ACTIVE:
            return f"risk is {self._risk.mode.value}"
        if self._portfolio is None or now - self._portfolio.as_of > self._age_max:
            return "portfolio state is unknown or stale"
        if not self._portfolio.ledger_open:
            return "the ledger is not open"
        target_usd = self.target_usd(strategy)
        if target_usd < self._sizing.min_usd:
            return f"target size {target_usd:.0f} USD is below the minimum {self._sizing.min_usd}"
        return None

    def target_usd(self, strategy: str) -> Decimal:
        """Return the size a strategy's packages are aimed at; while equity is unknown the smallest, as a figure."""
        known = self._targets_usd.get(strategy)
        if known is None:
            known = self._targets_usd[strategy] = self._aimed_at(strategy)
        return known

    def _aimed_at(self, strategy: str) -> Decimal:
        portfolio = self._portfolio
        if portfolio is None or not portfolio.ledger_open:
            return self._sizing.min_usd
        record = next((each for each in portfolio.track_records if each.strategy == strategy), None)
        share = money(equity_share(record, self._sizing.kelly))
        return min(portfolio.equity_usd * share, self._sizing.max_usd)
