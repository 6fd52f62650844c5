import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from poise_common.platform.config import load_section
from poise_venues import account_hints
from poise_venues.hints import AccountHint, HintReason
from poise_venues.parameters import VenuesConfig
from poise_venues.session import Session

CONFIG = Path(__file__).parents[3] / "config"
QUICK = {
    "POISE_VENUES__PAPER__ACCOUNT_STREAMS__RECONNECT_WAIT_MIN_S": "0.001",
    "POISE_VENUES__PAPER__ACCOUNT_STREAMS__RECONNECT_WAIT_MAX_S": "0.002",
}
Heard = Callable[[AccountHint], None]
LIVE = AccountHint(reason=HintReason.RECONNECTED)


class Exchange:
    """Has nothing but an end."""

    is_closed = False

    async def close(self) -> None:
        """Leave."""


class Streams:
    """A dialect with one stream, which does what each connection in turn is told to do."""

    def __init__(self, *connections: Callable[[Heard], Awaitable[None]]) -> None:
        self._connections = list(connections)

    def account_streams(self) -> tuple[str, ...]:
        return ("only",)

    async def follow_account(self, _exchange: Any, _stream: str, heard: Heard, *, renew_every_s: float) -> None:
        assert renew_every_s > 0
        heard(LIVE)
        await self._connections.pop(0)(heard)


def session_with(streams: Any) -> Session:
    return Session("paper", Exchange(), streams, load_section(CONFIG, "venues", VenuesConfig, QUICK)["paper"])


def listen(session: Session) -> AsyncGenerator[AccountHint, None]:
    streams: Any = session.dialect
    return account_hints.listen(session, streams)


def order(number: int) -> AccountHint:
    return AccountHint(reason=HintReason.ORDER, order_id=str(number))


async def forever(_heard: Heard) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    "broken_by", [ConnectionResetError("cut"), TimeoutError("silent"), KeyError("listenKey"), RuntimeError("whatever")]
)
async def test_whatever_breaks_a_stream_it_is_opened_again(broken_by: Exception) -> None:
    async def breaks(heard: Heard) -> None:
        heard(order(1))
        raise broken_by

    async def lives(heard: Heard) -> None:
        heard(order(2))
        await forever(heard)

    async with aclosing(listen(session_with(Streams(breaks, lives)))) as hints:
        assert [await anext(hints) for _ in range(4)] == [LIVE, order(1), LIVE, order(2)]


async def test_more_hints_than_anybody_takes_become_one_to_ask_for_everything() -> None:
    async def floods(heard: Heard) -> None:
        for number in range(100_000):
            heard(order(number))
        await forever(heard)

    async with aclosing(listen(session_with(Streams(floods)))) as hints:
        first = await anext(hints)
        assert first.reason is HintReason.RECONNECTED


async def test_a_connection_whose_waiters_are_cancelled_is_opened_again() -> None:
    """ccxt does so to what waits on a connection that it closes."""

    async def is_cancelled_from_outside(_heard: Heard) -> None:
        waited_for: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waited_for.cancel()
        await waited_for

    async with aclosing(listen(session_with(Streams(is_cancelled_from_outside, forever)))) as hints:
        assert [await anext(hints) for _ in range(2)] == [LIVE, LIVE]


async def test_hints_end_with_the_session() -> None:
    session = session_with(Streams(forever))
    heard = []
    async for hint in listen(session):
        heard.append(hint)
        await session.close()
    assert heard == [LIVE]


async def test_a_listener_that_leaves_takes_its_connections_along() -> None:
    left = asyncio.Event()

    async def lives(heard: Heard) -> None:
        try:
            await forever(heard)
        finally:
            left.set()

    async with aclosing(listen(session_with(Streams(lives)))) as hints:
        await anext(hints)
    assert left.is_set()
