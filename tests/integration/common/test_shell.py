"""A service as a process: how it starts, refuses, stops, ends by a defect, and answers its supervisor."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.integration.common.running import eventually, publish, running, toy_process
from tests.integration.common.toy_service import (
    Toy,
    ToyCore,
    ToyRepository,
    book,
    create_tables,
    decision_on,
    request,
    settings,
)
from tests.integration.conftest import free_port
from tests.unit.common.test_health import ask

from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.message import Message
from poise_common.contracts.packages import OpenPackage
from poise_common.platform.database import BookUnreachable, create_engine
from poise_common.platform.lease import LeaseLost
from poise_common.platform.refusals import DatabaseNotConfigured, SchemaMissing
from poise_common.platform.service import Push
from poise_common.platform.settings import HealthSettings
from poise_common.platform.shell import run_service


async def pending(redis: Redis) -> int:
    found: Any = await redis.xpending("execution.requests", "risk")
    return int(found["pending"])


async def test_a_stopped_process_ends_with_code_0(redis: Redis, redis_url: str, database: str) -> None:
    process = await toy_process("nowhere", redis_url, database)

    async def serves() -> bool:
        return bool(await redis.exists("execution.requests"))

    await eventually(serves, "the process serves")
    process.send_signal(signal.SIGTERM)
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


async def test_a_defect_ends_the_process_with_code_1_and_says_why(redis: Redis, redis_url: str, database: str) -> None:
    await publish(redis, request("poison"))
    process = await toy_process("nowhere", redis_url, database)
    output, _ = await process.communicate()
    assert process.returncode == 1
    (line,) = [line for line in output.decode().splitlines() if '"critical"' in line]
    assert "ValueError: poison" in line


async def test_missing_tables_refuse_the_start_with_code_2_and_say_what_to_do(redis_url: str, database: str) -> None:
    await create_tables(database, only_the_shells=True)
    process = await toy_process("nowhere", redis_url, database)
    output, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode() == "toy misses toy.decisions in the database: run `poise migrate`\n"
    assert "Traceback" not in output.decode()
    with pytest.raises(SchemaMissing):
        await run_service(Toy().spec(), settings(redis_url, database))


async def test_a_service_with_a_book_needs_a_database(redis_url: str) -> None:
    with pytest.raises(DatabaseNotConfigured, match="POISE_DATABASE__URL"):
        await run_service(Toy().spec(), settings(redis_url, None))


async def test_a_defect_in_a_tick_ends_the_service(redis_url: str, database: str) -> None:
    class Failing(ToyCore):
        def tick(self, now: datetime) -> Sequence[Output]:
            raise ArithmeticError("tick")

    spec = replace(Toy().spec(), build_core=lambda _: Failing())
    with pytest.raises(ArithmeticError, match="tick"):
        await asyncio.wait_for(run_service(spec, settings(redis_url, database)), 20)


async def test_a_commit_that_hangs_ends_the_service(redis: Redis, redis_url: str, database: str) -> None:
    class Hanging(ToyRepository):
        async def save(self, connection: AsyncConnection, records: Sequence[object]) -> None:
            await asyncio.Event().wait()

    await publish(redis, request("a"))
    spec = replace(Toy().spec(), repository=Hanging())
    with pytest.raises(BookUnreachable):
        await run_service(spec, settings(redis_url, database, handler_timeout_s=0.2))
    assert (await pending(redis)) == 1


async def test_what_comes_of_an_effect_and_of_a_source_goes_through_the_core(
    redis: Redis, redis_url: str, database: str
) -> None:
    asked = request("asked")

    class Core(ToyCore):
        def handle(self, message: Message, now: datetime) -> Sequence[Output]:
            self.seen.append(message)
            if not isinstance(message, OpenPackage):
                return ()
            return (Publish(decision_on(message, now)), Run("look")) if message.strategy == "pushed" else ()

    class Effects:
        async def run(self, effect: object, push: Push) -> None:
            assert effect == "look"
            await push(asked)

    class PushingOnce:
        async def run(self, push: Push) -> None:
            await push(request("pushed"))
            await asyncio.Event().wait()

    core = Core()
    spec = replace(Toy().spec(), build_core=lambda _: core, effects=Effects(), sources=(PushingOnce(),))
    async with running(spec, settings(redis_url, database)):
        await eventually(lambda: asked in core.seen, "the effect's result has come back")

        async def is_out() -> bool:
            return await redis.xlen("execution.decisions") == 1

        await eventually(is_out, "what the source's message called for is published")


async def test_a_stopping_service_lets_its_effects_end(redis: Redis, redis_url: str, database: str) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    results: list[str] = []

    class Slow:
        async def run(self, effect: object, push: Push) -> None:
            begun.set()
            await may_end.wait()
            await push(book())
            results.append("pushed")

    stop = asyncio.Event()
    spec = replace(Toy().spec(), effects=Slow())
    service = asyncio.create_task(run_service(spec, settings(redis_url, database, stop_grace_s=1.0), stop=stop))
    await publish(redis, request("a"))
    await begun.wait()
    stop.set()
    asyncio.get_running_loop().call_later(0.1, may_end.set)
    await service
    assert results == ["pushed"]


async def test_a_service_tells_whether_it_is_ready(redis: Redis, redis_url: str, database: str) -> None:
    port = free_port()
    configured = settings(redis_url, database).model_copy(update={"health": HealthSettings(port=port)})
    async with running(Toy().spec(), configured):

        async def is_ready() -> bool:
            try:
                return (await ask(port, "GET /readyz HTTP/1.1"))[0] == 200
            except OSError:
                return False

        await eventually(is_ready, "it is ready")
        await publish(redis, request("a"))

        async def is_counted() -> bool:
            _, body = await ask(port, "GET /metrics HTTP/1.1")
            return 'poise_messages_published_total{stream="execution.decisions"}' in body

        await eventually(is_counted, "what it publishes is counted")


async def test_a_writer_that_loses_its_lock_ends(redis: Redis, redis_url: str, database: str) -> None:
    toy = Toy()
    service = asyncio.create_task(run_service(toy.spec(), settings(redis_url, database)))
    await publish(redis, request("a"))
    await eventually(lambda: toy.effects.ran["a"] == 1, "it serves")
    engine = create_engine(database)
    async with engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON oid = database"
                " WHERE locktype = 'advisory' AND datname = current_database()"
            )
        )
    await engine.dispose()
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(service, 20)
