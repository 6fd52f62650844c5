"""From records of rebalancing to rows, and back."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_portfolio.domain.rebalancing.records import RebalancingBooks

ROWS: Mapping[type, Callable[[Any], Iterator[tuple[Table, dict[str, Any]]]]] = {}


async def read_rebalancing(connection: AsyncConnection) -> RebalancingBooks:
    """Read what rebalancing starts from."""
    del connection
    return RebalancingBooks()
