"""The venues' trading sessions: lent once the venue answers to our key, closed when nothing is under way any more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.platform.outages import Outage
from poise_common.platform.refusals import StartRefused
from poise_common.platform.service import Push
from poise_execution.domain.results import VenueConnected
from poise_venues.errors import KeyTooPowerful, KeyTooWeak, VenueUnreachable
from poise_venues.trading import TradingSession

STAGE = "execution"


class KeyRefused(StartRefused):
    """The venue's key is not one that execution runs with."""


class VenueConnection:
    """One venue's session, as a source: it says when the venue has answered, and lives until the service stops."""

    def __init__(
        self, session: TradingSession, *, now: Clock, new_id: NewId, after_closing: Callable[[], Awaitable[None]]
    ) -> None:
        self.outage = Outage(f"venue {session.venue}")
        self._session = session
        self._now = now
        self._new_id = new_id
        self._after_closing = after_closing
        self._connected = asyncio.Event()
        self._in_use = 0
        self._is_leaving = False

    @property
    def is_up(self) -> bool:
        """Say whether the venue has answered to our key, and answers still."""
        return self._connected.is_set() and not self.outage.lasts

    async def run(self, push: Push) -> None:
        """Connect, and keep the session until cancelled.

        Raises KeyRefused for a key that may move money out, or may not trade: the service must not run with it.
        """
        try:
            await self._connect()
            now = self._now()
            await push(VenueConnected.first(self._new_id(now), STAGE, now, venue=self._session.venue))
            await asyncio.Event().wait()
        finally:
            self._is_leaving = True
            await self._close_if_idle()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TradingSession]:
        """Lend the session, once it is connected."""
        self._in_use += 1
        try:
            await self._connected.wait()
            yield self._session
        finally:
            self._in_use -= 1
            await self._close_if_idle()

    async def _connect(self) -> None:
        while not self._connected.is_set():
            try:
                await self._session.connect()
            except VenueUnreachable as error:
                await asyncio.sleep(self.outage.goes_on(error))
            except (KeyTooPowerful, KeyTooWeak) as error:
                raise KeyRefused(str(error)) from None
            else:
                self.outage.is_over()
                self._connected.set()
        structlog.get_logger().info("venue answers; its key can trade and not withdraw", venue=self._session.venue)

    async def _close_if_idle(self) -> None:
        # An order under way at a stop still gets its answer; the session goes with the last of them.
        if self._is_leaving and self._in_use == 0:
            await self._session.close()
            await self._after_closing()
