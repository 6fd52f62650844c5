"""The simulated exchange as its protocol sees it: clock, keys, limits, and who hears of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http import HTTPStatus

from poise_simulator.binance.credentials import KeyRing
from poise_simulator.binance.errors import VenueError, invalid_symbol
from poise_simulator.binance.listen_keys import ListenKeys
from poise_simulator.binance.rate_limits import RateLimits
from poise_simulator.domain.events import Event
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Instrument, Market

Listener = Callable[[list[Event]], None]


class Venue:
    """One exchange behind the protocol. All calls come from one event loop, so each is atomic."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        clock_ms: Callable[[], int],
        keys: KeyRing,
        limits: RateLimits,
        listen_keys: ListenKeys,
    ) -> None:
        self.exchange = exchange
        self.keys = keys
        self.limits = limits
        self.listen_keys = listen_keys
        self.clock_skew_ms = 0
        self._clock_ms = clock_ms
        self._listeners: list[Listener] = []
        self._instruments = dict(exchange.instruments)

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
        self.hand_out_events()

    def hand_out_events(self) -> None:
        """Give what happened since the last call to the listeners."""
        events = self.exchange.drain_events()
        if events:
            for listener in self._listeners:
                listener(events)

    def instrument(self, market: Market, symbol: str) -> Instrument:
        """Return an instrument; raises -1121 for a symbol that the market doesn't have."""
        found = self._instruments.get((market, symbol))
        if found is None:
            raise invalid_symbol()
        return found

    def has(self, market: Market, symbol: str) -> bool:
        """Tell whether a market has a symbol."""
        return (market, symbol) in self._instruments

    def instruments(self, market: Market) -> Iterator[Instrument]:
        """Return all instruments of a market."""
        return (known for (of, _), known in self._instruments.items() if of is market)


def not_simulated(what: str) -> VenueError:
    """Return the refusal of what the venue has and the simulator hasn't."""
    return VenueError(-1000, f"{what} is not simulated.", HTTPStatus.BAD_REQUEST)
