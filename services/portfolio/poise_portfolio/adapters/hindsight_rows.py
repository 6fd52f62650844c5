"""From records of hindsight to rows, and back."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_portfolio.domain.hindsight.records import HindsightBooks

ROWS: Mapping[type, Callable[[Any], Iterator[tuple[Table, dict[str, Any]]]]] = {}


async def read_hindsight(connection: AsyncConnection) -> HindsightBooks:
    """Read what hindsight starts from."""
    del connection
    return HindsightBooks()
