"""`poise flatten` over the whole desk while parts of it are away: the venue is flat in the end, whatever is."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.integration.cli.running_desk import RunningDesk, running_desk
from tests.integration.conftest import Simulator
from tests.integration.service_process import ROOT

from poise.stack import DeskAddresses

TRADING_WITHIN_S = 120
FLAT_WITHIN_S = 120

pytestmark = pytest.mark.timeout(600)


async def flatten(desk: RunningDesk) -> None:
    ended = await desk.order("flatten", "--reason", "drill", "--wait-s", "60")
    assert (ended.code, ended.out) == (0, "risk is HALTED: drill\n"), ended.errors


async def without_news_and_strategies(desk: RunningDesk) -> tuple[str, ...]:
    away = (*desk.ingestion, "signals", "notifier")
    await desk.kill(away)
    waited = await desk.order("flatten", "--wait", "--flat-within-s", str(FLAT_WITHIN_S), "--wait-s", "60")
    assert (waited.code, "all packages are closed" in waited.out) == (0, True), waited.errors
    assert "closing" in waited.errors
    assert await desk.is_flat()
    return away


async def without_the_ledger(desk: RunningDesk) -> tuple[str, ...]:
    await desk.kill(("portfolio",))
    await flatten(desk)
    return ("portfolio",)


async def with_risk_and_execution_killed_meanwhile(desk: RunningDesk) -> tuple[str, ...]:
    await flatten(desk)
    for service in ("risk", "execution"):
        await desk.kill((service,))
        await desk.start((service,))
    return ()


DRILLS: tuple[Callable[[RunningDesk], Awaitable[tuple[str, ...]]], ...] = (
    without_news_and_strategies,
    without_the_ledger,
    with_risk_and_execution_killed_meanwhile,
)
"""Each gives the order with something away, and says which processes are still away after it."""


async def test_the_venue_is_flat_in_the_end_whatever_is_away(
    tmp_path: Path, redis_url: str, migrated: str, simulator: Simulator
) -> None:
    addresses = DeskAddresses(redis_url, migrated, {"paper": simulator.http_url}, ROOT / "config", tmp_path / "keys")
    async with running_desk(addresses, tmp_path) as desk:
        for drill in DRILLS:
            name = drill.__name__
            await desk.until(desk.is_trading, f"packages are held before {name}", within_s=TRADING_WITHIN_S)
            assert await desk.held_at_the_venue_usd()
            away = await drill(desk)

            async def nothing_held() -> bool:
                return not await desk.held_at_the_venue_usd()

            await desk.until(nothing_held, f"the venue is flat {name}", within_s=FLAT_WITHIN_S)
            await desk.start(away)
            await desk.until(desk.is_flat, f"risk has seen it after {name}", within_s=FLAT_WITHIN_S)
            assert await nothing_held()
            if drill is not DRILLS[-1]:
                resumed = await desk.order("resume", "--reason", "drilled", "--wait-s", "60")
                assert resumed.code == 0, resumed.errors
