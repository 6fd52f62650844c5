"""Redis' stream commands with the types their answers have when nothing is decoded."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

Fields = Mapping[bytes, bytes]
Entry = tuple[bytes, Fields]


class PendingEntry(NamedTuple):
    """An entry some reader has in hand: since when, and how often it was delivered."""

    entry_id: str
    idle_ms: int
    deliveries: int


async def entries(redis: Redis, name: str, first: str = "-", last: str = "+") -> list[Entry]:
    """Return a stream's entries, oldest first."""
    return cast("list[Entry]", await redis.xrange(name, first, last))


async def newest_id(redis: Redis, name: str) -> str:
    """Return the id of the newest entry, `0-0` where there is none."""
    found = cast("list[Entry]", await redis.xrevrange(name, count=1))
    return found[0][0].decode() if found else "0-0"


async def read_after(
    redis: Redis, positions: Mapping[str, str], *, count: int, block_ms: int
) -> list[tuple[str, list[Entry]]]:
    """Wait for entries behind the positions; `count` is per stream."""
    streams: dict[Any, Any] = dict(positions)
    reply: Any = await redis.xread(streams, count=count, block=block_ms)
    # On a cluster the answer names a stream by its key there: the desk's hash tag stands before our name.
    return [(key.decode().rpartition("}")[2], found) for key, found in reply or ()]


async def read_new(redis: Redis, name: str, reader: str, *, count: int) -> list[Entry]:
    """Take entries that the reader's group (of the same name) was never given; does not wait for any."""
    reply: Any = await redis.xreadgroup(reader, reader, {name: ">"}, count=count)
    return [entry for _, found in reply or () for entry in found]


async def pending_entries(redis: Redis, name: str, group: str, *, after: str | None, count: int) -> list[PendingEntry]:
    """Return what a group's readers have in hand, oldest first."""
    first = "-" if after is None else f"({after}"
    reply: Sequence[Any] = await redis.xpending_range(name, group, min=first, max="+", count=count)
    return [
        PendingEntry(entry["message_id"].decode(), entry["time_since_delivered"], entry["times_delivered"])
        for entry in reply
    ]


async def claim(redis: Redis, name: str, reader: str, entry_id: str, *, min_idle_ms: int) -> Fields | None:
    """Take over a pending entry as the reader and group of that name; None if it is gone or was just taken."""
    reply: Any = await redis.xclaim(name, reader, reader, min_idle_ms, [entry_id])
    return cast("Fields", reply[0][1]) if reply and reply[0][1] is not None else None


async def set_deliveries(redis: Redis, name: str, reader: str, entry_id: str, deliveries: int) -> None:
    """Have the reader (and group) of that name keep a pending entry with another count of deliveries."""
    await redis.xclaim(name, reader, reader, 0, [entry_id], retrycount=deliveries, justid=True)


async def make_group(redis: Redis, name: str, group: str) -> None:
    """Make a group that reads from the very first entry; one that is there stays as it is."""
    try:
        await redis.xgroup_create(name, group, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
