import asyncio
from collections.abc import Mapping

from poise_common.domain.instruments import InstrumentId
from poise_ingestion.adapters.venue_outage import VenueOutage
from poise_ingestion.adapters.venue_scanner import VenueScan
from poise_ingestion.adapters.venue_scans import ScansDone, VenueScans
from poise_venues.errors import VenueUnreachable

NOTHING = VenueScan(assets=(), peg_pairs=())


class Scanner:
    """A venue that is scanned once the test says so."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.error: Exception | None = None
        self.begun = 0

    async def scan(self, reliability_pct: Mapping[InstrumentId, float]) -> VenueScan:
        self.begun += 1
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        return NOTHING

    def ends(self, error: Exception | None = None) -> None:
        self.error = error
        self.may_end.set()


class Rig:
    def __init__(self, others_wait_s: float = 0.0) -> None:
        self.first, self.second = Scanner(), Scanner()
        scanners = {"paper": self.first, "other": self.second}
        self.scans = VenueScans(scanners, {name: VenueOutage(name) for name in scanners}, others_wait_s=others_wait_s)

    async def run(self) -> ScansDone:
        return await self.scans.run({})


async def test_a_slow_venue_holds_up_none_of_the_others() -> None:
    rig = Rig()
    rig.first.ends()
    done = await rig.run()
    assert set(done.scans) == {"paper"}
    assert set(done.unreached) == {"other"}


async def test_what_was_not_waited_for_is_taken_up_with_the_next_scan() -> None:
    rig = Rig()
    rig.first.ends()
    await rig.run()
    rig.second.ends()
    await asyncio.sleep(0)
    done = await rig.run()
    assert set(done.scans) == {"paper", "other"}
    assert (rig.first.begun, rig.second.begun) == (2, 1)


async def test_others_that_make_it_in_time_are_waited_for() -> None:
    rig = Rig(others_wait_s=60)
    rig.first.ends()
    running = asyncio.create_task(rig.run())
    await asyncio.sleep(0)
    rig.second.ends()
    assert set((await running).scans) == {"paper", "other"}


async def test_a_venue_that_fails_at_once_does_not_end_the_wait_for_one_that_answers() -> None:
    rig = Rig()
    rig.first.ends(VenueUnreachable("paper", "scanning", "is away"))
    running = asyncio.create_task(rig.run())
    await asyncio.sleep(0)
    assert not running.done()
    rig.second.ends()
    done = await running
    assert set(done.scans) == {"other"}
    assert "is away" in done.unreached["paper"]


async def test_where_all_fail_every_reason_is_told() -> None:
    rig = Rig()
    rig.first.ends(VenueUnreachable("paper", "scanning", "one"))
    rig.second.ends(VenueUnreachable("other", "scanning", "two"))
    done = await rig.run()
    assert done.scans == {}
    assert "one" in done.unreached["paper"]
    assert "two" in done.unreached["other"]
