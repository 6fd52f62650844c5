"""What refused packages would have made, and how well funding was foretold."""

from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.report.period import Period
from poise_common.domain.value import Value

_REFUSED = text(
    """
select binding_limit, count(*) as packages, count(*) filter (where ended_at is null) as followed,
       count(*) filter (where price_usd + funding_usd > fees_usd) as winners, sum(refusals) as refusals,
       sum(exposure_usd) as exposure_usd, sum(price_usd) as price_usd, sum(funding_usd) as funding_usd,
       sum(fees_usd) as fees_usd, sum(price_usd + funding_usd - fees_usd) as net_usd,
       array_agg(distinct asset order by asset) as assets
from portfolio.refused_packages
where opened_at < :until and (ended_at is null or ended_at >= :since)
group by binding_limit
order by net_usd desc, binding_limit
"""
)
_CALIBRATION = text(
    """
select venue, symbol, lead_s, count(*) as settlements, avg(settled_rate_per_interval) as settled_per_interval,
       avg(predicted_rate_per_interval - settled_rate_per_interval) as bias_per_interval,
       avg(abs(predicted_rate_per_interval - settled_rate_per_interval)) as mean_absolute_error_per_interval
from portfolio.funding_predictions
where settles_at >= :since and settles_at < :until and settled_rate_per_interval is not null
group by grouping sets ((venue, symbol, lead_s), (lead_s))
order by lead_s, grouping(symbol) desc, mean_absolute_error_per_interval desc, venue, symbol
"""
)


class RefusedByLimit(Value):
    """What packages that one limit kept out would have made, at their decisions' prices, all fees paid."""

    binding_limit: str
    packages: int
    followed: int
    """Those of them that would still be held: they count as they stand."""
    winners: int
    refusals: int
    exposure_usd: Decimal
    price_usd: Decimal
    funding_usd: Decimal
    fees_usd: Decimal
    net_usd: Decimal
    assets: tuple[str, ...]


class FundingCalibration(Value):
    """Funding as it was foretold so long before it settled against what was settled, as fractions per interval."""

    venue: str | None
    symbol: str | None
    """None, as its venue: of all perpetuals."""
    lead_s: int
    settlements: int
    settled_per_interval: float
    bias_per_interval: float
    """Mean of what was foretold less what was settled."""
    mean_absolute_error_per_interval: float


class HindsightRows(Value):
    """Both; limits by what they kept out, calibration by lead, the worst first."""

    refused: tuple[RefusedByLimit, ...]
    calibration: tuple[FundingCalibration, ...]


async def read_hindsight(connection: AsyncConnection, period: Period) -> HindsightRows:
    """Read what was followed in a period, and what was settled in it."""
    bounds = {"since": period.since, "until": period.until}
    refused = (await connection.execute(_REFUSED, bounds)).mappings().all()
    settled = (await connection.execute(_CALIBRATION, bounds)).mappings().all()
    return HindsightRows(
        refused=tuple(RefusedByLimit.model_validate(dict(row)) for row in refused),
        calibration=tuple(FundingCalibration.model_validate(dict(row)) for row in settled),
    )
