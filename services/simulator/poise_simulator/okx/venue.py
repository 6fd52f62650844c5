"""The simulated exchange as OKX's protocol sees it: instrument names, keys, limits."""

from __future__ import annotations

from collections.abc import Callable

from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.okx.errors import no_such_instrument
from poise_simulator.okx.instruments import InstrumentNames, OkxInstrument
from poise_simulator.okx.rate_limits import RateLimits
from poise_simulator.protocol.keys import KeyRing
from poise_simulator.protocol.served import ServedExchange


class OkxVenue(ServedExchange):
    """One exchange behind OKX's protocol."""

    def __init__(
        self, exchange: Exchange, *, clock_ms: Callable[[], int], keys: KeyRing, limits: RateLimits | None = None
    ) -> None:
        """Serve an exchange to those who hold `keys`."""
        self.names = InstrumentNames()
        self.tags: dict[int, str] = {}
        """What clients tagged their orders with, by order id; the exchange has no use for it."""
        super().__init__(exchange, clock_ms)
        self.keys = keys
        self.limits = limits or RateLimits()

    def instrument(self, inst_id: str) -> OkxInstrument:
        """Return an instrument by the venue's name; raises 51001 for a name that means nothing."""
        found = self.names.find(inst_id)
        if found is None:
            raise no_such_instrument()
        return found

    def named(self, market: Market, symbol: str) -> OkxInstrument:
        """Return the venue's instrument of one of the exchange's books."""
        return self.names.of(market, symbol)

    def _relisted(self) -> None:
        self.names.learn(self._instruments.values())
