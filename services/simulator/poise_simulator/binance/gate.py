"""What stands before every handler: key, clock, signature, permission; and the core's refusals after it."""

from __future__ import annotations

from dataclasses import dataclass

from poise_simulator.binance.credentials import check_signature, check_timing, find_key
from poise_simulator.binance.endpoint import Call, Endpoint, Security
from poise_simulator.binance.errors import api_key_refused
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.rate_limits import Pool
from poise_simulator.binance.rejections import from_rejection
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.rejections import Rejected
from poise_simulator.protocol.keys import ApiKey


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request as it came in: what its signature covers, who it says it is, and where it came from."""

    query: str
    body: str
    presented_key: str | None
    address: str


def authorise(venue: Venue, endpoint: Endpoint, parameters: Parameters, sent: SentRequest) -> ApiKey | None:
    """Return the key of a request that proves what its endpoint asks for; raises the venue's refusals."""
    if endpoint.security is Security.NONE:
        return None
    key = find_key(venue.keys, sent.presented_key)
    if endpoint.security is Security.SIGNED:
        check_timing(parameters, venue.now_ms)
        check_signature(key.secret, sent.query, sent.body, parameters.text("signature"))
    require_permission(endpoint, key)
    return key


def require_permission(endpoint: Endpoint, key: ApiKey) -> None:
    """Raise -2015 for a trading endpoint and a key that may not trade."""
    if endpoint.needs_trading and not key.may_trade:
        raise api_key_refused()


def answer(endpoint: Endpoint, call: Call) -> object:
    """Run a handler on an exchange that is up to date; hand out the events it caused."""
    call.venue.synchronise()
    try:
        return endpoint.handle(call)
    except Rejected as rejection:
        market = Market.FUTURES if endpoint.pool is Pool.FUTURES else Market.SPOT
        raise from_rejection(rejection, market) from rejection
    finally:
        call.venue.hand_out_events()
