"""A service that a server does not let in says so in one line, and does not start."""

import asyncio
from pathlib import Path

from sqlalchemy import make_url
from tests.access.servers import GuardedBook, GuardedRedis
from tests.integration.service_process import ServiceProcess

from poise_common.platform.main import EXIT_REFUSED

_ENDS_WITHIN_S = 60


async def last_words(process: ServiceProcess) -> str:
    """Start a service that is to refuse, and return what it said."""
    running = await process.start()
    async with asyncio.timeout(_ENDS_WITHIN_S):
        output, errors = await running.communicate()
    assert running.returncode == EXIT_REFUSED, (output + errors).decode()
    return errors.decode()


async def test_a_wrong_password_of_the_bus(bus: GuardedRedis, book: GuardedBook) -> None:
    url = f"redis://signals:yesterdays@127.0.0.1:{bus.port}/0"
    said = await last_words(ServiceProcess("signals", url, book.url("signals")))
    assert said.count("\n") == 1
    assert said.startswith("the bus refuses this service: ")
    assert "yesterdays" not in said


async def test_a_login_that_the_book_does_not_know(bus: GuardedRedis, book: GuardedBook) -> None:
    url = make_url(book.owner_url).set(username="nobody_here", password="secret").render_as_string(hide_password=False)  # noqa: S106  (no real one)
    said = await last_words(ServiceProcess("signals", bus.url("signals"), url))
    assert said.count("\n") == 1
    assert said.startswith("the book of record refuses this service: ")


async def test_the_login_of_another_service(bus: GuardedRedis, book: GuardedBook) -> None:
    said = await last_words(ServiceProcess("signals", bus.url("signals"), book.url("risk")))
    assert said.count("\n") == 1
    assert "permission denied for schema signals" in said


async def test_a_secret_that_is_not_there(bus: GuardedRedis, book: GuardedBook, tmp_path: Path) -> None:
    missing = tmp_path / "redis-url"
    process = ServiceProcess("signals", bus.url("signals"), book.url("signals"), POISE_REDIS__URL_FILE=str(missing))
    said = await last_words(process)
    assert said.count("\n") == 1
    assert said.startswith(f"secret file {missing}: No such file or directory; ")
