"""What the desk and its assets have made: the worth by day, the drawdown, the P&L by asset and month."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import numpy as np

from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.performance.curve import EquityCurve
from poise_portfolio.domain.performance.metrics import metrics_of
from poise_portfolio.domain.phases.journal import Journal, month_of
from poise_portfolio.domain.phases.records import AssetMonth, PhaseDay


class Results:
    """Writes the newest worth into the journal."""

    def __init__(self, journal: Journal, transferred_usd: Decimal) -> None:
        """`transferred_usd` is what was brought in or taken out so far."""
        self._journal = journal
        self._transferred_usd = transferred_usd

    def look(self, equity_usd: Decimal, asset_pnl_usd: Mapping[str, Decimal], now: datetime) -> None:
        """Take what the desk is worth, and what each asset has earned to date."""
        day = self._journal.today(now)
        peak_usd = equity_usd if day.peak_usd is None else max(day.peak_usd, equity_usd)
        drawdown_pct = max(day.drawdown_pct, drawdown_of(equity_usd, peak_usd))
        self._journal.see(now, equity_usd=equity_usd, peak_usd=peak_usd, drawdown_pct=drawdown_pct)
        month, is_first_look = month_of(now.date()), day.equity_usd is None and not self._journal.has_months
        for asset, pnl_usd in asset_pnl_usd.items():
            known = self._journal.newest_month(asset)
            if known is None:
                # An asset that the desk has not had before begins with nothing; before its first look nobody watched.
                began_usd = pnl_usd if is_first_look else ZERO
            else:
                began_usd = known.began_usd if known.month >= month else known.pnl_usd
            self._journal.earn(AssetMonth(month, asset, began_usd, pnl_usd))

    def transferred(self, total_usd: Decimal, now: datetime) -> None:
        """Move the peak with what was brought in or taken out: neither is earned, nor lost."""
        moved_usd, self._transferred_usd = total_usd - self._transferred_usd, total_usd
        if not moved_usd:
            return
        day = self._journal.today(now)
        equity_usd, peak_usd = day.equity_usd, day.peak_usd
        if equity_usd is not None and peak_usd is not None and equity_usd > 0:
            scale = max(equity_usd + moved_usd, ZERO) / equity_usd
            equity_usd, peak_usd = equity_usd * scale, peak_usd * scale
        self._journal.count(
            now, equity_usd=equity_usd, peak_usd=peak_usd, transferred_usd=day.transferred_usd + moved_usd
        )


def drawdown_of(equity_usd: Decimal, peak_usd: Decimal) -> Decimal:
    """Return how far below its peak the desk is, per cent of the peak; all of it where nothing is left."""
    if peak_usd <= 0:
        return ZERO if equity_usd >= peak_usd else Decimal(100)
    return max((peak_usd - equity_usd) * 100 / peak_usd, ZERO)


def sharpe_of(days: Sequence[PhaseDay], risk_free_rate: float) -> float | None:
    """Return the Sharpe ratio of days that are over, from midnight to midnight; None where there are too few."""
    worths = [(day, day.equity_usd) for day in days if day.equity_usd is not None]
    if not worths:
        return None
    midnights = tuple(datetime.combine(day.day + timedelta(days=1), time(tzinfo=UTC)) for day, _ in worths)
    equity = np.array([float(equity_usd) for _, equity_usd in worths])
    transferred = np.cumsum([float(day.transferred_usd) for day, _ in worths])
    return metrics_of(EquityCurve(midnights, equity, transferred), risk_free_rate).sharpe
