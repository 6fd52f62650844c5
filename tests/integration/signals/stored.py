"""What signals has stored, as a test sees it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from poise_signals.adapters.tables import packages


class Book:
    """Signals' schema as the test sees it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_async_engine(url)

    async def rows(self) -> list[Any]:
        async with self._engine.connect() as connection:
            return list(await connection.execute(select(packages).order_by(packages.c.requested_at)))

    async def holds(self, state: str) -> bool:
        """Say whether there is one package, in this state."""
        return [row.state for row in await self.rows()] == [state]

    async def empty(self) -> None:
        async with self._engine.begin() as connection:
            for table in packages.metadata.sorted_tables:
                await connection.execute(table.delete())
        await self._engine.dispose()
