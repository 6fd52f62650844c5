"""The desk's worth over time, and what was brought in and taken out."""

from decimal import Decimal

from pydantic import AwareDatetime
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.report.period import Period
from poise_common.domain.value import Value

_COLUMNS = """
as_of, equity_usd, realised_pnl_usd, unrealised_pnl_usd, funding_usd, fees_usd, borrow_usd, slippage_usd, external_usd,
exposure_usd, ledger_residual_usd
"""
_BEFORE = text(
    f"select {_COLUMNS} from portfolio.equity_snapshots where as_of < :since order by as_of desc limit 1"  # noqa: S608 - column names
)
_WITHIN = text(
    f"""
select distinct on (step) {_COLUMNS}
from (
    select *, date_bin(:step, as_of, :since) as step
    from portfolio.equity_snapshots
    where as_of >= :since and as_of < :until
) within
order by step, as_of desc
"""  # noqa: S608 - column names
)
_ACKNOWLEDGEMENTS = text(
    """
select acknowledged_at as at, venue, transfer_usd, result_usd, operator, reason
from portfolio.acknowledgements
where acknowledged_at < :until
union all
select opened_at, venue, brought_usd, 0, 'the desk', 'the account was opened'
from portfolio.accounts
where brought_usd <> 0 and opened_at < :until
order by at, venue
"""
)
_EXTENT = text("select min(as_of) as first, max(as_of) as last from portfolio.equity_snapshots")


class Snapshot(Value):
    """The desk's figures at a moment; all but worth, exposure and residual since it began. Costs: positive is paid."""

    as_of: AwareDatetime
    equity_usd: Decimal
    realised_pnl_usd: Decimal
    unrealised_pnl_usd: Decimal
    funding_usd: Decimal
    fees_usd: Decimal
    borrow_usd: Decimal
    slippage_usd: Decimal
    external_usd: Decimal
    exposure_usd: Decimal
    ledger_residual_usd: Decimal


class Acknowledgement(Value):
    """What was brought in or taken out, or came of trades that were not the desk's: who took it as it was, and why."""

    at: AwareDatetime
    venue: str
    transfer_usd: Decimal
    result_usd: Decimal
    operator: str
    reason: str


class EquityHistory(Value):
    """Snapshots in time order: the last one of each step, and what was known when the period began."""

    before: Snapshot | None
    snapshots: tuple[Snapshot, ...]
    acknowledgements: tuple[Acknowledgement, ...]
    """All until the period ended: snapshots count what is external since the desk began."""


class Extent(Value):
    """From when to when the book has the desk's worth; None twice: it has nothing."""

    first: AwareDatetime | None
    last: AwareDatetime | None


async def read_equity(connection: AsyncConnection, period: Period) -> EquityHistory:
    """Read the curve of a period."""
    bounds = {"since": period.since, "until": period.until}
    before = (await connection.execute(_BEFORE, {"since": period.since})).mappings().first()
    within = (await connection.execute(_WITHIN, {**bounds, "step": period.step})).mappings().all()
    acknowledged = (await connection.execute(_ACKNOWLEDGEMENTS, {"until": period.until})).mappings().all()
    return EquityHistory(
        before=None if before is None else Snapshot.model_validate(dict(before)),
        snapshots=tuple(Snapshot.model_validate(dict(row)) for row in within),
        acknowledgements=tuple(Acknowledgement.model_validate(dict(row)) for row in acknowledged),
    )


async def read_extent(connection: AsyncConnection) -> Extent:
    """Read from when to when there is anything to report."""
    return Extent.model_validate(dict((await connection.execute(_EXTENT)).mappings().one()))
