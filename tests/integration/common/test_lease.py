"""One writer a schema: who holds the lease, who comes too late, what a process does that slept through its end."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.common.running import eventually, publish, running, toy_process
from tests.integration.common.test_crashes import decided
from tests.integration.common.toy_process import EFFECTS
from tests.integration.common.toy_service import SCHEMA, Toy, decisions, request, settings
from tests.integration.conftest import free_port
from tests.unit.common.test_health import ask

from poise_common.platform.database import BookUnreachable, create_engine, outages_told_apart
from poise_common.platform.lease import Lease, LeaseLost
from poise_common.platform.main import EXIT_STARTS_ANEW
from poise_common.platform.settings import HealthSettings, LeaseSettings
from poise_common.platform.shell_tables import shell_tables

LEASE = shell_tables(MetaData(schema=SCHEMA)).lease
QUICK = LeaseSettings(renew_every_s=0.01, timeout_s=1, stand_by_poll_s=0.01)
END_LOCKS_SESSION = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_database ON oid = database"
    " WHERE locktype = 'advisory' AND datname = current_database()"
)


class Machine:
    """A machine's clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Candidate:
    """A process that may become the writer."""

    lease: Lease
    engine: AsyncEngine
    clock: Machine


class Candidates:
    """Make candidates for the toy's schema."""

    def __init__(self, database: str) -> None:
        self._database = database
        self.made: list[Candidate] = []

    def __call__(self, name: str) -> Candidate:
        engine, clock = create_engine(self._database, session_name=name), Machine()
        self.made.append(Candidate(Lease(engine, LEASE, name, QUICK, elapsed_s=clock), engine, clock))
        return self.made[-1]


@pytest.fixture
async def candidate(database: str) -> AsyncIterator[Candidates]:
    candidates = Candidates(database)
    yield candidates
    for one in candidates.made:
        await one.engine.dispose()
        await one.lease.release()


async def test_each_holder_has_a_later_epoch_and_the_one_before_cannot_write(candidate: Candidates) -> None:
    first, second = candidate("first"), candidate("second")
    await first.lease.acquire()
    assert first.lease.epoch == 1
    await lose_the_lock(first)
    await second.lease.acquire()
    assert second.lease.epoch == 2
    async with second.engine.begin() as connection:
        await second.lease.hold(connection)
    await first.engine.dispose()  # its sessions were ended; it makes new ones
    with pytest.raises(LeaseLost, match="epoch 1 is over"):
        async with first.engine.begin() as connection:
            await first.lease.hold(connection)


async def test_what_the_one_before_left_open_is_ended_and_never_committed(candidate: Candidates) -> None:
    first, second = candidate("first"), candidate("second")
    await first.lease.acquire()

    async def write_while_succeeded() -> None:
        with outages_told_apart():
            async with first.engine.begin() as connection:
                await first.lease.hold(connection)
                await connection.execute(text("INSERT INTO toy.inbox VALUES (gen_random_uuid(), 'late')"))
                await lose_the_lock(second)
                await asyncio.wait_for(second.lease.acquire(), 20)

    with pytest.raises(BookUnreachable):
        await write_while_succeeded()
    async with second.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM toy.inbox"))).scalar() == 0


async def test_a_renewal_waits_for_no_transaction_of_its_own_holder(candidate: Candidates) -> None:
    holder = candidate("holder")
    await holder.lease.acquire()
    async with holder.engine.begin() as connection:
        await holder.lease.hold(connection)
        renewing = asyncio.create_task(holder.lease.renew())
        holder.clock.now_s = 10.0

        def is_renewed() -> bool:
            with suppress(LeaseLost):
                holder.lease.check()
                return True
            return False

        await eventually(is_renewed, "the lease is renewed")
        renewing.cancel()


async def test_a_holder_that_slept_trusts_its_lease_no_longer(candidate: Candidates) -> None:
    holder = candidate("holder")
    with pytest.raises(LeaseLost):
        holder.lease.check()
    await holder.lease.acquire()
    holder.clock.now_s = 1.0
    holder.lease.check()
    holder.clock.now_s = 1.01
    with pytest.raises(LeaseLost, match="not renewed in time"):
        holder.lease.check()


async def test_a_holder_that_renews_is_left_alone_and_one_that_does_not_is_ended(candidate: Candidates) -> None:
    holder, standby = candidate("holder"), candidate("standby")
    await holder.lease.acquire()
    renewing = asyncio.create_task(holder.lease.renew())
    taking = asyncio.create_task(standby.lease.acquire())
    await eventually(lambda: standby.lease.waits_for == "holder", "the second stands by")
    for _ in range(100):
        standby.clock.now_s += QUICK.timeout_s / 2
        await asyncio.sleep(QUICK.renew_every_s)
    assert not taking.done()
    assert not renewing.done()
    renewing.cancel()
    while not taking.done():
        standby.clock.now_s += QUICK.timeout_s / 2
        await asyncio.sleep(QUICK.stand_by_poll_s)
    await taking
    assert (standby.lease.epoch, standby.lease.waits_for) == (2, "")


@pytest.mark.parametrize("where", ["commit.before", "commit.after", "ack.before"])
async def test_a_stopped_writer_is_succeeded_and_does_nothing_once_it_goes_on(
    redis: Redis, redis_url: str, database: str, where: str
) -> None:
    await publish(redis, request("a"), request("b"))
    old = await toy_process(f"SIGSTOP@{where}", redis_url, database)
    await eventually(lambda: is_stopped(old), "the writer is stopped")
    new = await toy_process("nowhere", redis_url, database)
    await eventually_happened(redis, "a", "b")
    old.send_signal(signal.SIGCONT)
    output, _ = await old.communicate()
    assert old.returncode == EXIT_STARTS_ANEW, output.decode()
    await publish(redis, request("c"))
    await eventually_happened(redis, "a", "b", "c")
    new.terminate()
    await new.communicate()
    assert [one.handled for one in await decisions(database)] == [1, 2, 3]
    assert len(await decided(redis)) == await redis.xlen("execution.decisions") == 3


async def test_a_process_that_stands_by_says_for_whom(redis: Redis, redis_url: str, database: str) -> None:
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)) as writer:
        await publish(redis, request("a"))
        await eventually(lambda: toy.effects.ran["a"] == 1, "the first to come serves")
        port = free_port()
        configured = settings(redis_url, database).model_copy(update={"health": HealthSettings(port=port)})

        async def says_so() -> bool:
            try:
                status, body = await ask(port, "GET /readyz HTTP/1.1")
            except OSError:
                return False
            return status == 503 and "standing by: risk:" in body

        async with running(Toy().spec(), configured):
            await eventually(says_so, "the second process says that it stands by")
        assert not writer.done()


def is_stopped(process: Process) -> bool:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


async def eventually_happened(redis: Redis, *effects: str) -> None:
    async def is_so() -> bool:
        return sorted(await redis.lrange(EFFECTS, 0, -1)) == [effect.encode() for effect in effects]

    await eventually(is_so, f"each once: {effects}")


async def lose_the_lock(candidate: Candidate) -> None:
    """End the session that holds the lock, from a session of its own."""
    async with candidate.engine.connect() as connection:
        await connection.execute(END_LOCKS_SESSION)
