"""What a process says is one JSON object a line, whoever says it."""

import asyncio
import gc
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from poise_common.platform.telemetry import configure_logging, name_service, tell_of_the_loop


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_librarys_line_looks_like_one_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    name_service("risk")
    structlog.get_logger().warning("ours", venue="paper")
    logging.getLogger("aiohttp").info("not worth a line")
    logging.getLogger("aiohttp").warning("of a %s", "library")
    ours, library = lines(capsys)
    assert ours.keys() - library.keys() == {"venue"}
    assert (library["event"], library["level"], library["service"]) == ("of a library", "warning", "risk")


def test_an_exception_is_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    try:
        raise ValueError("seven")
    except ValueError:
        logging.getLogger("sqlalchemy").exception("a library's own")
    (line,) = lines(capsys)
    assert line["level"] == "error"
    assert line["exception"].endswith("ValueError: seven")


async def test_what_nobody_waits_for_any_more_is_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.get_running_loop().set_exception_handler(tell_of_the_loop)
    configure_logging("DEBUG")
    future = asyncio.get_running_loop().create_future()
    future.set_exception(ConnectionError("the venue closed"))
    del future
    gc.collect()
    (line,) = lines(capsys)
    assert line["level"] == "debug"
    assert "the venue closed" in line["reason"]


async def test_a_task_that_failed_unseen_is_an_error_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    async def fail() -> None:
        raise ConnectionError("nobody looked")

    asyncio.get_running_loop().set_exception_handler(tell_of_the_loop)
    configure_logging()
    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    gc.collect()
    (line,) = lines(capsys)
    assert line["level"] == "error"
    assert "never retrieved" in line["event"]
    assert "ConnectionError: nobody looked" in line["exception"]
