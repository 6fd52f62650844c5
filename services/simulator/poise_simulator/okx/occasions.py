"""What a request is to the fault plan: its class, account, market, symbol and order."""

from __future__ import annotations

from poise_simulator.faults.targets import Occasion
from poise_simulator.okx.endpoint import Endpoint
from poise_simulator.okx.errors import OkxError
from poise_simulator.okx.gate import SentRequest
from poise_simulator.okx.parameters import Parameters, readable
from poise_simulator.okx.venue import OkxVenue

_TAKES_LIQUIDITY = frozenset({"ioc", "fok", "optimal_limit_ioc"})


def occasion_of(venue: OkxVenue, endpoint: Endpoint, sent: SentRequest) -> Occasion:
    """Describe a request by its first row; what it doesn't say, or says wrongly, is left out."""
    parameters = readable(sent.query, sent.body)
    key = venue.keys.find(sent.headers.get("OK-ACCESS-KEY"))
    return describe(venue, endpoint, parameters, None if key is None else key.account_id)


def describe(venue: OkxVenue, endpoint: Endpoint, parameters: Parameters, account_id: str | None) -> Occasion:
    """Describe one row of a request of an account."""
    inst_id = _given(parameters, "instId")
    instrument = None if inst_id is None else venue.names.find(inst_id)
    return Occasion(
        target=endpoint.target,
        what=f"{endpoint.method} {endpoint.path}",
        account_id=account_id,
        market=None if instrument is None else instrument.listed.market,
        symbol=None if instrument is None else instrument.listed.symbol,
        client_order_id=_given(parameters, "clOrdId"),
        takes_liquidity=_given(parameters, "ordType") in _TAKES_LIQUIDITY,
    )


def _given(parameters: Parameters, name: str) -> str | None:
    try:
        return parameters.optional_text(name)
    except OkxError:
        return None
