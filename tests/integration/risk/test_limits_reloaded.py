"""The limits' file changed under a running gatekeeper: the order, the audit, and what a kill between them leaves."""

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.common.running import eventually
from tests.integration.risk.bus_desk import BusDesk, RiskProcess
from tests.integration.risk.test_service import ask
from tests.integration.service_process import ROOT

from poise_common.contracts.control import Alert, ReloadLimits
from poise_common.contracts.state import LimitsInForce, RiskState
from poise_risk.adapters import tables


class LimitsYaml:
    """The running gatekeeper's own file."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "limits.yaml"
        self._shipped = (ROOT / "config" / "limits.yaml").read_text()
        self.says()

    def says(self, **figures: object) -> None:
        """Write the shipped file with figures of the focused profile changed, as an editor does: in one step."""
        text = self._shipped
        for key, value in figures.items():
            before, _, rest = text.partition(f"    {key}: ")
            _, _, after = rest.partition("\n")
            text = f"{before}    {key}: {value}\n{after}"
        aside = self.path.with_suffix(".new")
        aside.write_text(text)
        aside.replace(self.path)

    def blocks(self) -> None:
        """Let whoever reads it wait."""
        self.path.unlink()
        os.mkfifo(self.path)


@pytest.fixture
def limits_yaml(tmp_path: Path) -> LimitsYaml:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return LimitsYaml(tmp_path / "config")


@pytest.fixture
def risk(redis_url: str, engine: AsyncEngine, keys: tuple[Path, Path], limits_yaml: LimitsYaml) -> RiskProcess:
    url = engine.url.render_as_string(hide_password=False)
    return RiskProcess(redis_url, url, keys[0], POISE_CONFIG__DIR=str(limits_yaml.path.parent))


async def rows(engine: AsyncEngine) -> Sequence[RowMapping]:
    async with engine.connect() as connection:
        changes = tables.limit_changes
        return (await connection.execute(select(changes).order_by(changes.c.sequence))).mappings().all()


async def has_rows(engine: AsyncEngine, *outcomes: str | None) -> bool:
    return [row["outcome"] for row in await rows(engine)] == list(outcomes)


async def answer(desk: BusDesk, command: ReloadLimits) -> LimitsInForce:
    """Wait until risk stands in the command's trace."""
    found: list[RiskState] = []

    async def is_told() -> bool:
        found[:] = [state for state in await desk.read(RiskState) if state.trace_id == command.trace_id]
        return bool(found)

    await eventually(is_told, "risk answers in the command's trace")
    limits = found[-1].limits
    assert limits is not None
    return limits


def reload(desk: BusDesk, **fields: Any) -> ReloadLimits:
    return desk.first(ReloadLimits, **{"operator": "grace", "reason": "calmer markets", **fields})


async def test_a_changed_file_counts_once_it_is_ordered_and_the_change_is_on_record(
    desk: BusDesk, risk: RiskProcess, limits_yaml: LimitsYaml, engine: AsyncEngine
) -> None:
    async with desk.speaking(), risk.running():
        assert (await ask(desk, "BTC", 12_000))[1].approved_exposure_usd == 10_000
        limits_yaml.says(position_size_pct=5)
        assert (await ask(desk, "ETH", 12_000))[1].approved_exposure_usd == 10_000, "nobody has ordered it"
        command = reload(desk)
        await desk.say(command, command)
        in_force = await answer(desk, command)
        assert (await ask(desk, "ETH", 12_000))[1].approved_exposure_usd == 5_000
    first, change = await rows(engine)
    assert (first["operator"], first["outcome"], first["changes"]) == ("start", "taken", {})
    assert (change["change_id"], change["operator"], change["reason"]) == (command.id, "grace", "calmer markets")
    assert change["changes"] == {"limits.position_size_pct": ["10", "5"]}
    assert (change["digest_before"], change["digest_after"]) == (first["digest_after"], in_force.digest)
    assert {key for key in change["limits"] if change["limits"][key] != first["limits"][key]} == set(change["changes"])
    assert any("packages_open_max binds first" in notice for notice in change["notices"])
    assert (in_force.set_by, in_force.since, in_force.refusal) == ("grace", change["settled_at"], None)
    assert "limits_changed" in {alert.name for alert in await desk.read(Alert)}


async def test_a_file_that_does_not_pass_changes_nothing_and_ends_nothing(
    desk: BusDesk, risk: RiskProcess, limits_yaml: LimitsYaml, engine: AsyncEngine
) -> None:
    async with desk.speaking(), risk.running():
        await ask(desk, "BTC", 1_000)
        limits_yaml.says(position_size_pct=50)
        command = reload(desk)
        await desk.say(command)
        in_force = await answer(desk, command)
        assert "at least 50 passes" in str(in_force.refusal)
        assert in_force.set_by == "start"
        assert (await ask(desk, "ETH", 12_000))[1].approved_exposure_usd == 10_000
        limits_yaml.path.write_bytes(b"\xff\x00")
        command = reload(desk)
        await desk.say(command)
        assert "limits.yaml" in str((await answer(desk, command)).refusal)
    _, refused, unreadable = await rows(engine)
    assert (refused["outcome"], unreadable["outcome"], refused["limits"]) == ("refused", "refused", None)
    assert "at least 50 passes" in refused["refusal"]


async def test_an_order_whose_reading_a_kill_cut_off_is_carried_out_by_the_next_process(
    desk: BusDesk, risk: RiskProcess, limits_yaml: LimitsYaml, engine: AsyncEngine
) -> None:
    async with desk.speaking():
        async with risk.running(signal.SIGKILL):
            await ask(desk, "BTC", 1_000)
            limits_yaml.blocks()
            command = reload(desk)
            await desk.say(command)
            await eventually(lambda: has_rows(engine, "taken", None), "the order is on record, the file not read")
        limits_yaml.says(drawdown_pct=15)
        async with risk.running():
            in_force = await answer(desk, command)
            await desk.say(command)
            await ask(desk, "ETH", 1_000)
        limits_yaml.says(drawdown_pct=12)
        async with risk.running():
            await eventually(lambda: has_rows(engine, "taken", "taken", "taken"), "the start puts its limits on record")
    _, change, found = await rows(engine)
    assert (change["operator"], change["changes"]) == ("grace", {"limits.drawdown_pct": ["20", "15"]})
    assert (in_force.set_by, in_force.digest) == ("grace", change["digest_after"])
    assert (found["operator"], found["changes"]) == ("start", {"limits.drawdown_pct": ["15", "12"]})


async def test_a_process_that_stood_by_goes_by_the_file_as_it_is_when_it_takes_over(
    desk: BusDesk, risk: RiskProcess, limits_yaml: LimitsYaml, engine: AsyncEngine
) -> None:
    first = await risk.start()
    try:
        await eventually(lambda: has_rows(engine, "taken"), "the first has started")
        async with risk.running() as second:
            await _stands_by(second)
            limits_yaml.says(drawdown_pct=12.5)
            command = reload(desk)
            await desk.say(command)
            await answer(desk, command)
            first.kill()
            told = len(await desk.read(RiskState))
            await eventually(lambda: _tells_more(desk, told + 1), "the second has taken over")
    finally:
        if first.returncode is None:
            first.kill()
        await first.communicate()
    assert await has_rows(engine, "taken", "taken"), "it found nothing changed"


async def _stands_by(process: asyncio.subprocess.Process) -> None:
    """Read what a process says until it stands by."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if b"standing by" in line:
            return
    pytest.fail("it ended")


async def _tells_more(desk: BusDesk, states: int) -> bool:
    return len(await desk.read(RiskState)) > states
