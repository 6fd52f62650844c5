"""All event streams of an account as one sequence of hints that outlives every connection."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import structlog

from poise_venues.errors import VenueError
from poise_venues.hints import AccountHint, HintReason
from poise_venues.session import Session

_UNREAD_MAX = 10_000
_log = structlog.get_logger()


class _Unread:
    """Hints nobody has taken yet; too many of them become one: ask for everything."""

    def __init__(self) -> None:
        self._hints: asyncio.Queue[AccountHint | None] = asyncio.Queue()

    def put(self, hint: AccountHint) -> None:
        if self._hints.qsize() >= _UNREAD_MAX:
            while not self._hints.empty():
                self._hints.get_nowait()
            hint = AccountHint(reason=HintReason.RECONNECTED)
        self._hints.put_nowait(hint)

    def end(self) -> None:
        self._hints.put_nowait(None)

    async def take(self) -> AccountHint | None:
        return await self._hints.get()


async def listen(session: Session) -> AsyncGenerator[AccountHint, None]:
    """Yield the hints of all the account's streams until the session is closed."""
    unread = _Unread()

    async def follow_all() -> None:
        try:
            async with asyncio.TaskGroup() as following:
                for stream in session.dialect.account_streams():
                    following.create_task(_follow(session, stream, unread.put))
        finally:
            unread.end()

    following = asyncio.create_task(follow_all())
    try:
        while (hint := await unread.take()) is not None:
            yield hint
        await following
    finally:
        following.cancel()
        await asyncio.wait([following])


async def _follow(session: Session, stream: str, heard: Callable[[AccountHint], None]) -> None:
    waits = session.parameters.account_streams
    clock = asyncio.get_running_loop().time
    wait_s = waits.reconnect_wait_min_s
    while not session.is_closed:
        began_s = clock()
        try:
            with session.reaching(f"listening to the account's {stream} stream"):
                await session.dialect.follow_account(
                    session.exchange, stream, heard, renew_every_s=waits.renew_listen_key_s
                )
        except VenueError as error:
            if session.is_closed:
                return
            _log.warning("account stream broke", venue=session.venue, stream=stream, error=str(error))
        except asyncio.CancelledError:
            # Closing the session makes ccxt cancel what waits on its connections: that is not our being cancelled.
            if session.is_closed and not _is_cancelling():
                return
            raise
        # A connection that lived long owes nothing to the one before; one that breaks at once waits longer each time.
        if clock() - began_s > waits.reconnect_wait_max_s:
            wait_s = waits.reconnect_wait_min_s
        await session.sleep(wait_s)
        wait_s = min(waits.reconnect_wait_max_s, wait_s * 2)


def _is_cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
