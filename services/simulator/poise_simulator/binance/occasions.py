"""What a request is to the fault plan: its class, account, market, symbol and order."""

from __future__ import annotations

from poise_simulator.binance.endpoint import Endpoint
from poise_simulator.binance.errors import VenueError
from poise_simulator.binance.gate import SentRequest
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.rate_limits import Pool
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.instruments import Market
from poise_simulator.faults.targets import Occasion, Target

_TARGETS: dict[str, Target] = {
    **dict.fromkeys(
        ("POST /api/v3/order", "POST /fapi/v1/order", "POST /fapi/v1/batchOrders"),
        Target.ORDER_ENTRY,
    ),
    **dict.fromkeys(
        (
            "DELETE /api/v3/order",
            "DELETE /api/v3/openOrders",
            "DELETE /fapi/v1/order",
            "DELETE /fapi/v1/batchOrders",
            "DELETE /fapi/v1/allOpenOrders",
        ),
        Target.CANCEL,
    ),
    **dict.fromkeys(("GET /api/v3/order", "GET /fapi/v1/order", "GET /fapi/v1/openOrder"), Target.ORDER_QUERY),
    **dict.fromkeys(
        ("GET /api/v3/openOrders", "GET /api/v3/allOrders", "GET /fapi/v1/openOrders", "GET /fapi/v1/allOrders"),
        Target.ORDERS,
    ),
    **dict.fromkeys(("GET /api/v3/myTrades", "GET /fapi/v1/userTrades"), Target.TRADES),
    **dict.fromkeys(
        (
            "GET /api/v3/account",
            "GET /sapi/v1/capital/config/getall",
            "GET /fapi/v1/income",
            *(
                f"GET /fapi/v{version}/{what}"
                for version in (1, 2, 3)
                for what in ("balance", "account", "positionRisk")
            ),
        ),
        Target.ACCOUNT,
    ),
}


def occasion_of(venue: Venue, endpoint: Endpoint, sent: SentRequest) -> Occasion:
    """Describe a request; what it doesn't say, or says wrongly, is left out."""
    what = f"{endpoint.method} {endpoint.path}"
    try:
        parameters = Parameters.parse(sent.query, sent.body)
    except VenueError:
        parameters = Parameters({})
    return Occasion(
        target=_TARGETS.get(what, Target.ANY_REST),
        what=what,
        account_id=_account_id(venue, sent.presented_key),
        market=Market.FUTURES if endpoint.pool is Pool.FUTURES else Market.SPOT,
        symbol=_given(parameters, "symbol"),
        client_order_id=_given(parameters, "newClientOrderId") or _given(parameters, "origClientOrderId"),
        takes_liquidity=_given(parameters, "type") == "LIMIT" and _given(parameters, "timeInForce") == "IOC",
    )


def _account_id(venue: Venue, presented_key: str | None) -> str | None:
    key = venue.keys.find(presented_key)
    return None if key is None else key.account_id


def _given(parameters: Parameters, name: str) -> str | None:
    return parameters.text(name) if name in parameters else None
