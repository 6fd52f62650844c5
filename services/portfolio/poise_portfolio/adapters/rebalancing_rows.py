"""From records of rebalancing to rows, and back."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.domain.instruments import Side
from poise_portfolio.adapters.rebalancing_tables import (
    rebalancing_capital,
    rebalancing_plans,
    rebalancing_trades,
    rebalancing_weights,
)
from poise_portfolio.domain.rebalancing.records import (
    Cause,
    PlannedWeights,
    PlanState,
    RebalancingBooks,
    RebalancingPlan,
    Trade,
    TradeState,
)

Row = tuple[Table, dict[str, Any]]


def _plan(plan: RebalancingPlan) -> Iterator[Row]:
    columns = rebalancing_plans.columns.keys()
    values = {column: getattr(plan, column) for column in columns}
    yield rebalancing_plans, values | {"cause": plan.cause.value, "state": plan.state.value}
    for trade in plan.trades:
        shown = {"side": trade.side.value, "state": trade.state.value}
        yield rebalancing_trades, {"plan_id": plan.plan_id, **asdict(trade), **shown}


def _weights(planned: PlannedWeights) -> Iterator[Row]:
    for line in planned.weights:
        yield rebalancing_weights, {"plan_id": planned.plan_id, **asdict(line)}
    for group in planned.capital:
        yield rebalancing_capital, {"plan_id": planned.plan_id, **asdict(group), "venues": list(group.venues)}


ROWS: Mapping[type, Callable[[Any], Iterator[Row]]] = {
    RebalancingPlan: _plan,
    PlannedWeights: _weights,
}


async def read_rebalancing(connection: AsyncConnection) -> RebalancingBooks:
    """Read what rebalancing starts from: the newest plan that was made."""
    plans, trades = rebalancing_plans, rebalancing_trades
    made = select(plans).where(plans.c.state != PlanState.REFUSED.value).order_by(plans.c.made_at.desc()).limit(1)
    head = (await connection.execute(made)).mappings().one_or_none()
    if head is None:
        return RebalancingBooks()
    of_plan = select(trades).where(trades.c.plan_id == head["plan_id"]).order_by(trades.c.number)
    rows = (await connection.execute(of_plan)).mappings()
    return RebalancingBooks(plan_of(head, tuple(trade_of(row) for row in rows)))


def plan_of(row: RowMapping, trades: tuple[Trade, ...]) -> RebalancingPlan:
    """Make a plan of its row and its trades."""
    typed: dict[str, Any] = {"cause": Cause(row["cause"]), "state": PlanState(row["state"]), "trades": trades}
    return RebalancingPlan(**{**row, **typed})


def trade_of(row: RowMapping) -> Trade:
    """Make a trade of its row."""
    values = {column: value for column, value in row.items() if column != "plan_id"}
    return Trade(**{**values, "side": Side(row["side"]), "state": TradeState(row["state"])})
