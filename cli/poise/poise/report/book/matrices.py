"""The newest correlation matrix of each window."""

from pydantic import AwareDatetime
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.report.period import Period
from poise_common.domain.value import Value

_NEWEST = text(
    """
select distinct on (time_window) time_window as window, as_of, assets, rho, points
from portfolio.correlation_matrices
where as_of < :until
order by time_window, as_of desc
"""
).columns(rho=JSONB)


class Matrix(Value):
    """Correlations of log returns as they stood; None: unknown."""

    window: str
    as_of: AwareDatetime
    assets: tuple[str, ...]
    rho: tuple[tuple[float | None, ...], ...]
    points: int


async def read_matrices(connection: AsyncConnection, period: Period) -> tuple[Matrix, ...]:
    """Read the last matrix of each window before the period ended."""
    rows = (await connection.execute(_NEWEST, {"until": period.until})).mappings().all()
    return tuple(Matrix.model_validate(dict(row)) for row in rows)
