"""What an endpoint is: path, weight, security, and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from poise_simulator.binance.errors import api_key_refused
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.rate_limits import Pool
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.account_queries import AccountQueries
from poise_simulator.domain.instruments import Market
from poise_simulator.protocol.keys import ApiKey
from poise_simulator.protocol.treatment import USUAL, Treatment


class Security(Enum):
    """What a request must prove."""

    NONE = "none"
    API_KEY = "api key"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Call:
    """One accepted request on its way to its handler."""

    venue: Venue
    parameters: Parameters
    address: str
    api_key: ApiKey | None
    treatment: Treatment = USUAL

    @property
    def shown(self) -> AccountQueries:
        """Return the accounts as this request gets to see them."""
        exchange, lag_ms = self.venue.exchange, self.treatment.lag_ms
        return exchange.lagging(lag_ms) if lag_ms else exchange

    @property
    def account_id(self) -> str:
        """Return the account that the API key opens; raises -2015 without one."""
        if self.api_key is None:
            raise api_key_refused()
        return self.api_key.account_id


Handler = Callable[[Call], object]
Weigh = Callable[[Parameters], int]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One verb on one path. `weigh` is a constant or a function of the parameters."""

    method: str
    path: str
    weigh: int | Weigh
    security: Security
    handle: Handler
    needs_trading: bool = False

    @property
    def pool(self) -> Pool:
        """Return the weight budget this path draws on."""
        if self.path.startswith(("/fapi", "/futures", "/dapi")):
            return Pool.FUTURES
        return Pool.WALLET if self.path.startswith("/sapi") else Pool.SPOT

    def weight(self, parameters: Parameters) -> int:
        """Return what a request with these parameters costs."""
        return self.weigh if isinstance(self.weigh, int) else self.weigh(parameters)


def by_symbol(with_symbol: int, without: int) -> Weigh:
    """Return a weight that depends on whether a symbol was named."""
    return lambda parameters: with_symbol if "symbol" in parameters else without


def by_limit(default_limit: int, *steps: tuple[int, int]) -> Weigh:
    """Return a weight by `limit`: the cost of the first (largest limit, cost) step that covers it."""

    def weigh(parameters: Parameters) -> int:
        limit = parameters.optional_integer("limit") or default_limit
        return next((cost for largest, cost in steps if limit <= largest), steps[-1][1])

    return weigh


def on_market(market: Market, handle: Callable[[Market, Call], object]) -> Handler:
    """Return a handler that is the same on both markets, bound to one."""

    def answer(call: Call) -> object:
        return handle(market, call)

    return answer


def public(path: str, weigh: int | Weigh, handle: Handler) -> Endpoint:
    """Return a GET endpoint that asks for no key."""
    return Endpoint("GET", path, weigh, Security.NONE, handle)
