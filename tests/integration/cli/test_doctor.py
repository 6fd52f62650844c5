"""`poise doctor` on real servers: a bus and a book as they should be and as they should not, and a venue."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.access.servers import GuardedBook, GuardedRedis, guarded_book, guarded_redis
from tests.integration.cli.commands import poise
from tests.integration.common.running import publish
from tests.integration.conftest import Simulator
from tests.unit.cli.desk_states import lock, portfolio, risk, venue

from poise.doctor.findings import Finding
from poise_common.contracts.control import Halt
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.dead_letters import dead_letter_stream
from poise_common.platform.clock import utc_now

Doctor = Callable[..., Awaitable[dict[tuple[str, str], Finding]]]
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Look, with venues off that a test does not say the address of; what was found by area and what it is about."""

    async def look(*arguments: str, **environment: str) -> dict[tuple[str, str], Finding]:
        addresses = {"POISE_VENUES__PAPER__BASE_URL": NOWHERE}
        ended = await poise("doctor", "--json", *arguments, cwd=tmp_path, **{**addresses, **environment})
        read = json.loads(ended.out)
        assert ended.code == (1 if read["worst"] == "fail" else 0)
        findings = [Finding.model_validate(each) for each in read["findings"]]
        return {(each.area, each.about): each for each in findings}

    return look


def verdicts(found: dict[tuple[str, str], Finding], area: str) -> dict[str, str]:
    return {about: each.verdict.value for (of, about), each in found.items() if of == area}


@pytest.fixture(scope="module")
def guarded_bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedRedis]:
    with guarded_redis(tmp_path_factory.mktemp("bus")) as server:
        yield server


@pytest.fixture(scope="module")
def book(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> GuardedBook:
    return guarded_book(database_url, tmp_path_factory.mktemp("passwords"))


async def test_servers_as_an_installation_has_them_are_in_order(
    doctor: Doctor, guarded_bus: GuardedRedis, book: GuardedBook
) -> None:
    found = await doctor(POISE_REDIS__URL=guarded_bus.url("console"), POISE_DATABASE__URL=book.url("console"))
    bus = verdicts(found, "bus")
    assert bus.pop("appendfsync") == "unknown", "who is no administrator may not ask"
    assert bus.pop("memory") == "warn", "this one has no limit"
    assert set(bus) == {"version", "clock", "appendonly", "eviction", "rights", "default user", "dead letters"}
    assert set(bus.values()) == {"ok"}
    assert set(verdicts(found, "book").values()) == {"ok"}
    assert {"version", "clock", "fsync", "synchronous_commit", "schema", "rights"} <= verdicts(found, "book").keys()
    assert not any("console-password" in finding.model_dump_json() for finding in found.values())


async def test_an_open_bus_that_forgets_is_found_out(doctor: Doctor, redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.config_set("maxmemory-policy", "allkeys-lru")
        await redis.xadd(dead_letter_stream(stream_of(Halt).name), {"why": "nobody reads it"})
        try:
            found = await doctor(POISE_REDIS__URL=redis_url)
        finally:
            await redis.config_set("maxmemory-policy", "noeviction")
    assert verdicts(found, "bus") == {
        "version": "ok",
        "clock": "ok",
        "eviction": "fail",
        "memory": "warn",
        "appendonly": "fail",
        "appendfsync": "warn",
        "rights": "warn",
        "dead letters": "warn",
        "default user": "warn",
    }
    assert f"1 on {dead_letter_stream('control.commands')}" in found["bus", "dead letters"].found
    assert all(found["bus", about].to_do for about, verdict in verdicts(found, "bus").items() if verdict != "ok")


async def test_a_book_that_was_never_migrated_read_by_its_owner_is_found_out(
    doctor: Doctor, postgres_server: str
) -> None:
    found = await doctor(POISE_DATABASE__URL=postgres_server)
    judged = verdicts(found, "book")
    assert (judged["schema"], judged["rights"], judged["fsync"]) == ("fail", "warn", "ok")
    assert "poise migrate" in found["book", "schema"].to_do


async def test_servers_that_take_a_connection_and_say_nothing_hold_nothing_up(doctor: Doctor) -> None:
    async def be_silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with await asyncio.start_server(be_silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await doctor(
            "--within-s",
            "1",
            POISE_REDIS__URL=f"redis://127.0.0.1:{port}/0",
            POISE_DATABASE__URL=f"postgresql://poise:secret@127.0.0.1:{port}/poise",
        )
    assert verdicts(found, "bus") == verdicts(found, "book") == {"time": "fail"}
    assert verdicts(found, "machine")["Python"] == "ok"


@pytest.mark.parametrize(
    ("key", "judged"),
    [
        ("paper", ("ok", "it may trade spot and derivatives, and move no money out")),
        ("paper-withdraw", ("fail", "the API key may withdraw")),
        ("paper-read", ("fail", "the API key may not trade spot")),
    ],
)
async def test_a_venues_key_is_looked_at_as_execution_does(
    doctor: Doctor, simulator: Simulator, redis_url: str, key: str, judged: tuple[str, str]
) -> None:
    venue_settings = {
        "POISE_VENUES__PAPER__BASE_URL": simulator.http_url,
        "POISE_VENUES__PAPER__API_KEY": key,
        "POISE_VENUES__PAPER__SECRET": key,
    }
    found = await doctor("--within-s", "60", POISE_REDIS__URL=redis_url, **venue_settings)
    assert found["venue paper", "reached"].verdict in {"ok", "warn"}
    assert found["venue paper", "clock"].verdict == "ok"
    verdict, said = judged
    assert found["venue paper", "key"].verdict == verdict
    assert said in found["venue paper", "key"].found


async def test_keys_that_are_anothers_leave_the_venue_looked_at_without_them(
    doctor: Doctor, simulator: Simulator, redis_url: str, tmp_path: Path
) -> None:
    files = {f"POISE_VENUES__PAPER__{name}_FILE": str(tmp_path / name) for name in ("API_KEY", "SECRET")}
    found = await doctor(
        "--within-s", "60", POISE_REDIS__URL=redis_url, POISE_VENUES__PAPER__BASE_URL=simulator.http_url, **files
    )
    looked = verdicts(found, "venue paper")
    assert looked.pop("reached") in {"ok", "warn"}, "a machine that is busy answers late"
    assert looked == {"key": "unknown", "clock": "ok"}


@pytest.fixture
async def told(redis_url: str) -> AsyncIterator[str]:
    """A bus on which risk and execution spoke just now, and the portfolio an hour ago."""
    now = utc_now()
    async with Redis.from_url(redis_url) as redis:
        locked = venue(at=now, clock_offset_ms=-1_700, lock=lock(at=now))
        await publish(redis, risk(now), locked, portfolio(now.replace(year=now.year - 1)))
        yield redis_url


async def test_what_services_last_told_is_judged(doctor: Doctor, told: str) -> None:
    found = await doctor(POISE_REDIS__URL=told)
    news = "services, by the bus"
    assert verdicts(found, news) == {
        "ingestion": "warn",
        "signals": "warn",
        "risk": "ok",
        "execution": "ok",
        "portfolio": "fail",
        "venue paper": "warn",
        "clock": "fail",
    }
    assert "-1,700 ms" in found[news, "clock"].found
