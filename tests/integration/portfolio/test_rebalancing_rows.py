"""Plans, written and read back by a real PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.portfolio.test_repository import count, loaded, saved
from tests.unit.portfolio.rebalancing_desk import RebalancingDesk

from poise_portfolio.adapters.rebalancing_tables import rebalancing_capital, rebalancing_trades, rebalancing_weights
from poise_portfolio.domain.rebalancing.records import PlanState, RebalancingPlan, Trade, TradeState


def desk_with_a_plan() -> RebalancingDesk:
    desk = RebalancingDesk()
    desk.hold("BTC", 20_000)
    desk.hold("ETH", 10_000)
    return desk.want("BTC", held=True).want("ETH", held=True).want("SOL").order()


async def test_a_plan_is_read_back_as_far_as_it_was_carried_out(engine: AsyncEngine) -> None:
    desk = desk_with_a_plan()
    (sell,) = desk.requests
    for further in (partial(desk.approve, sell, 3_000), partial(desk.carry_out, sell, 3_000), desk.step):
        await saved(engine, *desk.records)
        assert (await loaded(engine)).rebalancing.last == desk.plan
        further()
    await saved(engine, *desk.records)
    await saved(engine, *desk.records)
    assert (await loaded(engine)).rebalancing.last == desk.plan
    assert await count(engine, rebalancing_trades) == 2
    assert await count(engine, rebalancing_weights) == 3
    assert await count(engine, rebalancing_capital) == 4


async def test_of_several_plans_the_newest_that_was_made_counts(engine: AsyncEngine) -> None:
    desk = desk_with_a_plan()
    older, later = desk.plan, desk.now + timedelta(hours=1)
    newer = replace(older, plan_id=desk.new_id(later), trades=(), made_at=later, state_since=later)
    newer = replace(newer, state=PlanState.ENDED)
    refused = replace(newer, plan_id=desk.new_id(later), made_at=later + timedelta(1), state=PlanState.REFUSED)
    refused = replace(refused, state_since=refused.made_at, note="risk is halted")
    await saved(engine, newer, older, refused)
    assert (await loaded(engine)).rebalancing.last == newer


def with_trade(plan: RebalancingPlan, **changes: object) -> RebalancingPlan:
    trade: Trade = replace(plan.trades[0], **changes)  # type: ignore[arg-type]  # fields of any trade
    return plan.having([trade])


@pytest.mark.parametrize(
    "impossible",
    [
        {"package_id": None},
        {"planned_usd": Decimal(0)},
        {"goal_usd": Decimal(-1)},
        {"state": TradeState.APPROVED, "tries": 0, "request_id": None, "asked_at": None},
        {"tries": 2, "request_id": None},
        {"traded_usd": Decimal(-1)},
    ],
)
async def test_trades_that_cannot_be_are_refused(engine: AsyncEngine, impossible: dict[str, object]) -> None:
    with pytest.raises(IntegrityError, match="rebalancing_trades"):
        await saved(engine, with_trade(desk_with_a_plan().plan, **impossible))
