"""Following one channel of one venue's spot or derivative markets, whatever the connection does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from poise_ingestion.adapters.venue_outage import VenueOutage
from poise_venues.channels import Channel
from poise_venues.errors import FeedGap, VenueError, VenueUnreachable
from poise_venues.live_feeds import LiveFeeds

Take = Callable[[str], Awaitable[None]]
"""Await a symbol's next item and hand it on."""


class ChannelFollower:
    """Keep a channel of a changing set of symbols followed; reconnect by itself, with growing waits, said once."""

    def __init__(
        self,
        feeds: LiveFeeds,
        channel: Channel,
        *,
        name: str,
        outage: VenueOutage,
        take: Take,
        interrupted: Callable[[str], Awaitable[None]],
        silence_max_s: float | None,
    ) -> None:
        self._feeds = feeds
        self._channel = channel
        self._take = take
        self._interrupted = interrupted
        self._silence_max_s = silence_max_s
        self._name = name
        self._outage = outage
        self._wanted: frozenset[str] = frozenset()
        self._changed = asyncio.Event()
        self._last_item_s = 0.0

    def follow(self, symbols: frozenset[str]) -> None:
        """Follow exactly these symbols from now on."""
        if symbols != self._wanted:
            self._wanted = symbols
            self._changed.set()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                await self._follow_while_connected()
            except VenueUnreachable as error:
                for symbol in self._wanted:
                    await self._interrupted(symbol)
                await asyncio.sleep(self._outage.goes_on(self._name, error))

    async def _follow_while_connected(self) -> None:
        pumps: dict[str, asyncio.Task[None]] = {}
        subscribing: set[asyncio.Task[None]] = set()
        self._note_item()
        try:
            while True:
                self._changed.clear()
                await self._stop(pumps, pumps.keys() - self._wanted)
                newcomers = sorted(self._wanted - pumps.keys())
                if newcomers:
                    # The one message for all of them goes out before any of them would ask for itself.
                    subscribing.add(asyncio.create_task(self._feeds.subscribe(self._channel, newcomers)))
                    pumps |= {symbol: asyncio.create_task(self._pump(symbol)) for symbol in newcomers}
                    self._note_item()
                await self._wait(pumps, subscribing)
        finally:
            tasks = [*pumps.values(), *subscribing]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, pumps: dict[str, asyncio.Task[None]], subscribing: set[asyncio.Task[None]]) -> None:
        """Return when the wanted symbols change; raise what broke."""
        changed = asyncio.create_task(self._changed.wait())
        try:
            while not changed.done():
                done, _ = await asyncio.wait(
                    {changed, *pumps.values(), *subscribing},
                    timeout=self._silence_max_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done - {changed}:
                    task.result()
                    subscribing.discard(task)
                if pumps and self._is_silent():
                    self._feeds.drop_connections(self._channel, sorted(pumps))
                    raise VenueUnreachable(
                        self._feeds.venue, f"following {self._name}", f"silent for over {self._silence_max_s:g} s"
                    )
        finally:
            changed.cancel()

    async def _pump(self, symbol: str) -> None:
        while True:
            try:
                await self._take(symbol)
            except FeedGap:
                await self._interrupted(symbol)
            else:
                self._note_item()
                self._outage.is_over(self._name)

    async def _stop(self, pumps: dict[str, asyncio.Task[None]], gone: set[str]) -> None:
        for symbol in gone:
            pumps.pop(symbol).cancel()
        if gone:
            with suppress(VenueError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._feeds.unsubscribe(self._channel, sorted(gone))

    def _note_item(self) -> None:
        self._last_item_s = asyncio.get_running_loop().time()

    def _is_silent(self) -> bool:
        if self._silence_max_s is None:
            return False
        return asyncio.get_running_loop().time() - self._last_item_s > self._silence_max_s
