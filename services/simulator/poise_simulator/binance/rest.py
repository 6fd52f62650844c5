"""REST over HTTP: requests in, the venue's answers, error envelopes and usage headers out."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from poise_simulator.binance.catalogue import ENDPOINTS
from poise_simulator.binance.endpoint import Call, Endpoint
from poise_simulator.binance.errors import VenueError, in_maintenance
from poise_simulator.binance.gate import SentRequest, answer, authorise
from poise_simulator.binance.occasions import occasion_of
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.rate_limits import Pool
from poise_simulator.binance.struck import BinanceVoice
from poise_simulator.binance.venue import Venue
from poise_simulator.binance.wallet import SYSTEM_STATUS_PATH
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.protocol.keys import ApiKey
from poise_simulator.protocol.struck import answer_struck
from poise_simulator.protocol.treatment import USUAL, Treatment

JSON = "application/json;charset=UTF-8"
_ORDER_PATHS = ("/order", "/batchOrders")


def rest_routes(venue: Venue, faults: FaultPlan) -> list[web.RouteDef]:
    """Return a route for every endpoint, and the venue's answer for any other path below its own."""
    routes = [web.route(item.method, item.path, _handler(venue, faults, item)) for item in ENDPOINTS]
    unknown = ("/api/{rest:.*}", "/sapi/{rest:.*}", "/fapi/{rest:.*}", "/dapi/{rest:.*}", "/futures/data/{rest:.*}")
    return [*routes, *(web.route("*", path, _no_such_path) for path in unknown)]


def _handler(venue: Venue, faults: FaultPlan, endpoint: Endpoint) -> Handler:
    voice = BinanceVoice()

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.text() if request.can_read_body else ""
        sent = SentRequest(
            query=request.rel_url.raw_query_string,
            body=body,
            presented_key=request.headers.get("X-MBX-APIKEY"),
            address=request.remote or "",
        )
        strike = faults.strike(occasion_of(venue, endpoint, sent), venue.now_ms) if not faults.is_sound() else None
        if strike is not None:
            return await answer_struck(request, strike, partial(respond, venue, endpoint, sent), voice)
        return respond(venue, endpoint, sent)

    return handle


def respond(venue: Venue, endpoint: Endpoint, sent: SentRequest, treatment: Treatment = USUAL) -> web.Response:
    """Answer one request: weigh, authorise, run; any refusal becomes the venue's error envelope."""
    headers: dict[str, str] = {}
    try:
        if venue.is_in_maintenance and endpoint.path != SYSTEM_STATUS_PATH:
            raise in_maintenance()
        parameters, refusal = _parse(sent)
        weight = endpoint.weight(parameters) if refusal is None else 1
        used = venue.limits.charge(sent.address, endpoint.pool, weight, venue.now_ms)
        headers |= _weight_headers(endpoint.pool, used)
        if refusal is not None:
            raise refusal
        key = authorise(venue, endpoint, parameters, sent)
        payload = answer(endpoint, Call(venue, parameters, sent.address, key, treatment))
        headers |= _order_headers(venue, endpoint, key)
    except VenueError as error:
        if error.retry_after_s is not None:
            headers["Retry-After"] = str(error.retry_after_s)
        return web.Response(
            body=orjson.dumps(error.body()),
            status=error.status,
            headers={**headers, "Content-Type": JSON},
        )
    return web.Response(body=orjson.dumps(payload), headers={**headers, "Content-Type": JSON})


def _parse(sent: SentRequest) -> tuple[Parameters, VenueError | None]:
    try:
        return Parameters.parse(sent.query, sent.body), None
    except VenueError as error:
        return Parameters({}), error


def _weight_headers(pool: Pool, used: int) -> dict[str, str]:
    if pool is Pool.WALLET:
        return {"X-SAPI-USED-IP-WEIGHT-1M": str(used)}
    headers = {"X-MBX-USED-WEIGHT-1M": str(used)}
    if pool is Pool.SPOT:
        headers["X-MBX-USED-WEIGHT"] = str(used)
    return headers


def _order_headers(venue: Venue, endpoint: Endpoint, key: ApiKey | None) -> dict[str, str]:
    if key is None or endpoint.method != "POST" or not endpoint.path.endswith(_ORDER_PATHS):
        return {}
    usage = venue.limits.order_usage(key.account_id, endpoint.pool, venue.now_ms)
    return {f"X-MBX-ORDER-COUNT-{window.name}": str(used) for window, used in usage}


async def _no_such_path(request: web.Request) -> web.StreamResponse:
    body = {"code": -5000, "msg": f"Path {request.path}, Method {request.method} is invalid"}
    return web.Response(body=orjson.dumps(body), status=HTTPStatus.NOT_FOUND, headers={"Content-Type": JSON})
