"""Crises on command: `/sim/v1/scenarios`."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from poise_simulator.binance.venue import Venue
from poise_simulator.control.answers import RefusedError, json_answer, read_body
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.scenarios.presets import PRESETS


class ScenarioRequest(BaseModel):
    """What `POST /sim/v1/scenarios/<name>` takes; what is not given is the preset's own."""

    model_config = ConfigDict(extra="forbid")

    duration_s: float | None = Field(default=None, gt=0)
    asset: str | None = None


def scenario_routes(venue: Venue) -> list[web.RouteDef]:
    """Return the routes of `/sim/v1/scenarios`."""

    async def listed(_: web.Request) -> web.Response:
        venue.synchronise()
        presets = [
            {"name": one.name, "summary": one.summary, "strikes": one.scope, "duration_s": one.duration_s}
            for one in PRESETS.values()
        ]
        return json_answer({"presets": presets, "running": venue.exchange.scenarios()})

    async def start(request: web.Request) -> web.Response:
        wanted = await read_body(request, ScenarioRequest)
        venue.synchronise()
        try:
            started = venue.exchange.start_scenario(
                request.match_info["name"], duration_s=wanted.duration_s, asset=wanted.asset
            )
        except Rejected as rejection:
            raise _refusal(rejection) from rejection
        return json_answer(started)

    async def end(request: web.Request) -> web.Response:
        venue.synchronise()
        try:
            venue.exchange.end_scenario(request.match_info["name"])
        except Rejected as rejection:
            raise _refusal(rejection) from rejection
        return json_answer({})

    return [
        web.get("/sim/v1/scenarios", listed),
        web.post("/sim/v1/scenarios/{name}", start),
        web.delete("/sim/v1/scenarios/{name}", end),
    ]


def _refusal(rejection: Rejected) -> RefusedError:
    unknown = {RejectReason.UNKNOWN_SCENARIO, RejectReason.SCENARIO_RUNS_NOT}
    status = HTTPStatus.NOT_FOUND if rejection.reason in unknown else HTTPStatus.BAD_REQUEST
    return RefusedError(str(rejection), status)
