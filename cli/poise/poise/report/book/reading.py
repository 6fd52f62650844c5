"""Everything that a report needs, in one reading."""

from sqlalchemy.ext.asyncio import AsyncConnection

from poise.report.book.equity import EquityHistory, Extent, read_equity, read_extent
from poise.report.book.hindsight import HindsightRows, read_hindsight
from poise.report.book.matrices import Matrix, read_matrices
from poise.report.book.packages import PackageRow, read_packages
from poise.report.book.plans import PlanOfWeights, read_plan
from poise.report.period import Period
from poise_common.domain.value import Value


class BookOfPeriod(Value):
    """What the book of record has of a period."""

    period: Period
    extent: Extent
    equity: EquityHistory
    packages: tuple[PackageRow, ...]
    plan: PlanOfWeights | None
    """The last one of weights."""
    matrices: tuple[Matrix, ...]
    hindsight: HindsightRows


async def read_book(connection: AsyncConnection, period: Period) -> BookOfPeriod:
    """Read the book of a period; the connection's transaction makes it one moment's."""
    return BookOfPeriod(
        period=period,
        extent=await read_extent(connection),
        equity=await read_equity(connection, period),
        packages=await read_packages(connection, period),
        plan=await read_plan(connection, period),
        matrices=await read_matrices(connection, period),
        hindsight=await read_hindsight(connection, period),
    )
