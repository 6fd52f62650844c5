"""The last plan of weights, and what came of it."""

from decimal import Decimal
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.report.period import Period
from poise_common.domain.value import Value

_NEWEST = text(
    """
select plan_id, cause, ordered_by, model, made_at, equity_usd, state,
       (select count(*) from portfolio.rebalancing_trades trade where trade.plan_id = plan.plan_id) as trades,
       (select count(*) from portfolio.rebalancing_trades trade
        where trade.plan_id = plan.plan_id and trade.state = 'done') as trades_done
from portfolio.rebalancing_plans plan
where made_at < :until and state <> 'refused'
order by made_at desc, plan_id desc
limit 1
"""
)
_WEIGHTS = text(
    """
select asset, held_usd, target_usd, reason
from portfolio.rebalancing_weights
where plan_id = :plan_id
order by asset
"""
)


class PlannedWeight(Value):
    """How much of an asset a plan found, and how much it wanted; None: it could not say, so that what is held stays."""

    asset: str
    held_usd: Decimal
    target_usd: Decimal | None
    reason: str


class PlanOfWeights(Value):
    """A plan, the weights that its trades followed from, and how many of those came to something."""

    plan_id: UUID
    cause: str
    ordered_by: str
    model: str
    made_at: AwareDatetime
    equity_usd: Decimal
    state: str
    trades: int
    trades_done: int
    weights: tuple[PlannedWeight, ...]


async def read_plan(connection: AsyncConnection, period: Period) -> PlanOfWeights | None:
    """Read the last plan before the period ended; None where none was ever made."""
    plan = (await connection.execute(_NEWEST, {"until": period.until})).mappings().first()
    if plan is None:
        return None
    weights = (await connection.execute(_WEIGHTS, {"plan_id": plan["plan_id"]})).mappings().all()
    planned = tuple(PlannedWeight.model_validate(dict(row)) for row in weights)
    return PlanOfWeights.model_validate({**plan, "weights": planned})
