"""Lists as the venue hands them out: newest first, between two ids, so many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from poise_simulator.okx.parameters import Parameters

Item = TypeVar("Item")

ROWS_MAX = 100


def newest_first(
    items: Iterable[Item],
    parameters: Parameters,
    *,
    id_of: Callable[[Item], int],
    time_of: Callable[[Item], int],
) -> list[Item]:
    """Cut a page out of items, oldest first: older than `after`, newer than `before`, from `begin` to `end`.

    With `before` alone the page holds the items that follow it; else the newest ones. Raises `OkxError` for a
    `limit` beyond 100.
    """
    after, before = parameters.optional_integer("after"), parameters.optional_integer("before")
    begin_ms, end_ms = parameters.optional_integer("begin"), parameters.optional_integer("end")
    limit = parameters.limit(ROWS_MAX, ROWS_MAX)
    kept = [
        item
        for item in items
        if (after is None or id_of(item) < after)
        and (before is None or id_of(item) > before)
        and (begin_ms is None or time_of(item) >= begin_ms)
        and (end_ms is None or time_of(item) <= end_ms)
    ]
    kept.sort(key=id_of)
    page = kept[:limit] if before is not None and after is None else kept[-limit:]
    return page[::-1]
