"""Shows a running desk while it trades: a live table in a terminal, a line now and then elsewhere."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from rich.console import Console
from rich.live import Live

from poise.demo.desk_view import DeskView
from poise.demo.live_view import render
from poise.demo.record import Record
from poise.demo.watch import DeskWatch

_REFRESH_S = 0.5
_PLAIN_LINE_EVERY_S = 15


class Screen:
    """Show one desk; `seconds_left` tells how long it still trades, None before the clock runs."""

    def __init__(self, console: Console, view: DeskView, seconds_left: Callable[[], float | None]) -> None:
        self._console = console
        self._view = view
        self._seconds_left = seconds_left

    def say(self, text: str) -> None:
        """Add a line to the log; print it where there is no live table to show it."""
        self._view.say(text)
        if not self._console.is_terminal or self._seconds_left() is None:
            self._console.print(text, highlight=False, soft_wrap=True)

    @contextlib.asynccontextmanager
    async def shown(self, watch: DeskWatch, record: Record) -> AsyncIterator[None]:
        """Show the desk for as long as the block lasts."""
        showing = asyncio.create_task(self._show(watch, record))
        try:
            yield
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    async def _show(self, watch: DeskWatch, record: Record) -> None:
        if not self._console.is_terminal:
            while True:
                await asyncio.sleep(_PLAIN_LINE_EVERY_S)
                await self._refresh(watch, record)
                self._console.print(_line(self._view, self._seconds_left()), highlight=False, soft_wrap=True)
        with Live(render(self._view, self._seconds_left()), console=self._console, auto_refresh=False) as live:
            while True:
                await self._refresh(watch, record)
                live.update(render(self._view, self._seconds_left()), refresh=True)
                await asyncio.sleep(_REFRESH_S)

    async def _refresh(self, watch: DeskWatch, record: Record) -> None:
        for at, text in await record.news():
            self._view.say(text, at)
        self._view.latency = await record.latency()
        self._view.counts = {
            "books": await watch.published("md.books.<tier>"),
            "signals": await watch.published("signals"),
            "requests": await watch.published("execution.requests"),
        }


def _line(view: DeskView, seconds_left: float | None) -> str:
    counts = ", ".join(f"{name} {count:,}" for name, count in view.counts.items())
    held = len(view.portfolio.packages) if view.portfolio else 0
    equity = f"${view.portfolio.equity_usd:,.2f}" if view.portfolio else "unknown"
    line = f"{max(0.0, seconds_left or 0):.0f} s left: {counts}; {held} packages held; equity {equity}"
    return line if view.scenario is None else f"{line}; {view.scenario}"
