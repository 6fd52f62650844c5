"""Which instruments are traded now, and which are set up for it at their venue."""

from collections.abc import Mapping
from datetime import datetime

from poise_common.contracts.core import Output, Run
from poise_common.contracts.market_data import Universe
from poise_common.domain.instruments import Instrument, InstrumentId
from poise_execution.domain.effects import PrepareInstrument
from poise_execution.domain.parameters import OrderParameters
from poise_execution.domain.results import InstrumentPrepared
from poise_execution.domain.retries import Retries


class Listings:
    """The universe's instruments; derivatives are given their leverage and margin type before the first order."""

    def __init__(self, venue_leverage: int, parameters: OrderParameters) -> None:
        self._venue_leverage = venue_leverage
        self._listed: dict[InstrumentId, Instrument] = {}
        self._connected: set[str] = set()
        self._prepared: set[InstrumentId] = set()
        self._failures: dict[InstrumentId, str] = {}
        self._asking: set[InstrumentId] = set()
        self._questions = Retries[InstrumentId](parameters.lookup_pause_s, parameters.lookup_pause_max_s)

    @property
    def listed_instruments(self) -> Mapping[InstrumentId, Instrument]:
        return self._listed

    def why_not_ready(self, instrument: Instrument) -> str | None:
        """Say why an instrument can't be traded yet, or None."""
        if instrument.venue not in self._connected:
            return "the venue does not answer yet"
        if instrument.is_derivative and instrument.id not in self._prepared:
            return self._failures.get(instrument.id, "leverage and margin type are not set yet")
        return None

    def listed(self, universe: Universe) -> list[Output]:
        """Take a universe in place of the last."""
        self._listed = {instrument.id: instrument for asset in universe.assets for instrument in asset.instruments}
        return self._prepare_new()

    def connected(self, venue: str) -> list[Output]:
        """Take note that a venue answers."""
        self._connected.add(venue)
        return self._prepare_new()

    def prepared(self, message: InstrumentPrepared, now: datetime) -> None:
        """Take what came of setting an instrument up; a failure is tried again."""
        key = InstrumentId(message.venue, message.symbol)
        if message.failure is None:
            self._prepared.add(key)
            self._failures.pop(key, None)
            self._questions.settled(key)
        elif key not in self._prepared:
            self._failures[key] = message.failure
            self._questions.again(key, now)

    def tick(self, now: datetime) -> list[Output]:
        """Try again to set up what failed."""
        return [output for key in self._questions.due(now) for output in self._prepare(key)]

    def _prepare_new(self) -> list[Output]:
        new = [
            key
            for key, instrument in self._listed.items()
            if instrument.is_derivative and key.venue in self._connected and key not in self._prepared | self._asking
        ]
        return [output for key in new for output in self._prepare(key)]

    def _prepare(self, key: InstrumentId) -> list[Output]:
        self._asking.add(key)
        if key not in self._listed:
            self._questions.settled(key)
            self._asking.discard(key)
            return []
        self._questions.asked(key)
        return [Run(PrepareInstrument(instrument=self._listed[key], leverage=self._venue_leverage))]
