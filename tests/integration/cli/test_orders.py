"""`poise halt | resume | flatten` against the risk service on a real bus and database."""

import asyncio
import getpass
from pathlib import Path

from redis.asyncio import Redis
from tests.integration.cli.commands import poise
from tests.integration.common.running import eventually
from tests.integration.risk.bus_desk import BusDesk, RiskProcess

from poise_common.contracts.state import RiskState, SystemMode

PATIENT = ("--wait-s", "60")
"""Far more than risk needs to start and to answer."""


async def test_an_order_is_confirmed_with_the_mode_that_came_of_it(
    tmp_path: Path, risk: RiskProcess, bus: dict[str, str]
) -> None:
    async with risk.running():
        halted = await poise("halt", "--reason", "looks odd", *PATIENT, cwd=tmp_path, **bus)
        assert (halted.code, halted.out, halted.errors) == (0, "risk is HALTED: looks odd\n", "")
        resumed = await poise("resume", "--reason", "checked", *PATIENT, cwd=tmp_path, **bus)
        assert (resumed.code, resumed.out) == (0, "risk is ACTIVE: checked\n")
        flattened = await poise("flatten", "--reason", "maintenance", *PATIENT, cwd=tmp_path, **bus)
        assert (flattened.code, flattened.out) == (0, "risk is HALTED: maintenance\n")


async def test_the_confirmation_is_of_this_order_and_not_of_the_mode_that_stood(
    tmp_path: Path, risk: RiskProcess, bus: dict[str, str]
) -> None:
    async with risk.running():
        await poise("halt", "--reason", "first", *PATIENT, cwd=tmp_path, **bus)
        for _ in range(2):
            again = await poise("halt", "--reason", "second", *PATIENT, cwd=tmp_path, **bus)
            assert (again.code, again.out) == (0, "risk is HALTED: first\n"), "a halt changes nothing where it stands"
        flattened = await poise("flatten", "--reason", "third", "--json", *PATIENT, cwd=tmp_path, **bus)
    state = RiskState.model_validate_json(flattened.out)
    assert (state.mode, state.reason, state.set_by) == (SystemMode.HALTED, "third", getpass.getuser())
    assert [hop.stage for hop in state.hops] == ["console", "risk"]


async def test_an_order_that_nobody_confirms_is_said_in_one_line_and_carried_out_when_risk_runs(
    tmp_path: Path, risk: RiskProcess, bus: dict[str, str], redis_url: str
) -> None:
    unheard = await poise("halt", "--reason", "before risk ran", "--wait-s", "0.3", cwd=tmp_path, **bus)
    assert unheard.refused_in_one_line
    assert "the order is on the bus, but risk did not confirm it within 0.3 s" in unheard.errors
    async with Redis.from_url(redis_url) as redis, risk.running():
        desk = BusDesk(redis)
        await eventually(lambda: desk.stands("halted", 2), "the order is carried out")


async def test_a_bus_that_takes_a_connection_and_says_nothing_is_given_up_on(tmp_path: Path) -> None:
    async def be_silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with await asyncio.start_server(be_silent, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        url = f"redis://{host}:{port}/0"
        unheard = await poise("halt", "--wait-s", "0.3", cwd=tmp_path, POISE_REDIS__URL=url)
    assert unheard.refused_in_one_line
    assert unheard.errors == f"error: the bus at {url} does not answer: nothing within 0.3 s\n"


async def test_a_bus_that_refuses_the_order_is_said_in_one_line(tmp_path: Path, redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.set("control.commands", "no stream")
    refused = await poise("halt", cwd=tmp_path, POISE_REDIS__URL=redis_url)
    assert refused.refused_in_one_line
    assert "WRONGTYPE" in refused.errors
