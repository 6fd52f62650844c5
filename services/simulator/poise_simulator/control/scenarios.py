"""Crises on command: `/sim/v1/scenarios`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from poise_simulator.control.answers import RefusedError, json_answer, read_body
from poise_simulator.control.hosted import Hosted
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.scenarios.presets import PRESETS

_SPANS = ("world", "venue")


class ScenarioRequest(BaseModel):
    """What `POST /sim/v1/scenarios/<name>` takes; what is not given is the preset's own."""

    model_config = ConfigDict(extra="forbid")

    duration_s: float | None = Field(default=None, gt=0)
    asset: str | None = None
    strikes: Literal["world", "venue"] = "world"
    """Every venue of the world, or the one that is asked; an outage is one venue's in any case."""


def scenario_routes(hosted: Hosted) -> list[web.RouteDef]:
    """Return the routes of `/sim/v1/scenarios`."""
    world, name = hosted.world, hosted.name

    async def listed(_: web.Request) -> web.Response:
        hosted.synchronise()
        presets = [
            {"name": one.name, "summary": one.summary, "strikes": one.scope, "duration_s": one.duration_s}
            for one in PRESETS.values()
        ]
        return json_answer({"presets": presets, "running": world.exchanges[name].scenarios()})

    async def start(request: web.Request) -> web.Response:
        wanted = await read_body(request, ScenarioRequest)
        hosted.synchronise_world()
        try:
            started = world.start_scenario(
                request.match_info["name"],
                at=name,
                everywhere=wanted.strikes == "world",
                duration_s=wanted.duration_s,
                asset=wanted.asset,
            )
        except Rejected as rejection:
            raise _refusal(rejection) from rejection
        return json_answer(started)

    async def end(request: web.Request) -> web.Response:
        strikes = request.query.get("strikes", "world")
        if strikes not in _SPANS:
            raise RefusedError(f"strikes {strikes!r}: world or venue would pass")
        hosted.synchronise_world()
        try:
            world.end_scenario(request.match_info["name"], at=name, everywhere=strikes == "world")
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
