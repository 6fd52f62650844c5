"""Things that happen once, on command: `POST /sim/v1/actions/<name>`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from poise_simulator.control import account_actions, venue_actions
from poise_simulator.control.action import Action, Surroundings
from poise_simulator.control.answers import RefusedError, json_answer, read_body
from poise_simulator.control.hosted import Hosted
from poise_simulator.domain.rejections import Rejected

ACTIONS: Mapping[str, type[Action]] = {
    kind.command: kind
    for kind in (
        account_actions.ForeignTrade,
        account_actions.ForeignOrder,
        account_actions.Transfer,
        account_actions.Liquidate,
        account_actions.Adl,
        venue_actions.Disconnect,
        venue_actions.ExpireListenKeys,
        venue_actions.HaltSymbol,
        venue_actions.ResumeSymbol,
        venue_actions.Maintenance,
        venue_actions.ClockSkew,
        venue_actions.Ban,
    )
}


def action_routes(hosted: Hosted) -> list[web.RouteDef]:
    """Return the route of `/sim/v1/actions/<name>`."""

    async def act(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        kind = ACTIONS.get(name)
        if kind is None:
            raise RefusedError(f"no action {name!r}; actions are {', '.join(sorted(ACTIONS))}", HTTPStatus.NOT_FOUND)
        action = await read_body(request, kind)
        hosted.synchronise()
        try:
            done = action.run(Surroundings(hosted.face, request.remote or ""))
        except Rejected as rejection:
            raise RefusedError(f"{name}: {rejection}") from rejection
        hosted.synchronise()
        return json_answer(done)

    return [web.post("/sim/v1/actions/{name}", act)]
