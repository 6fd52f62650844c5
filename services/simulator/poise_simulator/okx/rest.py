"""REST over HTTP: requests in, the venue's envelopes out."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from poise_simulator.faults.plan import FaultPlan
from poise_simulator.okx.catalogue import ENDPOINTS
from poise_simulator.okx.endpoint import Call, Endpoint, Outcome
from poise_simulator.okx.errors import OkxError, in_maintenance
from poise_simulator.okx.gate import SentRequest, answer, authorise, charge
from poise_simulator.okx.occasions import occasion_of
from poise_simulator.okx.parameters import Parameters, parse_body
from poise_simulator.okx.reference_data import STATUS_PATH
from poise_simulator.okx.struck import OkxVoice, error_response
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.struck import answer_struck
from poise_simulator.protocol.treatment import USUAL, Treatment


def rest_routes(venue: OkxVenue, faults: FaultPlan) -> list[web.RouteDef]:
    """Return a route for every endpoint, and the venue's answer for any other path below its own."""
    routes = [web.route(item.method, item.path, _handler(venue, faults, item)) for item in ENDPOINTS]
    return [*routes, web.route("*", "/api/v5/{rest:.*}", _no_such_path)]


def respond(venue: OkxVenue, endpoint: Endpoint, sent: SentRequest, treatment: Treatment = USUAL) -> web.Response:
    """Answer one request: authorise, count, run; any refusal becomes the venue's envelope."""
    try:
        if venue.is_in_maintenance and endpoint.path != STATUS_PATH:
            raise in_maintenance()
        venue.limits.check_ban(sent.address, venue.now_ms)
        key = authorise(venue, endpoint, sent)
        rows = [Parameters.of_query(sent.query)] if endpoint.method == "GET" else parse_body(sent.body)
        charge(venue, endpoint, sent.address, key, rows)
        outcome = answer(endpoint, Call(venue, rows, sent.address, key, treatment))
    except OkxError as error:
        return error_response(error)
    body = outcome.body() if isinstance(outcome, Outcome) else {"code": "0", "msg": "", "data": outcome}
    return web.json_response(body=orjson.dumps(body))


def _handler(venue: OkxVenue, faults: FaultPlan, endpoint: Endpoint) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        sent = SentRequest(
            method=request.method,
            path_with_query=request.raw_path,
            query=request.rel_url.raw_query_string,
            body=await request.text() if request.can_read_body else "",
            headers=request.headers,
            address=request.remote or "",
        )
        strike = faults.strike(occasion_of(venue, endpoint, sent), venue.now_ms) if not faults.is_sound() else None
        if strike is not None:
            return await answer_struck(request, strike, partial(respond, venue, endpoint, sent), OkxVoice())
        return respond(venue, endpoint, sent)

    return handle


async def _no_such_path(_: web.Request) -> web.StreamResponse:
    body = {"code": "404", "data": [], "msg": "Not Found"}
    return web.json_response(body=orjson.dumps(body), status=HTTPStatus.NOT_FOUND)
