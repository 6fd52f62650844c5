"""What was lost: by an asset today, by the portfolio today, from its highest."""

from decimal import Decimal

from poise_common.contracts.packages import LimitCheck
from poise_common.contracts.state import PortfolioState
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.limits.check import all_or_nothing
from poise_risk.domain.rules.profiles import Profile


def asset_daily_loss(entry: Entry) -> LimitCheck:
    """What an asset of the request lost today, the worse of two, in per cent of the day's first equity.

    Once reached it counts for the whole day.
    """
    losses_pct, assets = asset_losses_pct(entry.portfolio), entry.request.assets
    loss_pct = max(losses_pct.get(asset, Decimal(0)) for asset in assets)
    allowed = entry.limits.asset_daily_loss_pct
    reached_earlier = not entry.losing_assets.isdisjoint(assets)
    return all_or_nothing(
        "asset_daily_loss",
        passed=loss_pct < allowed and not reached_earlier,
        value=loss_pct,
        allowed=allowed,
        detail="reached earlier today" if reached_earlier else "",
    )


def portfolio_daily_loss(entry: Entry) -> LimitCheck:
    """The portfolio's loss today in per cent of the day's first equity."""
    return _loss("portfolio_daily_loss", daily_loss_pct(entry.portfolio), entry.limits.portfolio_daily_loss_pct)


def drawdown(entry: Entry) -> LimitCheck:
    """The portfolio's loss from its highest equity, in per cent of it."""
    return _loss("drawdown", drawdown_pct(entry.portfolio), entry.limits.drawdown_pct)


def asset_losses_pct(portfolio: PortfolioState) -> dict[str, Decimal]:
    """Return what each asset lost today, in per cent of the day's first equity; a gain is negative."""
    start = portfolio.day_start_equity_usd
    return {delta.asset: _share_pct(-delta.pnl_today_usd, start) for delta in portfolio.deltas}


def daily_loss_pct(portfolio: PortfolioState) -> Decimal:
    """Return what the portfolio lost since the day began, in per cent of the equity it began with."""
    start = portfolio.day_start_equity_usd
    return _share_pct(start - portfolio.equity_usd, start)


def drawdown_pct(portfolio: PortfolioState) -> Decimal:
    """Return how far equity is below its highest, in per cent of the highest."""
    high = portfolio.high_water_mark_usd
    return _share_pct(high - portfolio.equity_usd, high)


def kill_switch_reason(portfolio: PortfolioState, limits: Profile) -> str | None:
    """Say which portfolio loss limit is reached, or None."""
    daily_pct = daily_loss_pct(portfolio)
    if daily_pct >= limits.portfolio_daily_loss_pct:
        return f"portfolio lost {daily_pct:.2f} % today, limit {limits.portfolio_daily_loss_pct} %"
    fallen_pct = drawdown_pct(portfolio)
    if fallen_pct >= limits.drawdown_pct:
        return f"portfolio is {fallen_pct:.2f} % below its highest, limit {limits.drawdown_pct} %"
    return None


def _loss(limit: str, loss_pct: Decimal, allowed_pct: Decimal) -> LimitCheck:
    return all_or_nothing(limit, passed=loss_pct < allowed_pct, value=loss_pct, allowed=allowed_pct)


def _share_pct(part: Decimal, whole: Decimal) -> Decimal:
    """A desk whose whole is nothing or less has lost all of it."""
    return part * 100 / whole if whole > 0 else Decimal(100)
