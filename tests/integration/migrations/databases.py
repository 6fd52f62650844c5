"""Databases to migrate up and down, and what all services describe to be in them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.platform.database import create_engine
from poise_execution.adapters import tables as execution_tables
from poise_notifier.adapters import tables as notifier_tables
from poise_portfolio.adapters import tables as portfolio_tables
from poise_risk.adapters import tables as risk_tables
from poise_signals.adapters import tables as signals_tables

DIRECTORY = Path(__file__).parents[3] / "infra" / "postgres" / "migrations"
METADATA: dict[str, MetaData] = {
    "risk": risk_tables.metadata,
    "signals": signals_tables.metadata,
    "execution": execution_tables.metadata,
    "portfolio": portfolio_tables.metadata,
    "notifier": notifier_tables.metadata,
}


def schemas(url: str) -> set[str]:
    async def read(connection: AsyncConnection) -> set[str]:
        found = await connection.execute(
            text("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_)'")
        )
        return set(found.scalars())

    names: set[str] = run(url, read)
    return names


def downgrade_to_nothing(url: str) -> None:
    for schema in (*METADATA, "public"):
        execute(url, f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    execute(url, "CREATE SCHEMA public")


def execute(url: str, statement: str) -> None:
    run(url, lambda connection: connection.execute(text(statement)))


def run(url: str, work: Callable[[AsyncConnection], Any]) -> Any:
    async def connected() -> Any:
        engine = create_engine(url, pool_size=1)
        try:
            async with engine.begin() as connection:
                return await work(connection)
        finally:
            await engine.dispose()

    return asyncio.run(connected())
