"""Scanning every venue, side by side: one that is slow or silent holds up none of the others."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from poise_common.domain.instruments import InstrumentId
from poise_ingestion.adapters.venue_outage import VenueOutage
from poise_ingestion.adapters.venue_scanner import VenueScan
from poise_venues.errors import VenueError

_PART = "markets"
_UNDER_WAY = "the scan is still under way"


class Scanner(Protocol):
    """Measures one venue's markets."""

    def scan(self, reliability_pct: Mapping[InstrumentId, float]) -> Coroutine[Any, Any, VenueScan]:
        """Return every asset and the peg pairs; VenueError where that fails."""
        ...


@dataclass(frozen=True, slots=True)
class ScansDone:
    """What scanning came to, by venue: what was found, or why nothing was."""

    scans: Mapping[str, VenueScan]
    unreached: Mapping[str, str]


class VenueScans:
    """Scan all venues; a scan that others don't wait for goes on, and the next call takes it up."""

    def __init__(
        self, scanners: Mapping[str, Scanner], outages: Mapping[str, VenueOutage], *, others_wait_s: float
    ) -> None:
        self._scanners = scanners
        self._outages = outages
        self._others_wait_s = others_wait_s
        self._under_way: dict[str, asyncio.Task[VenueScan]] = {}

    async def run(self, reliability_pct: Mapping[InstrumentId, float]) -> ScansDone:
        """Return once one venue is scanned, or none can be, and the others had their time."""
        for venue, scanner in self._scanners.items():
            if venue not in self._under_way:
                self._under_way[venue] = _started(scanner.scan(reliability_pct))
        tasks = set(self._under_way.values())
        waiting = tasks
        while waiting and not any(_is_good(task) for task in tasks - waiting):
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if waiting:
            await asyncio.wait(waiting, timeout=self._others_wait_s)
        return self._taken()

    def _taken(self) -> ScansDone:
        scans: dict[str, VenueScan] = {}
        unreached: dict[str, str] = {}
        for venue, task in list(self._under_way.items()):
            if not task.done():
                unreached[venue] = _UNDER_WAY
                continue
            del self._under_way[venue]
            try:
                scans[venue] = task.result()
            except VenueError as error:
                self._outages[venue].goes_on(_PART, error)
                unreached[venue] = str(error)
            else:
                self._outages[venue].is_over(_PART)
        return ScansDone(scans, unreached)


def _started(scan: Coroutine[Any, Any, VenueScan]) -> asyncio.Task[VenueScan]:
    task = asyncio.create_task(scan)
    # Where the process ends before anybody takes the outcome up, its failure is nobody's business any more.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def _is_good(task: asyncio.Task[VenueScan]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
