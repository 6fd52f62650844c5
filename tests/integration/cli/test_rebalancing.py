"""`poise rebalance` against the portfolio service on a real bus and database; the test is risk and execution."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.cli.commands import Ended, poise
from tests.integration.common.running import eventually, publish
from tests.integration.portfolio.process import PortfolioProcess, newest_state, published
from tests.integration.service_process import ROOT
from tests.unit.portfolio.rebalancing_desk import ASSETS, PRICE, RebalancingDesk

from poise_common.contracts.message import Message
from poise_common.contracts.packages import ClosePackage
from poise_common.contracts.state import SystemMode
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids
from poise_portfolio.adapters.history_tables import candles

EQUALLY = {
    "POISE_PORTFOLIO__REBALANCING__MODELS__MODEL": "equal_weight",
    "POISE_PORTFOLIO__REBALANCING__CAPITAL__CLUSTER_MAX_PCT_OF_EQUITY": "100",
    "POISE_PORTFOLIO__REBALANCING__SELLING__ORDER_STYLE": "ioc",
}
PATIENT = ("--wait-s", "60")
_SPEAKS_EVERY_S = 0.3
"""Books go stale after a second."""


class Surroundings(RebalancingDesk):
    """Says on the bus what it would tell a core in memory."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._unsent: list[Message] = []
        super().__init__()
        self.now = utc_now()
        self.new_id = random_ids()
        self._unsent.clear()

    def tell(self, *messages: Message) -> "Surroundings":
        self._unsent += messages
        super().tell(*messages)
        return self

    async def send(self) -> None:
        messages, self._unsent = self._unsent, []
        await publish(self._redis, *messages)

    async def stay_fresh(self) -> None:
        """Say again and again what goes stale."""
        self.now = utc_now()
        self.tell(self.risk(SystemMode.ACTIVE))
        for asset in ASSETS:
            self.tell(self.deep_book(f"{asset}/USDT", PRICE), self.deep_book(f"{asset}/USDT:USDT", PRICE))
        self.want("BTC", held=True).want("ETH", held=True)
        await self.send()

    async def answer_requests(self) -> None:
        """Approve and carry out whatever is asked for, until cancelled."""
        answered = set()
        while True:
            await self.stay_fresh()
            for request in await published(self._redis, ClosePackage):
                if request.id not in answered:
                    answered.add(request.id)
                    self.approve(request).carry_out(request)
            await self.send()
            await asyncio.sleep(_SPEAKS_EVERY_S)


@pytest.fixture
def shell(redis_url: str, migrated: str) -> dict[str, str]:
    environment = {"POISE_REDIS__URL": redis_url, "POISE_DATABASE__URL": migrated}
    return {**environment, "POISE_CONFIG__DIR": str(ROOT / "config"), **EQUALLY}


@pytest.fixture
async def desk(redis_url: str, migrated: str, portfolio_engine: AsyncEngine) -> AsyncIterator[Surroundings]:
    """A portfolio that holds $30,000 of BTC and $18,000 of ETH, and wants $18,000 of each."""
    async with Redis.from_url(redis_url) as redis, PortfolioProcess(redis_url, migrated, **EQUALLY).running():
        desk = Surroundings(redis)
        desk.open_account()
        desk.tell(desk.universe(), *(desk.closes(asset) for asset in ASSETS))
        await desk.send()
        desk.hold("BTC", 30_000)
        desk.hold("ETH", 18_000)
        await desk.send()
        await eventually(lambda: _is_ready(desk, redis, portfolio_engine), "both packages are held, candles stored")
        yield desk


async def _is_ready(desk: Surroundings, redis: Redis, engine: AsyncEngine) -> bool:
    await desk.stay_fresh()
    state = await newest_state(redis)
    async with engine.connect() as connection:
        stored = (await connection.execute(select(func.count()).select_from(candles))).scalar_one()
    return state is not None and len(state.packages) == 2 and stored > 0


async def asked(desk: Surroundings, shell: dict[str, str], folder: Path, *arguments: str) -> Ended:
    answering = asyncio.create_task(desk.answer_requests())
    try:
        return await poise("rebalance", *arguments, *PATIENT, cwd=folder, **shell)
    finally:
        answering.cancel()


async def test_a_plan_by_any_model_shows_what_would_be_traded_and_orders_nothing(
    desk: Surroundings, shell: dict[str, str], tmp_path: Path
) -> None:
    shown = await asked(desk, shell, tmp_path, "--plan")
    assert (shown.code, shown.errors) == (0, "")
    assert "would sell $12,000 and buy $0 by equal_weight" in shown.out
    plan = json.loads((await asked(desk, shell, tmp_path, "--plan", "--model", "momentum", "--json")).out)
    assert plan["model"] == "momentum"
    assert {line["asset"] for line in plan["weights"]} == {"BTC", "ETH"}
    assert {line["name"] for line in plan["capital"]} == {"first", "second", "third", "cash"}
    assert await published(desk._redis, ClosePackage) == []


async def test_an_order_is_refused_while_risk_is_halted_and_else_carried_out_through_risk(
    desk: Surroundings, shell: dict[str, str], tmp_path: Path
) -> None:
    desk.now = utc_now()
    desk.tell(desk.risk(SystemMode.HALTED))
    await desk.send()
    refused = await poise("rebalance", *PATIENT, cwd=tmp_path, **shell)
    assert refused.code == 2
    assert "nothing is traded: risk is halted" in refused.errors
    await desk.stay_fresh()

    done = await asked(desk, shell, tmp_path, "--reason", "quarterly", "--json")
    assert done.code == 0
    found = json.loads(done.out)
    (trade,) = found["plan"]["trades"]
    assert (trade["side"], trade["asset"], trade["state"]) == ("sell", "BTC", "done")
    assert (found["plan"]["state"], found["plan"]["reason"]) == ("ended", "quarterly")
    (request,) = await published(desk._redis, ClosePackage)
    assert str(request.id) == trade["request_id"]
    last = await poise("rebalance", "--last", cwd=tmp_path, **shell)
    assert (last.code, last.errors) == (0, "")
    assert "done" in last.out


async def test_before_the_first_plan_there_is_none_to_show(
    shell: dict[str, str], portfolio_engine: AsyncEngine, tmp_path: Path
) -> None:
    del portfolio_engine  # empties the schema
    last = await poise("rebalance", "--last", cwd=tmp_path, **shell)
    assert (last.code, "no plan was made yet" in last.errors) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--plan", "--model", "astrology"), "'astrology' is no model; equal_weight, inverse_volatility"),
        (("--model", "momentum"), "--model would pass with --plan"),
        (("--plan", "--last"), "either would pass"),
        (("--plan",), "portfolio has not said anything yet"),
    ],
)
async def test_what_cannot_be_shown_is_refused_in_one_line(
    shell: dict[str, str], tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    refused = await poise("rebalance", *arguments, cwd=tmp_path, **shell)
    assert refused.refused_in_one_line
    assert said in refused.errors
