"""Where the day and the drawdown are measured from."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.state import ResultSplit
from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.records import DayStart, HighWaterMark


class Days:
    """Equity and each asset's P&L at the start of the UTC day, and the most the desk was ever worth."""

    def __init__(self, day_start: DayStart | None, high_water_mark: HighWaterMark | None) -> None:
        self._day_start = day_start
        self._high_water_mark = high_water_mark

    def turn(
        self, now: datetime, equity_usd: Decimal, asset_results: Mapping[str, ResultSplit]
    ) -> list[DayStart | HighWaterMark]:
        """Take the desk's worth now; return what this makes new."""
        news: list[DayStart | HighWaterMark] = []
        if self._day_start is None or self._day_start.day < now.date():
            earned = {asset: result.net_usd for asset, result in asset_results.items()}
            self._day_start = DayStart(now.date(), equity_usd, earned, dict(asset_results))
            news.append(self._day_start)
        if self._high_water_mark is None or equity_usd > self._high_water_mark.equity_usd:
            self._high_water_mark = HighWaterMark(equity_usd, now)
            news.append(self._high_water_mark)
        return news

    def transferred(
        self, transfer_usd: Decimal, equity_usd: Decimal, asset_pnl_usd: Mapping[str, Decimal]
    ) -> list[DayStart | HighWaterMark]:
        """Scale where the day and the drawdown are measured from as a transfer scales the desk's worth before it.

        What was lost or gained so far stays the same share of the desk: money that is brought in is no profit, and
        money that is taken out no loss.
        """
        if not transfer_usd or equity_usd <= 0:
            return []
        scale = max(equity_usd + transfer_usd, ZERO) / equity_usd
        news: list[DayStart | HighWaterMark] = []
        if self._day_start is not None:
            earned = {asset: self.pnl_today_usd(asset, pnl_usd) for asset, pnl_usd in asset_pnl_usd.items()}
            before = {asset: pnl_usd - earned[asset] * scale for asset, pnl_usd in asset_pnl_usd.items()}
            began = self._day_start.asset_results
            self._day_start = DayStart(
                self._day_start.day,
                self._day_start.equity_usd * scale,
                before,
                {asset: began.get(asset, ResultSplit()) for asset in before},
            )
            news.append(self._day_start)
        if self._high_water_mark is not None:
            mark = self._high_water_mark
            self._high_water_mark = HighWaterMark(mark.equity_usd * scale, mark.reached_at)
            news.append(self._high_water_mark)
        return news

    @property
    def have_begun(self) -> bool:
        return self._day_start is not None

    @property
    def day_start_equity_usd(self) -> Decimal:
        return ZERO if self._day_start is None else self._day_start.equity_usd

    @property
    def high_water_mark_usd(self) -> Decimal:
        return ZERO if self._high_water_mark is None else self._high_water_mark.equity_usd

    def pnl_today_usd(self, asset: str, pnl_usd: Decimal) -> Decimal:
        """Return what an asset has earned since the day began, from all it ever earned."""
        earned_before = ZERO if self._day_start is None else self._day_start.asset_pnl_usd.get(asset, ZERO)
        return pnl_usd - earned_before
