"""The simulated exchange as its protocol sees it: keys, limits and listen keys."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from poise_simulator.binance.errors import VenueError, invalid_symbol
from poise_simulator.binance.listen_keys import ListenKeys
from poise_simulator.binance.rate_limits import RateLimits
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.protocol.keys import KeyRing
from poise_simulator.protocol.served import ServedExchange


class Venue(ServedExchange):
    """One exchange behind Binance's protocol."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        clock_ms: Callable[[], int],
        keys: KeyRing,
        limits: RateLimits,
        listen_keys: ListenKeys,
    ) -> None:
        super().__init__(exchange, clock_ms)
        self.keys = keys
        self.limits = limits
        self.listen_keys = listen_keys

    def instrument(self, market: Market, symbol: str) -> Instrument:
        """Return an instrument; raises -1121 for a symbol that the market doesn't have."""
        found = self.find_instrument(market, symbol)
        if found is None:
            raise invalid_symbol()
        return found


def not_simulated(what: str) -> VenueError:
    """Return the refusal of what the venue has and the simulator hasn't."""
    return VenueError(-1000, f"{what} is not simulated.", HTTPStatus.BAD_REQUEST)
