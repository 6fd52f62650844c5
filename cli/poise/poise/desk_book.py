"""A person's side of the book of record: reading it without changing it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.desk_addresses import BookUnreadable, desk_database_url, shown
from poise_common.platform.database import create_engine

Answer = TypeVar("Answer")

_NO_SUCH_TABLE = frozenset({"42P01", "3F000", "42703"})
"""SQLSTATE: undefined table, schema or column: a book of an older release."""


async def consult(question: Callable[[AsyncConnection], Awaitable[Answer]], *, wait_s: float) -> Answer:
    """Put a question to the book in one read-only transaction and return its answer; raises BookUnreadable."""
    url = desk_database_url()
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
