"""One process at a time writes a schema; a second one stands by."""

import asyncio

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_STANDBY_POLL_S = 0.5
_WATCH_S = 1.0


class SingleWriter:
    """Hold a schema's lock for as long as a connection lives; the server frees it when the process is gone."""

    def __init__(self, engine: AsyncEngine, schema: str) -> None:
        self._engine = engine
        self._schema = schema
        self._connection: AsyncConnection | None = None
        self.stands_by = True

    async def acquire(self) -> None:
        """Return as the one writer; while another process is, say so once and wait."""
        connection = await self._engine.connect()
        self._connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        said = False
        while not await self._try():
            if not said:
                structlog.get_logger().info("another process writes this schema; standing by", schema=self._schema)
                said = True
            await asyncio.sleep(_STANDBY_POLL_S)
        self.stands_by = False

    async def watch(self) -> None:
        """Raise when the lock's connection is lost: another process may be the writer then."""
        while self._connection is not None:
            await asyncio.sleep(_WATCH_S)
            await self._connection.execute(text("SELECT 1"))

    async def release(self) -> None:
        """Let another process write."""
        if self._connection is not None:
            await self._connection.invalidate()
            await self._connection.close()
            self._connection = None

    async def _try(self) -> bool:
        if self._connection is None:
            return False
        statement = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
        return bool((await self._connection.execute(statement, {"name": f"poise:{self._schema}"})).scalar())
