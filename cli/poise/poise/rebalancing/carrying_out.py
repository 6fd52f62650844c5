"""An order to rebalance, and what has come of plans, as the book has it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.asking import WAIT_S
from poise.desk_book import consult
from poise.desk_bus import DeskBus, ask
from poise.operating.orders import STAGE, operator
from poise_common.contracts.control import Rebalance
from poise_common.domain.ids import derived_id
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids
from poise_portfolio.domain.rebalancing.records import CapitalLine, PlanState, RebalancingPlan, TradeState, WeightLine

_POLL_S = 0.5
_PLAN = text("select * from portfolio.rebalancing_plans where plan_id = :plan_id")
_NEWEST = text("select * from portfolio.rebalancing_plans order by made_at desc limit 1")
_TRADES = text("select * from portfolio.rebalancing_trades where plan_id = :plan_id order by number")
_WEIGHTS = text("select * from portfolio.rebalancing_weights where plan_id = :plan_id order by asset")
_CAPITAL = text("select * from portfolio.rebalancing_capital where plan_id = :plan_id order by name = 'cash', name")


@dataclass(frozen=True, slots=True)
class Rebalancing:
    """A plan that was made, what it follows from, and how far it has come."""

    plan: RebalancingPlan
    weights: tuple[WeightLine, ...]
    capital: tuple[CapitalLine, ...]

    @property
    def is_refused(self) -> bool:
        return self.plan.state is PlanState.REFUSED

    @property
    def given_up(self) -> int:
        """Count the trades that came to nothing, or not to all that was planned."""
        return sum(trade.state is TradeState.GIVEN_UP for trade in self.plan.trades)


_REBALANCING = TypeAdapter(Rebalancing)


class NotCarriedOut(Exception):
    """The plan was not over in time; it goes on all the same."""


async def order(redis_url: str, reason: str) -> UUID:
    """Order the weights to be brought to their targets; return the id that the plan will have."""
    now = utc_now()
    message = Rebalance.first(random_ids()(now), STAGE, now, operator=operator(), reason=reason)

    async def give(bus: DeskBus) -> UUID:
        await bus.send(message)
        return derived_id(message.id, "rebalancing")

    return await ask(redis_url, give, wait_s=WAIT_S, answerer="the portfolio")


async def until_over(plan_id: UUID, say: Callable[[str], None], *, wait_s: float) -> Rebalancing:
    """Follow a plan in the book until it is over, and say how its trades go.

    Raises NotCarriedOut if it is not over in time, BookUnreadable where the book does not answer.
    """
    follower = _Follower(say)
    try:
        async with asyncio.timeout(wait_s):
            while True:
                found = await consult(lambda book: read_plan(book, plan_id), wait_s=WAIT_S)
                if found is not None and not found.plan.is_under_way:
                    return found
                follower.take(found)
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise NotCarriedOut(follower.standing(wait_s)) from None


async def read_plan(book: AsyncConnection, plan_id: UUID | None) -> Rebalancing | None:
    """Read a plan, or the newest one; None where there is none."""
    asked = (_NEWEST, {}) if plan_id is None else (_PLAN, {"plan_id": plan_id})
    head = (await book.execute(*asked)).mappings().one_or_none()
    if head is None:
        return None
    of_plan = {"plan_id": head["plan_id"]}

    async def rows(statement: Any) -> list[dict[str, Any]]:
        found = (await book.execute(statement, of_plan)).mappings()
        return [{name: value for name, value in row.items() if name != "plan_id"} for row in found]

    plan = {**head, "trades": await rows(_TRADES)}
    return _REBALANCING.validate_python(
        {"plan": plan, "weights": await rows(_WEIGHTS), "capital": await rows(_CAPITAL)}
    )


def as_json(found: Rebalancing) -> str:
    """Return it as a program reads it."""
    return _REBALANCING.dump_json(found).decode()


class _Follower:
    """Says what changes, each thing once."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: dict[int, str] = {}
        self._found: Rebalancing | None = None

    def take(self, found: Rebalancing | None) -> None:
        self._found = found
        for trade in () if found is None else found.plan.trades:
            line = f"{trade.side.value} {trade.asset}: {trade.state.value}" + (f", {trade.note}" if trade.note else "")
            if self._said.get(trade.number) != line:
                self._said[trade.number] = line
                self._say(line)

    def standing(self, waited_s: float) -> str:
        if self._found is None:
            return (
                f"the order is on the bus, but the portfolio did not take it within {waited_s:g} s;"
                " is the portfolio running?"
            )
        return f"the plan is not over within {waited_s:g} s; it goes on, and `poise rebalance --last` shows how"
