"""What an endpoint is: path, limit, security, and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from poise_simulator.domain.account_queries import AccountQueries
from poise_simulator.faults.targets import Target
from poise_simulator.okx.errors import unauthorised
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.parameters import Parameters
from poise_simulator.okx.rate_limits import RateLimit
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.keys import ApiKey
from poise_simulator.protocol.treatment import USUAL, Treatment

PREFIX = "/api/v5/"


class Security(Enum):
    """What a request must prove."""

    PUBLIC = "public"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer with a code of its own: "1" when all rows failed, "2" when some did."""

    rows: Sequence[Mapping[str, object]]
    code: str = "0"
    message: str = ""

    def body(self) -> dict[str, object]:
        """Return the envelope as the venue sends it."""
        return {"code": self.code, "data": self.rows, "msg": self.message}


Rows = Sequence[Mapping[str, object]] | Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Call:
    """One accepted request on its way to its handler; `rows` are the objects of a body, `parameters` the first."""

    venue: OkxVenue
    rows: list[Parameters]
    address: str
    api_key: ApiKey | None
    treatment: Treatment = USUAL

    @property
    def parameters(self) -> Parameters:
        """Return the request's parameters, or those of its first row."""
        return self.rows[0]

    @property
    def shown(self) -> AccountQueries:
        """Return the accounts as this request gets to see them."""
        exchange, lag_ms = self.venue.exchange, self.treatment.lag_ms
        return exchange.lagging(lag_ms) if lag_ms else exchange

    @property
    def account_id(self) -> str:
        """Return the account that the API key opens; raises 50103 without one."""
        if self.api_key is None:
            raise unauthorised(50103, 'Request header "OK-ACCESS-KEY" cannot be empty.')
        return self.api_key.account_id

    @property
    def instrument(self) -> OkxInstrument:
        """Return the mandatory `instId`'s instrument; raises 50014 without it, 51001 for an unknown one."""
        return self.venue.instrument(self.parameters.text("instId"))


Handler = Callable[[Call], Rows | Outcome]
"""Answer with rows, which go out under code 0, or with an outcome; raises `OkxError` or the exchange's `Rejected`."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One verb on one path. `target` is the class of requests that it is of to faults.

    A request of one row counts against the limit of `alone`, where there is such an endpoint.
    """

    method: str
    path: str
    limit: RateLimit
    handle: Handler
    security: Security = Security.SIGNED
    needs_trading: bool = False
    target: Target = Target.ANY_REST
    alone: Endpoint | None = None


def public(path: str, requests_per_2_s: int, handle: Handler) -> Endpoint:
    """Return a GET endpoint below `/api/v5/` that asks for no key, limited by address."""
    return Endpoint("GET", PREFIX + path, RateLimit(requests_per_2_s), handle, Security.PUBLIC)
