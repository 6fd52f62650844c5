"""`poise limits`, `reload` and `history` against the risk service on a real bus and database."""

import getpass
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.cli.commands import Ended, poise
from tests.integration.common.running import eventually
from tests.integration.risk.bus_desk import BusDesk, RiskProcess
from tests.integration.service_process import ROOT

from poise.limits.usage import LimitsUsed
from poise_common.contracts.state import RiskState

PATIENT = ("--wait-s", "60")


class LimitsFile:
    """The configuration's folder of a test's own, whose limits a person edits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "config", folder)

    def write(self, **changes: Any) -> None:
        """Change figures of the profile that the desk runs."""
        file = self.folder / "limits.yaml"
        raw = yaml.safe_load(file.read_text())
        raw["profiles"][raw["profile"]].update(changes)
        file.write_text(yaml.safe_dump(raw))


@pytest.fixture
def file(tmp_path: Path) -> LimitsFile:
    return LimitsFile(tmp_path / "config")


@pytest.fixture
def risk(redis_url: str, engine: AsyncEngine, keys: tuple[Path, Path], file: LimitsFile) -> RiskProcess:
    """The gatekeeper, by the limits of the test's own file."""
    url = engine.url.render_as_string(hide_password=False)
    return RiskProcess(redis_url, url, keys[0], POISE_CONFIG__DIR=str(file.folder))


@pytest.fixture
def shell(redis_url: str, engine: AsyncEngine) -> dict[str, str]:
    """The environment of a person's shell that knows the desk's bus and book."""
    return {"POISE_REDIS__URL": redis_url, "POISE_DATABASE__URL": engine.url.render_as_string(hide_password=False)}


@asynccontextmanager
async def standing(risk: RiskProcess, redis_url: str) -> AsyncIterator[BusDesk]:
    """Run risk while inside, from when it goes by the limits that it found."""
    async with Redis.from_url(redis_url) as redis, risk.running():
        desk = BusDesk(redis)
        await eventually(lambda: desk.stands("active", 1), "risk stands")
        yield desk


def used(ended: Ended) -> LimitsUsed:
    """The outcome as a program reads it."""
    read = json.loads(ended.out)
    del read["attention"]
    computed = ("used_pct", "headroom_pct", "reached")
    read["limits"] = [{key: each[key] for key in each if key not in computed} for each in read["limits"]]
    return LimitsUsed.model_validate(read)


async def limits_told(desk: BusDesk) -> bool:
    states = await desk.read(RiskState)
    return bool(states) and bool(states[-1].headroom)


async def test_each_limit_is_told_with_its_room(tmp_path: Path, risk: RiskProcess, shell: dict[str, str]) -> None:
    async with standing(risk, shell["POISE_REDIS__URL"]) as desk, desk.speaking():
        await eventually(lambda: limits_told(desk), "risk knows the portfolio")
        table = await poise("limits", *PATIENT, cwd=tmp_path, **shell)
        outcome = used(await poise("limits", "--json", *PATIENT, cwd=tmp_path, **shell))
    assert (table.code, table.errors) == (0, "")
    assert "profile focused (" in table.out
    assert "total_exposure" in table.out
    exposure = next(each for each in outcome.limits if each.limit == "total_exposure")
    assert (exposure.value, exposure.used_pct, exposure.headroom_pct) == (0, 0, 100)
    assert outcome.in_force is not None


async def test_without_risk_it_is_said_and_the_exit_code_says_so_too(tmp_path: Path, shell: dict[str, str]) -> None:
    silent = await poise("limits", cwd=tmp_path, **shell)
    assert (silent.code, silent.out, silent.errors) == (1, "! risk has not said anything yet\n", "")


