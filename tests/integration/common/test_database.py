"""Writing rows over, on a real PostgreSQL."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Column, Integer, MetaData, Numeric, Table, select, text

from poise_common.platform.clock import utc_now
from poise_common.platform.database import async_url, create_engine, missing_tables, upsert
from poise_common.platform.durable_messages import (
    OwedMessage,
    Taking,
    all_owed,
    owe,
    prune_inbox,
    settle,
    take_once,
)
from poise_common.platform.ids import random_ids
from poise_common.platform.shell_tables import shell_tables

METADATA = MetaData()
BOOK = MetaData()
SHELL = shell_tables(BOOK)
PRICES = Table("prices", METADATA, Column("id", Integer, primary_key=True), Column("price", Numeric))
NAMES = Table("names", METADATA, Column("id", Integer, primary_key=True))


async def test_rows_are_inserted_or_written_over_by_their_key(database_url: str) -> None:
    engine = create_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        await upsert(connection, PRICES, [{"id": 1, "price": Decimal("0.1")}, {"id": 2, "price": Decimal(2)}])
        await upsert(connection, PRICES, [{"id": 2, "price": Decimal("2.000000000000000001")}])
        await upsert(connection, PRICES, [])
        rows = [tuple(row) for row in await connection.execute(select(PRICES).order_by(PRICES.c.id))]
    await engine.dispose()
    assert rows == [(1, Decimal("0.1")), (2, Decimal("2.000000000000000001"))]


async def test_a_row_that_is_all_key_may_come_again(database_url: str) -> None:
    engine = create_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        for _ in range(2):
            await upsert(connection, NAMES, [{"id": 1}])
        assert (await connection.execute(text("SELECT count(*) FROM names"))).scalar_one() == 1
    await engine.dispose()


async def test_ids_are_taken_once_until_they_are_pruned_and_only_under_the_lease(database_url: str) -> None:
    engine = create_engine(database_url)
    now, message_id = utc_now(), random_ids()(utc_now())
    async with engine.begin() as connection:
        await connection.run_sync(BOOK.create_all)
        await connection.execute(SHELL.lease.insert().values(epoch=7, holder="us", taken_at=now, renewed_at=now))

        async def take(epoch: int) -> Taking:
            return await take_once(connection, SHELL, message_id, "execution.requests", epoch=epoch)

        assert await take(6) == Taking(is_leased=False, is_first=False)
        assert await take(7) == Taking(is_leased=True, is_first=True)
        assert await take(7) == Taking(is_leased=True, is_first=False)
        assert await prune_inbox(connection, SHELL.inbox, now - timedelta(days=1)) == 0
        assert await prune_inbox(connection, SHELL.inbox, now + timedelta(days=1)) == 1
        assert await take(7) == Taking(is_leased=True, is_first=True)
    await engine.dispose()


async def test_messages_are_owed_in_order_until_they_are_settled(database_url: str) -> None:
    engine = create_engine(database_url)
    new_id = random_ids()
    owed = [OwedMessage(new_id(utc_now()), "execution.approved", f"{number}".encode()) for number in range(3)]
    async with engine.begin() as connection:
        await connection.run_sync(BOOK.create_all)
        await owe(connection, SHELL.outbox, owed)
        await owe(connection, SHELL.outbox, owed[:1])
        assert await all_owed(connection, SHELL.outbox) == tuple(owed)
        await settle(connection, SHELL.outbox, [owed[1].message_id])
        assert await all_owed(connection, SHELL.outbox) == (owed[0], owed[2])
    await engine.dispose()


async def test_tables_that_are_not_there_are_named(database_url: str) -> None:
    engine = create_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS names, prices"))
        await connection.run_sync(NAMES.create)
        assert await missing_tables(connection, [PRICES, NAMES]) == ("prices",)
    await engine.dispose()


def test_a_plain_url_is_written_for_the_asynchronous_driver() -> None:
    assert async_url("postgresql://u:p@h:5432/d?x=1") == "postgresql+asyncpg://u:p@h:5432/d?x=1"
    assert async_url("postgres://h/d") == "postgresql+asyncpg://h/d"
    assert async_url("postgresql+asyncpg://h/d") == "postgresql+asyncpg://h/d"
