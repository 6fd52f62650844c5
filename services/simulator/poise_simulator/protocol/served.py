"""An exchange behind a protocol: its clock, its instruments, and who hears of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from poise_simulator.domain.events import Event
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Instrument, Market

Listener = Callable[[list[Event]], None]


class ServedExchange:
    """One exchange as any protocol serves it. All calls come from one event loop, so each is atomic."""

    def __init__(self, exchange: Exchange, clock_ms: Callable[[], int]) -> None:
        """Serve an exchange by a clock in epoch milliseconds."""
        self.exchange = exchange
        self.clock_skew_ms = 0
        self._clock_ms = clock_ms
        self._listeners: list[Listener] = []
        self._instruments = dict(exchange.instruments)
        self._relisted()

    @property
    def now_ms(self) -> int:
        """Return the time that the venue shows and checks, in epoch milliseconds."""
        return self._clock_ms() + self.clock_skew_ms

    @property
    def engine_ms(self) -> int:
        """Return the time that the matching engine and the streams' timers go by: never skewed."""
        return self._clock_ms()

    @property
    def is_in_maintenance(self) -> bool:
        """Return whether nothing is answered, and every socket dropped and refused."""
        return self.exchange.is_in_maintenance

    def listen(self, listener: Listener) -> None:
        """Hand every later event to `listener`, in order."""
        self._listeners.append(listener)

    def synchronise(self) -> None:
        """Bring the exchange to the present and hand out what happened."""
        self.exchange.advance(self.engine_ms)
        self._instruments = dict(self.exchange.instruments)
        self._relisted()
        self.hand_out_events()

    def hand_out_events(self) -> None:
        """Give what happened since the last call to the listeners."""
        events = self.exchange.drain_events()
        if events:
            for listener in self._listeners:
                listener(events)

    def find_instrument(self, market: Market, symbol: str) -> Instrument | None:
        """Return an instrument as it is now, None for a symbol that the market doesn't have."""
        return self._instruments.get((market, symbol))

    def has(self, market: Market, symbol: str) -> bool:
        """Tell whether a market has a symbol."""
        return (market, symbol) in self._instruments

    def instruments(self, market: Market) -> Iterator[Instrument]:
        """Return all instruments that a market lists; what was delivered long ago can still be found by its symbol."""
        return (known for (of, _), known in self._instruments.items() if of is market and known.is_listed)

    def _relisted(self) -> None:
        """Take note of what is listed now, before anybody hears of what happened."""