async def test_a_changed_file_is_taken_on_order_and_what_changed_is_told_and_kept(
    tmp_path: Path, risk: RiskProcess, shell: dict[str, str], file: LimitsFile
) -> None:
    async with standing(risk, shell["POISE_REDIS__URL"]):
        file.write(position_size_pct=7)
        reloaded = await poise("limits", "reload", "--reason", "a thin weekend", *PATIENT, cwd=tmp_path, **shell)
        assert (reloaded.code, reloaded.errors) == (0, "")
        first, *_, last = reloaded.out.splitlines()
        assert first == "limits.position_size_pct: 10 → 7"
        assert last.startswith("profile focused (")
        assert last.endswith(f"by {getpass.getuser()}")
        again = await poise("limits", "reload", *PATIENT, cwd=tmp_path, **shell)
        assert (again.code, again.errors) == (0, "")
        assert again.out.startswith("nothing is changed: profile focused (")
    record = await poise("limits", "history", cwd=tmp_path, **shell)
    assert "a thin weekend" in record.out
    changes = json.loads((await poise("limits", "history", "--json", cwd=tmp_path, **shell)).out)
    assert [(each["operator"], each["outcome"]) for each in changes] == [
        ("start", "taken"),
        (getpass.getuser(), "taken"),
        (getpass.getuser(), "unchanged"),
    ]
    assert changes[1]["changes"] == {"limits.position_size_pct": ["10", "7"]}


async def test_a_file_that_does_not_pass_changes_nothing_and_says_why(
    tmp_path: Path, risk: RiskProcess, shell: dict[str, str], file: LimitsFile
) -> None:
    async with standing(risk, shell["POISE_REDIS__URL"]):
        file.write(total_exposure_pct=5)
        refused = await poise("limits", "reload", *PATIENT, cwd=tmp_path, **shell)
        assert (refused.code, refused.out) == (2, "")
        assert "nothing is changed" in refused.errors
        assert "at least 10 passes" in refused.errors
        after = await poise("limits", *PATIENT, cwd=tmp_path, **shell)
        assert after.code == 1
        assert "the last order to read the limits anew was refused" in after.out
    (_, refusal) = json.loads((await poise("limits", "history", "--json", cwd=tmp_path, **shell)).out)
    assert (refusal["outcome"], refusal["changes"]) == ("refused", {})
    assert "at least 10 passes" in refusal["refusal"]


async def test_the_file_of_the_desk_that_runs_from_this_folder_is_checked_before_risk_is_asked(
    tmp_path: Path, redis_url: str, file: LimitsFile
) -> None:
    said = tmp_path / ".poise/desk.json"
    said.parent.mkdir()
    said.write_text(json.dumps({"redis_url": redis_url, "config_directory": str(file.folder)}))
    file.write(total_exposure_pct=5)
    refused = await poise("limits", "reload", cwd=tmp_path)
    assert (refused.code, refused.out) == (2, "")
    assert "risk was not asked" in refused.errors
    assert "at least 10 passes" in refused.errors
    async with Redis.from_url(redis_url) as redis:
        assert await redis.xlen("control.commands") == 0


async def test_what_is_taken_is_told_where_the_book_is_out_of_reach_too(
    tmp_path: Path, risk: RiskProcess, bus: dict[str, str], file: LimitsFile
) -> None:
    async with standing(risk, bus["POISE_REDIS__URL"]):
        file.write(position_size_pct=7)
        reloaded = await poise("limits", "reload", "--json", *PATIENT, cwd=tmp_path, **bus)
    assert reloaded.code == 0
    assert "what was changed is not shown: POISE_DATABASE__URL is not set" in reloaded.errors
    outcome = json.loads(reloaded.out)
    assert (outcome["in_force"]["set_by"], outcome["change"]) == (getpass.getuser(), None)


@pytest.mark.usefixtures("engine")
async def test_a_book_on_which_risk_never_started_has_no_limits_on_record(
    tmp_path: Path, shell: dict[str, str]
) -> None:
    empty = await poise("limits", "history", cwd=tmp_path, **shell)
    assert (empty.code, empty.errors) == (0, "")
    assert "risk never started on it" in empty.out
