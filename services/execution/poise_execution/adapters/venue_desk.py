"""The venues' trading sessions: connected once they answer, closed when nothing is under way any more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.platform.outages import Outage
from poise_common.platform.service import Push
from poise_execution.domain.results import VenueConnected
from poise_venues.errors import VenueUnreachable
from poise_venues.trading import TradingSession

STAGE = "execution"


class VenueDesk:
    """Holds one session a venue; it may be used as soon as the venue has answered to our key."""

    def __init__(
        self,
        sessions: Mapping[str, TradingSession],
        *,
        now: Clock,
        new_id: NewId,
        after_closing: Callable[[], Awaitable[None]],
    ) -> None:
        self._sessions = sessions
        self._now = now
        self._new_id = new_id
        self._after_closing = after_closing
        self._connected = {venue: asyncio.Event() for venue in sessions}
        self._in_use = 0
        self._is_leaving = False

    async def run(self, push: Push) -> None:
        """Connect to every venue, and keep the sessions until cancelled.

        Raises KeyTooPowerful or KeyTooWeak: with such a key the service must not run.
        """
        try:
            async with asyncio.TaskGroup() as connecting:
                for venue in self._sessions:
                    connecting.create_task(self._connect(venue, push))
            await asyncio.Event().wait()
        finally:
            self._is_leaving = True
            await self._close_if_idle()

    @asynccontextmanager
    async def session(self, venue: str) -> AsyncIterator[TradingSession]:
        """Lend a venue's session, once it is connected."""
        self._in_use += 1
        try:
            await self._connected[venue].wait()
            yield self._sessions[venue]
        finally:
            self._in_use -= 1
            await self._close_if_idle()

    async def _connect(self, venue: str, push: Push) -> None:
        outage = Outage(f"venue {venue}")
        while True:
            try:
                await self._sessions[venue].connect()
            except VenueUnreachable as error:
                await asyncio.sleep(outage.goes_on(error))
            else:
                break
        outage.is_over()
        structlog.get_logger().info("venue answers to our key, which can trade and not withdraw", venue=venue)
        self._connected[venue].set()
        now = self._now()
        await push(VenueConnected.first(self._new_id(now), STAGE, now, venue=venue))

    async def _close_if_idle(self) -> None:
        # An order under way at a stop still gets its answer; the session goes with the last of them.
        if self._is_leaving and self._in_use == 0:
            for session in self._sessions.values():
                await session.close()
            await self._after_closing()
