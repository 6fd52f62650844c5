"""`poise universe` and `poise packages`: what the bus and the book have of members and packages."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.cli.commands import Ended, poise
from tests.integration.cli.filled_book import FIRST, TradingDesk
from tests.integration.common.running import publish
from tests.unit.cli.desk_states import new_id, portfolio
from tests.unit.cli.test_desk_view import held
from tests.unit.portfolio.desk import START
from tests.unit.portfolio.rebalancing_desk import listed

from poise_common.contracts.market_data import ExcludedAsset, Universe
from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import ResultSplit
from poise_common.platform.clock import utc_now

DAYS_SINCE_START = str((utc_now() - START).days + 1)


def universe() -> Universe:
    now = utc_now()
    members = (listed("ETH"), listed("BTC").model_copy(update={"depth_usd": 7.5e6, "hedge_volume_24h_usd": 4e9}))
    reasons = ("depth 0.2 million of 5", "spread 0.2 % of at most [0.05]")
    excluded = (ExcludedAsset(asset="DOGE", venue="paper", tier=3, reasons=reasons),)
    return Universe.first(new_id(now), "ingestion", now, as_of=now, assets=members, excluded=excluded)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as redis:
        yield redis


async def test_members_are_shown_with_their_measures_and_the_others_with_every_reason(
    redis: Redis, bus: dict[str, str], tmp_path: Path
) -> None:
    await publish(redis, universe())
    shown = await poise("universe", cwd=tmp_path, **bus)
    assert (shown.code, shown.errors) == (0, "")
    rows = [[cell.strip() for cell in line.split("│")] for line in shown.out.splitlines() if "USDT:USDT" in line]
    assert [row[2] for row in rows] == ["BTC", "ETH"], "the most traded first"
    assert rows[0][8:10] == ["4,000.0", "7.5"]
    assert "depth 0.2 million of 5; spread 0.2 % of at most [0.05]" in shown.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--asset", "btc"), (["BTC"], [])),
        (("--tier", "1"), (["BTC", "ETH"], [])),
        (("--tier", "3"), ([], ["DOGE"])),
        (("--excluded",), ([], ["DOGE"])),
    ],
)
async def test_of_the_universe_what_is_asked_for_is_told(
    redis: Redis, bus: dict[str, str], tmp_path: Path, arguments: tuple[str, ...], told: tuple[list[str], list[str]]
) -> None:
    await publish(redis, universe())
    read = json.loads((await poise("universe", "--json", *arguments, cwd=tmp_path, **bus)).out)
    assert tuple([each["asset"] for each in read[part]] for part in ("members", "excluded")) == told
    assert read["attention"] == []


@pytest.mark.parametrize(("command", "service"), [("universe", "ingestion"), ("packages", "portfolio")])
async def test_a_desk_that_said_nothing_wants_a_person(
    bus: dict[str, str], tmp_path: Path, command: str, service: str
) -> None:
    silent = await poise(command, cwd=tmp_path, **bus)
    assert (silent.code, silent.errors) == (1, "")
    assert silent.out.startswith(f"! {service} has not said anything yet")
    assert json.loads((await poise(command, "--json", cwd=tmp_path, **bus)).out)["attention"]


def two_packages() -> tuple[object, object]:
    result = ResultSplit(price_usd=Decimal(12), funding_usd=Decimal(3), fees_usd=Decimal(4), slippage_usd=Decimal(1))
    good = held("0.5").model_copy(update={"result": result, "strategy": "cash_and_carry"})
    return good, held("-40", PackageState.HALTED)


async def test_what_is_held_is_shown_leg_by_leg_with_what_its_result_is_made_of(
    redis: Redis, bus: dict[str, str], tmp_path: Path
) -> None:
    await publish(redis, portfolio(utc_now(), packages=two_packages()))
    shown = await poise("packages", cwd=tmp_path, **bus)
    assert shown.code == 1
    assert shown.out.startswith("! package 00000000-0000-0000-0000-000000000001 is halted, $-40.00 unhedged")
    for part in ("+1 paper:BTC/USDT at 100, now –", "-1 paper:BTC/USDT:USDT", "price +$12.00, funding +$3.00"):
        assert part in shown.out
    assert "fees -$4.00, slippage -$1.00" in shown.out
    assert "+$10.00" in shown.out


async def test_packages_are_told_by_strategy_and_money_is_text(
    redis: Redis, bus: dict[str, str], tmp_path: Path
) -> None:
    await publish(redis, portfolio(utc_now(), packages=two_packages()))
    ended = await poise("packages", "--strategy", "cash_and_carry", "--json", cwd=tmp_path, **bus)
    (package,) = json.loads(ended.out)["held"]
    assert ended.code == 0
    assert (package["net_usd"], package["result"]["funding_usd"], package["assets"]) == ("10", "3", ["BTC"])
    assert json.loads(ended.out)["ended"] is None


async def told_with_the_book(engine: AsyncEngine, bus: dict[str, str], folder: Path, *arguments: str) -> Ended:
    url = engine.url.render_as_string(hide_password=False)
    return await poise(
        "packages", "--all", "--days", DAYS_SINCE_START, *arguments, cwd=folder, POISE_DATABASE__URL=url, **bus
    )


async def test_what_ended_is_read_from_the_book(
    redis: Redis, portfolio_engine: AsyncEngine, bus: dict[str, str], tmp_path: Path
) -> None:
    desk = TradingDesk()
    desk.week()
    await desk.book_into(portfolio_engine)
    await publish(redis, portfolio(utc_now(), packages=()))
    told = await told_with_the_book(portfolio_engine, bus, tmp_path, "--json")
    (ended,) = json.loads(told.out)["ended"]
    assert (ended["package_id"], ended["state"], ended["asset"]) == (str(FIRST), "closed", "BTC")
    assert Decimal(ended["net_usd"]) == Decimal(10)
    shown = await told_with_the_book(portfolio_engine, bus, tmp_path)
    assert (shown.code, "no package is held" in shown.out, "+$10.00" in shown.out) == (0, True, True)
    none = await told_with_the_book(portfolio_engine, bus, tmp_path, "--asset", "ETH")
    assert "no package ended in that time" in none.out
