"""All event streams of an account as one sequence of hints that outlives every connection."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import structlog

from poise_venues.dialects import Dialect
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


async def listen(session: Session, dialect: Dialect) -> AsyncGenerator[AccountHint, None]:
    """Yield the hints of all the account's streams until the session is closed."""
    unread = _Unread()
    streams = dialect.account_streams()
    following = [asyncio.create_task(_follow(session, dialect, stream, unread.put)) for stream in streams]
    closing = asyncio.create_task(session.wait_closed())
    closing.add_done_callback(lambda _: unread.end())
    try:
        while (hint := await unread.take()) is not None:
            yield hint
    finally:
        for task in (*following, closing):
            task.cancel()
        await asyncio.gather(*following, closing, return_exceptions=True)


async def _follow(session: Session, dialect: Dialect, stream: str, heard: Callable[[AccountHint], None]) -> None:
    policy = session.parameters.account_streams
    clock = asyncio.get_running_loop().time
    wait_s = policy.reconnect_wait_min_s
    while not session.is_closed:
        began_s = clock()
        try:
            with session.reaching(f"listening to the account's {stream} stream"):
                await dialect.follow_account(session.exchange, stream, heard, renew_every_s=policy.renew_listen_key_s)
        except Exception as error:  # noqa: BLE001  # whatever broke it: without a stream hints stop without a sign
            if not session.is_closed:
                _log.warning("account stream broke", venue=session.venue, stream=stream, error=str(error))
        except asyncio.CancelledError:
            # ccxt cancels what waits on a connection that it closes: that is not our being cancelled.
            if _is_cancelling():
                raise
        # A connection that lived long owes nothing to the one before; one that breaks at once waits longer each time.
        if clock() - began_s > policy.reconnect_wait_max_s:
            wait_s = policy.reconnect_wait_min_s
        await asyncio.sleep(wait_s)
        wait_s = min(policy.reconnect_wait_max_s, wait_s * 2)


def _is_cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
