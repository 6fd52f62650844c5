"""`poise opportunities` and `poise term-structure` beside a running signals service on a real bus."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.integration.cli.commands import poise
from tests.integration.common.running import eventually
from tests.integration.signals.desk import Desk, SignalsProcess
from tests.unit.signals.senders import perpetual_of

from poise_common.contracts.market_data import Universe
from poise_common.contracts.message import Message
from poise_common.contracts.packages import CandidateEvaluated
from poise_common.domain.instruments import InstrumentKind
from poise_common.platform.clock import utc_now

PATIENT = ("--wait-s", "60")
EXPIRES_AT = utc_now().replace(microsecond=0) + timedelta(days=73)
FUTURE = perpetual_of(
    "ETH",
    symbol=f"ETH/USDT:USDT-{EXPIRES_AT:%y%m%d}",
    kind=InstrumentKind.LINEAR_FUTURE,
    funding_interval_s=None,
    expires_at=EXPIRES_AT,
)


class DatedDesk(Desk):
    """Everybody around signals, where ETH has a dated future too, 100 bps above its spot."""

    def said(self) -> Sequence[Message]:
        universe, *rest = super().said()
        assert isinstance(universe, Universe)
        (asset,) = universe.assets
        dated = universe.model_copy(update={"assets": (asset.model_copy(update={"futures": (FUTURE,)}),)})
        return dated, *rest, self.book(FUTURE.symbol, [(101.0, 1e3)], [(101.001, 1e3)])


@pytest.fixture
async def desk(redis_url: str, migrated: str) -> AsyncIterator[DatedDesk]:
    """A desk whose candidates were told, with what each would earn."""
    async with Redis.from_url(redis_url) as redis:
        desk = DatedDesk(redis)

        async def told() -> bool:
            priced = {each.strategy for each in await desk.read(CandidateEvaluated) if each.net_apr is not None}
            return {"funding_carry", "cash_and_carry"} <= priced

        async with SignalsProcess(redis_url, migrated).running(), desk.speaking():
            await eventually(told, "both candidates are told")
            yield desk


@pytest.mark.usefixtures("desk")
async def test_the_ranking_and_the_term_structure_of_a_running_desk(tmp_path: Path, bus: dict[str, str]) -> None:
    shown = await poise("opportunities", *PATIENT, cwd=tmp_path, **bus)
    assert (shown.code, shown.errors) == (0, "")
    assert "cash_and_carry" in shown.out
    assert f"paper:{FUTURE.symbol}" in shown.out
    ranking = json.loads((await poise("opportunities", "--json", *PATIENT, cwd=tmp_path, **bus)).out)
    assert [each["strategy"] for each in ranking["opportunities"]] == ["cash_and_carry", "funding_carry"]
    best = ranking["opportunities"][0]
    costs = best["fees"] + best["slippage"] + best["safety_buffer"]
    assert best["gross_basis"] - costs == pytest.approx(best["net_yield"])
    one = await poise("opportunities", "--strategy", "funding_carry", "--json", *PATIENT, cwd=tmp_path, **bus)
    assert [each["rank"] for each in json.loads(one.out)["opportunities"]] == [2]

    page, image = tmp_path / "term.html", tmp_path / "term.png"
    pictures = ("--html", str(page), "--png", str(image))
    structure = await poise("term-structure", "eth", *pictures, *PATIENT, cwd=tmp_path, **bus)
    assert structure.code == 0
    assert "ETH: basis a year by expiry" in structure.out
    assert page.read_text().count("<svg") == 1
    assert image.read_bytes().startswith(b"\x89PNG")
    found = json.loads((await poise("term-structure", "--json", *PATIENT, cwd=tmp_path, **bus)).out)
    ((expiry,),) = [each["expiries"] for each in found["structures"]]
    # About 100 bps in about a fifth of a year.
    assert expiry["annualised_basis"] == pytest.approx(0.05, abs=0.001)


async def test_a_desk_that_says_nothing_is_said(tmp_path: Path, redis_url: str, bus: dict[str, str]) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
    for command in ("opportunities", "term-structure"):
        silent = await poise(command, "--wait-s", "5", cwd=tmp_path, **bus)
        assert silent.code == 1
        assert "signals has not said anything yet" in silent.out


async def test_a_wrong_flag_and_a_bus_that_is_away_get_one_line(tmp_path: Path) -> None:
    away = {"POISE_REDIS__URL": "redis://127.0.0.1:1/0"}
    for command in ("opportunities", "term-structure"):
        refused = await poise(command, "--wait-s", "1", cwd=tmp_path, **away)
        assert refused.refused_in_one_line
    wrong = await poise("opportunities", "--limit", "0", cwd=tmp_path, **away)
    assert wrong.code == 2
    assert "0 is not in the range x>=1" in wrong.errors
