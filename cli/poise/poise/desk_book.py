"""A person's side of the book of record: where it is, and reading it without changing it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.desk_bus import RUNNING_DESK, said_by_running_desk, shown
from poise_common.platform.database import create_engine
from poise_common.platform.main import read_settings
from poise_common.platform.refusals import StartRefused
from poise_common.platform.settings import ServiceSettings

Answer = TypeVar("Answer")

_NO_SUCH_TABLE = frozenset({"42P01", "3F000", "42703"})
"""SQLSTATE: undefined table, schema or column: a book of an older release."""


class BookUnreadable(Exception):
    """The book of record cannot be read: what was tried and why it failed."""


def database_url_of_environment() -> str | None:
    """Return the book's URL as POISE_DATABASE__URL or its `_FILE` says; raises BookUnreadable for a bad file."""
    try:
        return read_settings(ServiceSettings).database.read_url() or None
    except StartRefused as refused:
        raise BookUnreadable(str(refused)) from None
    except OSError as error:
        raise BookUnreadable(f"POISE_DATABASE__URL_FILE cannot be read: {error}") from None


async def consult(question: Callable[[AsyncConnection], Awaitable[Answer]], *, wait_s: float) -> Answer:
    """Put a question to the book in one read-only transaction and return its answer; raises BookUnreadable."""
    url = _database_url()
    try:
        engine = create_engine(url, pool_size=1, session_name="poise console")
    except ArgumentError:
        message = "the book's address is no database URL; postgresql://user@host/database would pass"
        raise BookUnreadable(message) from None
    try:
        async with asyncio.timeout(wait_s), engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            return await question(connection)
    except (SQLAlchemyError, OSError) as error:
        raise BookUnreadable(f"the book at {shown(url)} {_why(error, wait_s)}") from None
    finally:
        await engine.dispose()


def _why(error: Exception, wait_s: float) -> str:
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _NO_SUCH_TABLE:
        return "is not at this release's schema; `poise migrate` brings it there"
    return "cannot be read: " + (" ".join(str(error).split())[:300] or f"no answer within {wait_s:g} s")


def _database_url() -> str:
    """Return the book's URL: the environment's, else that of the desk running from this folder."""
    url = database_url_of_environment() or said_by_running_desk("database_url")
    if url is None:
        message = (
            f"POISE_DATABASE__URL is not set, and no desk was started from this folder ({RUNNING_DESK} is not there)"
        )
        raise BookUnreadable(message)
    return url
