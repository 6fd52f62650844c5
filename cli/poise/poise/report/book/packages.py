"""Packages that ended in a period, and those that were held when it ended."""

from decimal import Decimal
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.report.period import Period
from poise_common.contracts.packages import PackageState
from poise_common.domain.value import Value

_PACKAGES = text(
    """
select p.package_id, p.strategy, p.asset, p.state, p.opened_at, p.closed_at, p.realised_pnl_usd, p.funding_usd,
       p.fees_usd, p.borrow_usd, p.slippage_usd, entry.venues, entry.exposure_usd, entry.held_usd,
       asked.entry_yield
from portfolio.packages p
cross join lateral (
    select array_agg(distinct leg.venue order by leg.venue) as venues,
           max(leg.peak_quantity * opened.price) as exposure_usd,
           max(abs(leg.quantity) * opened.price) as held_usd
    from portfolio.package_legs leg
    cross join lateral (
        select sum(fill.quantity * fill.price) / sum(fill.quantity) as price
        from portfolio.fills fill
        where fill.package_id = leg.package_id and fill.role = leg.role
          and fill.action = 'open' and fill.purpose = 'leg'
    ) opened
    where leg.package_id = p.package_id
) entry
left join signals.packages asked on asked.package_id = p.package_id
where p.last_fill_at is not null and p.opened_at < :until and (p.closed_at is null or p.closed_at >= :since)
order by p.opened_at, p.package_id
"""
)


class PackageRow(Value):
    """A package that something was filled of; its figures are of its whole life. Costs: positive is paid."""

    package_id: UUID
    strategy: str | None
    asset: str
    state: PackageState
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    realised_pnl_usd: Decimal
    funding_usd: Decimal
    fees_usd: Decimal
    borrow_usd: Decimal
    slippage_usd: Decimal
    venues: tuple[str, ...]
    exposure_usd: Decimal | None
    """The most that either leg held, at its average entry price; None where no opening fill is known."""
    held_usd: Decimal | None
    """The same of what it holds now."""
    entry_yield: Decimal | None
    """What signals expected when it asked: a fraction of exposure, over the strategy's horizon."""


async def read_packages(connection: AsyncConnection, period: Period) -> tuple[PackageRow, ...]:
    """Read the packages that were held at any time of the period, oldest first."""
    rows = (await connection.execute(_PACKAGES, {"since": period.since, "until": period.until})).mappings().all()
    return tuple(PackageRow.model_validate(dict(row)) for row in rows)
