"""How much of the portfolio's limits is used: what the desk's picture of itself shows."""

from collections.abc import Mapping
from decimal import Decimal

from poise_common.contracts.state import LimitHeadroom, PortfolioState
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.knowledge.standing import StandingPackage
from poise_risk.domain.limits.losses import daily_loss_pct, drawdown_pct
from poise_risk.domain.rules.profiles import Profile, of


def total_exposure_usd(packages: tuple[StandingPackage, ...]) -> Decimal:
    """Sum what is held and reserved."""
    return sum((package.exposure_usd for package in packages), Decimal(0))


def headroom(
    portfolio: PortfolioState | None,
    packages: tuple[StandingPackage, ...],
    accounts: Mapping[str, MarginAccount],
    limits: Profile,
) -> tuple[LimitHeadroom, ...]:
    """Return each portfolio limit's value beside what is allowed; nothing while the portfolio is unknown."""
    if portfolio is None:
        return ()
    equity_usd = portfolio.equity_usd
    return (
        LimitHeadroom(
            limit="total_exposure",
            value=total_exposure_usd(packages),
            allowed=of(limits.total_exposure_pct, equity_usd),
        ),
        LimitHeadroom(
            limit="portfolio_daily_loss", value=daily_loss_pct(portfolio), allowed=limits.portfolio_daily_loss_pct
        ),
        LimitHeadroom(limit="drawdown", value=drawdown_pct(portfolio), allowed=limits.drawdown_pct),
        LimitHeadroom(limit="packages_open", value=Decimal(len(packages)), allowed=Decimal(limits.packages_open_max)),
        LimitHeadroom(
            limit="net_delta", value=abs(portfolio.net_delta_usd), allowed=of(limits.net_delta_max_pct, equity_usd)
        ),
        *(
            LimitHeadroom(
                limit="effective_leverage",
                subject=account.venue,
                value=account.derivatives_usd / account.margin_balance_usd,
                allowed=limits.effective_leverage_max,
            )
            for account in accounts.values()
            if account.margin_balance_usd > 0
        ),
    )
