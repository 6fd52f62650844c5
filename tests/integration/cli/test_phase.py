"""`poise phase`, `promote` and `demote` against the portfolio service on a real bus and database."""

import getpass
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.cli.commands import poise
from tests.integration.common.running import eventually
from tests.integration.portfolio.process import PortfolioProcess, published

from poise_common.contracts.state import PhaseState

PATIENT = ("--wait-s", "60")
BEGINS_IN = {"POISE_PORTFOLIO__PHASES__INITIAL": "1"}


@pytest.fixture
async def portfolio(
    redis_url: str,
    migrated: str,
    portfolio_engine: AsyncEngine,
) -> AsyncIterator[PortfolioProcess]:
    """The service, once it has said its phase."""
    del portfolio_engine  # empties the schema
    service = PortfolioProcess(redis_url, migrated, **BEGINS_IN)
    async with Redis.from_url(redis_url) as redis, service.running():
        await eventually(lambda: _has_spoken(redis), "the phase is told")
        yield service


async def _has_spoken(redis: Redis) -> bool:
    return bool(await published(redis, PhaseState))


@pytest.mark.usefixtures("portfolio")
async def test_the_phase_is_shown_with_what_the_next_one_asks_for_and_refused_while_that_is_missing(
    tmp_path: Path, bus: dict[str, str]
) -> None:
    shown = await poise("phase", *PATIENT, cwd=tmp_path, **bus)
    assert (shown.code, shown.errors) == (0, "")
    assert shown.out.startswith("phase 1 since ")
    assert "the gate to phase 2" in shown.out
    assert "profitable months on ETH" in shown.out
    assert "not met: the desk stays in phase 1" in shown.out
    standing = json.loads((await poise("phase", "--json", *PATIENT, cwd=tmp_path, **bus)).out)
    assert (standing["phase"]["phase"], standing["attention"]) == (1, [])
    assert {line["name"] for line in standing["missing"]} >= {"profitable months on BTC", "profitable months on ETH"}

    refused = await poise("phase", "promote", "--reason", "impatience", *PATIENT, cwd=tmp_path, **bus)
    assert refused.code == 1
    assert refused.out.startswith("phase 1 since ")
    assert refused.errors.startswith("error: the gate to phase 2 is not met: profitable months on BTC: 0 in a row")


@pytest.mark.usefixtures("portfolio")
async def test_the_way_back_is_open_and_what_leads_nowhere_is_refused(tmp_path: Path, bus: dict[str, str]) -> None:
    onward = await poise("phase", "demote", "2", *PATIENT, cwd=tmp_path, **bus)
    assert (onward.refused_in_one_line, "`poise phase promote 2` leads on" in onward.errors) == (True, True)
    back = await poise("phase", "demote", "--reason", "second thoughts", "--json", *PATIENT, cwd=tmp_path, **bus)
    phase = json.loads(back.out)["phase"]
    assert (back.code, phase["phase"], phase["reason"]) == (0, 0, "second thoughts")
    assert phase["set_by"] == getpass.getuser()
    nowhere = await poise("phase", "demote", *PATIENT, cwd=tmp_path, **bus)
    assert (nowhere.refused_in_one_line, "phase 0 is the first one" in nowhere.errors) == (True, True)
    behind = await poise("phase", "promote", "0", *PATIENT, cwd=tmp_path, **bus)
    assert (behind.refused_in_one_line, "the desk is in phase 0" in behind.errors) == (True, True)


async def test_without_the_portfolio_it_is_said_and_the_exit_code_says_so_too(
    tmp_path: Path, bus: dict[str, str]
) -> None:
    silent = await poise("phase", cwd=tmp_path, **bus)
    assert (silent.code, silent.out, silent.errors) == (1, "! portfolio has not said anything yet\n", "")
    order = await poise("phase", "promote", cwd=tmp_path, **bus)
    assert (order.refused_in_one_line, "is it running?" in order.errors) == (True, True)
