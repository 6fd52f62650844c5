"""Several exchanges of one world as the simulated desk's outside: each effect goes to its venue, a scan to all."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from poise.simulation.exchange_scanner import STAGE
from poise.simulation.venue import SimulatedVenue
from poise_common.contracts.message import Message
from poise_common.contracts.streams import Service
from poise_common.domain.ids import NewId
from poise_execution.domain import effects as orders
from poise_ingestion.domain import effects as feeds
from poise_ingestion.domain.observations import MarketsScanned, ScanFailed

_OF_AN_INSTRUMENT = (
    orders.SubmitOrder,
    orders.CancelOrder,
    orders.LookUpOrder,
    orders.FetchTrades,
    orders.PrepareInstrument,
    feeds.ReadMissingMinutes,
    feeds.ReadFundingTerms,
)


class SimulatedVenues:
    """Move venues together; what is nobody's in particular is the first one's."""

    def __init__(self, venues: Mapping[str, SimulatedVenue], new_id: NewId) -> None:
        self._venues = dict(venues)
        self._first = next(iter(self._venues.values()))
        self._new_id = new_id

    def advance(self, now: datetime) -> Iterator[tuple[Service, Message]]:
        """Move all to `now` and return what arrives at the desk, venue by venue."""
        for venue in self._venues.values():
            yield from venue.advance(now)

    @property
    def answers_lost(self) -> int:
        """Return how many order requests went without an answer."""
        return sum(venue.answers_lost for venue in self._venues.values())

    def run(self, service: Service, effect: object, now: datetime) -> None:
        """Take an effect of ingestion or execution."""
        match effect:
            case feeds.FollowFeeds(instruments):
                for name, venue in self._venues.items():
                    own = tuple(one for one in instruments if one.instrument.venue == name)
                    venue.run(service, feeds.FollowFeeds(own), now)
            case feeds.ScanMarkets() if len(self._venues) > 1:
                self._first.bring(service, self._scan(now))
            case _:
                self._venue_of(effect).run(service, effect, now)

    def lost(self, service: Service) -> None:
        """Let what a dead process asked for go on, unheard."""
        for venue in self._venues.values():
            venue.lost(service)

    def returned(self, service: Service, now: datetime) -> None:
        """Let the sources of a new process begin."""
        for venue in self._venues.values():
            venue.returned(service, now)

    def _venue_of(self, effect: object) -> SimulatedVenue:
        if isinstance(effect, _OF_AN_INSTRUMENT):
            return self._venues[effect.instrument.venue]
        if isinstance(effect, feeds.ReadHistory):
            return self._venues[effect.followed.instrument.venue]
        if isinstance(effect, orders.ReadAccount | orders.FetchAccountTrades):
            return self._venues[effect.venue]
        return self._first

    def _scan(self, now: datetime) -> Message:
        """Put the venues' scans together, as ingestion's adapter does."""
        told = {name: venue.scan(now) for name, venue in self._venues.items()}
        scans = [scan for scan in told.values() if isinstance(scan, MarketsScanned)]
        if not scans:
            return ScanFailed.first(self._new_id(now), STAGE, now, reason="no venue answers")
        return MarketsScanned.first(
            self._new_id(now),
            STAGE,
            now,
            assets=tuple(asset for scan in scans for asset in scan.assets),
            peg_pairs=tuple(pair for scan in scans for pair in scan.peg_pairs),
            unreached_venues=tuple(name for name, scan in told.items() if not isinstance(scan, MarketsScanned)),
        )
