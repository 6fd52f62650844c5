"""Every service keeps its book under its own login: the roles are as wide as they need to be."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import MetaData, func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.access.postgres_denials import TABLES
from tests.access.servers import GuardedBook
from tests.integration.common.running import eventually

from poise_common.contracts.streams import Service, StreamKind, published_by
from poise_common.platform.book import Book
from poise_common.platform.bus.wire import Outgoing
from poise_common.platform.database import create_engine
from poise_common.platform.lease import Lease
from poise_common.platform.settings import LeaseSettings
from poise_common.platform.shell_tables import ShellTables, shell_tables

SCHEMAS = sorted(TABLES)
QUICK = LeaseSettings(renew_every_s=0.01, timeout_s=1, stand_by_poll_s=0.01)

Open = Callable[[str], tuple[AsyncEngine, Lease, "Machine"]]


class Machine:
    """A machine's clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(params=SCHEMAS)
def schema(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shell(schema: str) -> ShellTables:
    return shell_tables(MetaData(schema=schema))


@pytest.fixture
async def process(book: GuardedBook, schema: str, shell: ShellTables) -> AsyncIterator[Open]:
    """Make processes of the service whose schema it is, each with sessions of its own."""
    made: list[tuple[AsyncEngine, Lease]] = []

    def make(name: str) -> tuple[AsyncEngine, Lease, Machine]:
        engine, clock = create_engine(book.url(schema), session_name=f"{schema} {name}"), Machine()
        lease = Lease(engine, shell.lease, f"{schema} {name}", QUICK, elapsed_s=clock)
        made.append((engine, lease))
        return engine, lease, clock

    yield make
    for engine, lease in made:
        await engine.dispose()
        await lease.release()


async def test_a_service_takes_messages_owes_others_and_forgets_both(
    schema: str, shell: ShellTables, process: Open
) -> None:
    engine, lease, _ = process("writer")
    book = Book(engine, shell, lease, None)
    await book.check()
    await lease.acquire()
    stream = next(one for one in published_by(Service(schema)) if one.kind is StreamKind.WORK)
    owed = Outgoing(stream, stream.name, uuid4(), b"{}", b"")
    async with book.taking(uuid4(), "alerts") as connection:
        assert connection is not None
        await book.write(connection, (), [owed])
    assert owed.message_id in {one.message_id for one in await book.owed()}
    await book.settle([owed.message_id])
    assert owed.message_id not in {one.message_id for one in await book.owed()}
    async with engine.connect() as connection:
        now: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    assert await book.prune(now) >= 1


async def test_a_stand_by_ends_the_sessions_of_a_holder_that_hangs(schema: str, process: Open) -> None:
    _, holder, _ = process("holder")
    _, standby, clock = process("standby")
    await holder.acquire()
    taking = asyncio.create_task(standby.acquire())
    await eventually(lambda: standby.waits_for == f"{schema} holder", "the second stands by and sees for whom")
    while not taking.done():
        clock.now_s += QUICK.timeout_s
        await asyncio.sleep(QUICK.stand_by_poll_s)
    await taking
    assert standby.epoch == holder.epoch + 1
