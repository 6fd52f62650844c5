"""Reading the books back: the rows that the portfolio's core starts from."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Table, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.contracts.market_data import CandleInterval
from poise_common.contracts.packages import LegRole, PackageState
from poise_common.contracts.state import ResultSplit
from poise_common.domain.instruments import Side
from poise_portfolio.adapters import history_tables, ledger_tables
from poise_portfolio.adapters.candle_rows import read_closes
from poise_portfolio.adapters.hindsight_rows import read_hindsight
from poise_portfolio.adapters.phases_rows import read_phases
from poise_portfolio.adapters.rebalancing_rows import read_rebalancing
from poise_portfolio.domain.ledger.coins import SettledCoin
from poise_portfolio.domain.ledger.external import NOTHING_EXTERNAL, External
from poise_portfolio.domain.ledger.packages import AssetTotals, Dust, Leg, Package
from poise_portfolio.domain.ledger.positions import Position
from poise_portfolio.domain.ledger.track_records import Tally
from poise_portfolio.domain.parameters import LOOKED_BACK_MAX
from poise_portfolio.domain.records import (
    Account,
    Books,
    Cash,
    DayStart,
    HeldPosition,
    HighWaterMark,
    IncomeKey,
    MeanCorrelation,
    TradeKey,
)


async def read_books(
    connection: AsyncConnection, *, ended_since: datetime, candles_since: Mapping[CandleInterval, datetime]
) -> Books:
    """Read everything; of ended packages those that ended since a time, of candles those opened since another."""
    fills, payments = ledger_tables.fills.c, ledger_tables.funding_payments.c
    trades = await connection.execute(select(fills.venue, fills.symbol, fills.trade_id, fills.side))
    incomes = await connection.execute(select(payments.venue, payments.symbol, payments.income_id))
    packages = await _packages(connection, ended_since)
    return Books(
        cash=tuple(Cash(**row) for row in await _all(connection, ledger_tables.cash_balances)),
        positions=tuple(
            HeldPosition(row["venue"], row["symbol"], _position(row), row["is_provisional"])
            for row in await _all(connection, ledger_tables.positions)
        ),
        accounts=tuple(Account(**row) for row in await _all(connection, ledger_tables.accounts)),
        packages=packages,
        ended_packages=await _ended_packages(connection, {package.package_id for package in packages}),
        tallies=await _tallies(connection, ended_since),
        totals=tuple(AssetTotals(**row) for row in await _all(connection, ledger_tables.asset_totals)),
        dust=tuple(
            Dust(row["venue"], row["symbol"], row["asset"], _position(row))
            for row in await _all(connection, ledger_tables.dust)
        ),
        coins=tuple(
            SettledCoin(row["venue"], row["currency"], _position(row))
            for row in await _all(connection, ledger_tables.settled_coins)
        ),
        trades=frozenset(TradeKey(row.venue, row.symbol, row.trade_id, Side(row.side)) for row in trades),
        incomes=frozenset(IncomeKey(*row) for row in incomes),
        traded_prices=await _traded_prices(connection),
        **await _acknowledged(connection),
        day_start=await _day_start(connection),
        high_water_mark=await _high_water_mark(connection),
        closes=await read_closes(connection, candles_since),
        mean_correlations=await _mean_correlations(connection),
        hindsight=await read_hindsight(connection, ended_since=ended_since),
        phases=await read_phases(connection),
        rebalancing=await read_rebalancing(connection),
    )


async def _all(connection: AsyncConnection, table: Table) -> list[RowMapping]:
    return list((await connection.execute(select(table))).mappings())


async def _packages(connection: AsyncConnection, ended_since: datetime) -> tuple[Package, ...]:
    packages, package_legs = ledger_tables.packages, ledger_tables.package_legs
    is_at_hand = or_(packages.c.closed_at.is_(None), packages.c.closed_at >= ended_since)
    legs: dict[UUID, dict[str, Leg]] = defaultdict(dict)
    found_legs = select(package_legs).join(packages).where(is_at_hand)
    for row in (await connection.execute(found_legs)).mappings():
        role = LegRole(row["role"])
        legs[row["package_id"]][role.value] = Leg(
            role, row["venue"], row["symbol"], _position(row), row["peak_quantity"]
        )
    found = (await connection.execute(select(packages).where(is_at_hand))).mappings()
    return tuple(_package(row, legs[row["package_id"]]) for row in found)


def _package(row: RowMapping, legs: Mapping[str, Leg]) -> Package:
    typed: dict[str, Any] = {
        "state": PackageState(row["state"]),
        "settled_approvals": frozenset(row["settled_approvals"]),
    }
    return Package(**{**row, **typed, **legs})


async def _ended_packages(connection: AsyncConnection, at_hand: set[UUID]) -> frozenset[UUID]:
    found = await connection.execute(select(ledger_tables.packages.c.package_id))
    return frozenset(found.scalars()) - at_hand


async def _tallies(connection: AsyncConnection, ended_before: datetime) -> tuple[Tally, ...]:
    packages = ledger_tables.packages.c
    net_usd = packages.realised_pnl_usd + packages.funding_usd - packages.fees_usd - packages.borrow_usd
    won, lost = net_usd > 0, net_usd <= 0
    found = await connection.execute(
        select(
            packages.strategy,
            func.count().label("settled"),
            func.count().filter(won).label("wins"),
            func.coalesce(func.sum(net_usd).filter(won), 0).label("won_usd"),
            func.coalesce(-func.sum(net_usd).filter(lost), 0).label("lost_usd"),
        )
        .where(
            packages.state == PackageState.CLOSED.value,
            packages.closed_at < ended_before,
            packages.strategy.is_not(None),
        )
        .group_by(packages.strategy)
    )
    return tuple(Tally(**row) for row in found.mappings())


async def _acknowledged(connection: AsyncConnection) -> dict[str, Any]:
    rows = await _all(connection, ledger_tables.acknowledgements)
    brought = (External(row["brought_usd"]) for row in await _all(connection, ledger_tables.accounts))
    each = [*(External(row["transfer_usd"], row["result_usd"]) for row in rows), *brought]
    return {
        "acknowledged_locks": frozenset(row["lock_id"] for row in rows),
        "external": sum(each, NOTHING_EXTERNAL),
    }


async def _traded_prices(connection: AsyncConnection) -> dict[tuple[str, str], Decimal]:
    fills = ledger_tables.fills.c
    newest_first = (fills.venue, fills.symbol, fills.filled_at.desc())
    found = await connection.execute(
        select(fills.venue, fills.symbol, fills.price)
        .ext(distinct_on(fills.venue, fills.symbol))
        .order_by(*newest_first)
    )
    return {(venue, symbol): price for venue, symbol, price in found}


async def _day_start(connection: AsyncConnection) -> DayStart | None:
    starts, assets = history_tables.day_starts, history_tables.asset_day_starts
    newest = (await connection.execute(select(starts).order_by(starts.c.day.desc()).limit(1))).one_or_none()
    if newest is None:
        return None
    found = (await connection.execute(select(assets).where(assets.c.day == newest.day))).mappings().all()
    pnl_usd = {row["asset"]: row["pnl_usd"] for row in found}
    results = {row["asset"]: ResultSplit(**{part: row[part] for part in ResultSplit.model_fields}) for row in found}
    return DayStart(newest.day, newest.equity_usd, pnl_usd, results)


async def _high_water_mark(connection: AsyncConnection) -> HighWaterMark | None:
    found = (await connection.execute(select(history_tables.high_water_mark))).one_or_none()
    return None if found is None else HighWaterMark(found.equity_usd, found.reached_at)


async def _mean_correlations(connection: AsyncConnection) -> tuple[MeanCorrelation, ...]:
    matrices = history_tables.correlation_matrices.c
    newest = (
        select(matrices.time_window, func.max(matrices.as_of).label("as_of")).group_by(matrices.time_window).subquery()
    )
    is_recent = and_(newest.c.time_window == matrices.time_window, matrices.as_of >= newest.c.as_of - LOOKED_BACK_MAX)
    found = await connection.execute(
        select(matrices.time_window, matrices.as_of, matrices.mean_rho, matrices.is_spike)
        .join(newest, is_recent)
        .where(matrices.mean_rho.is_not(None))
        .order_by(matrices.as_of, matrices.time_window)
    )
    return tuple(MeanCorrelation(*row) for row in found)


def _position(row: RowMapping) -> Position:
    return Position(row["quantity"], row["cost"])
