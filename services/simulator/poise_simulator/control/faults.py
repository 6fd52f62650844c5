"""Faults over the control API: set, list, heal, and the log of what was struck."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from poise_simulator.control.answers import RefusedError, explain, json_answer, read_body
from poise_simulator.domain.instruments import Market
from poise_simulator.faults.kinds import KINDS, FaultKind, parse_fault
from poise_simulator.faults.plan import Aim, SetFault, Strike
from poise_simulator.faults.seeded import SeededChoice, SeededFaults
from poise_simulator.faults.targets import Target
from poise_simulator.protocol.face import Face
from poise_simulator.protocol.served import ServedExchange


class FaultRequest(BaseModel):
    """What `POST /sim/v1/faults` takes. No target means the kind's usual one; no account, market or symbol, all."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    account: str | None = None
    market: Market | None = None
    target: Target | None = None
    symbol: str | None = None
    probability: float = Field(default=1.0, gt=0, le=1)
    count: int | None = Field(default=None, ge=1)
    parameters: dict[str, object] = Field(default_factory=dict)


class SeedRequest(BaseModel):
    """What `POST /sim/v1/faults/seed` takes; no kinds means all that a target can have."""

    model_config = ConfigDict(extra="forbid")

    seed: int = Field(ge=0)
    rate: float = Field(gt=0, le=1)
    kinds: tuple[str, ...] = ()
    targets: tuple[Target, ...] = (Target.ORDER_ENTRY,)


def fault_routes(face: Face) -> list[web.RouteDef]:
    """Return the routes below `/sim/v1/faults`."""
    venue, plan = face.served, face.faults

    async def set_fault(request: web.Request) -> web.Response:
        wanted = await read_body(request, FaultRequest)
        fault = _fault(wanted)
        return json_answer({"fault_id": plan.set_fault(fault, _aim(venue, wanted, fault))})

    async def set_seed(request: web.Request) -> web.Response:
        wanted = await read_body(request, SeedRequest)
        try:
            plan.set_seeded(SeededFaults(wanted.seed, wanted.rate, wanted.kinds, wanted.targets))
        except ValueError as error:
            raise RefusedError(str(error)) from error
        return json_answer({"seed": wanted.seed})

    async def listed(_: web.Request) -> web.Response:
        seeded = plan.seeded
        return json_answer(
            {
                "faults": [_fault_row(item) for item in plan.faults],
                "seeded": None if seeded is None else _seeded_row(seeded),
            }
        )

    async def heal(_: web.Request) -> web.Response:
        plan.heal()
        return json_answer({})

    async def heal_one(request: web.Request) -> web.Response:
        fault_id = request.match_info["fault_id"]
        if not fault_id.isdecimal() or not plan.heal_one(int(fault_id)):
            known = [item.fault_id for item in plan.faults]
            raise RefusedError(f"fault_id {fault_id!r}: no such fault; set are {known}", HTTPStatus.NOT_FOUND)
        return json_answer({})

    async def log(_: web.Request) -> web.Response:
        return json_answer({"strikes": [_strike_row(strike) for strike in plan.log]})

    return [
        web.post("/sim/v1/faults", set_fault),
        web.post("/sim/v1/faults/seed", set_seed),
        web.get("/sim/v1/faults", listed),
        web.delete("/sim/v1/faults", heal),
        web.get("/sim/v1/faults/log", log),
        web.delete("/sim/v1/faults/{fault_id}", heal_one),
    ]


def _fault(wanted: FaultRequest) -> FaultKind:
    try:
        return parse_fault(wanted.kind, wanted.parameters)
    except ValidationError as error:
        raise RefusedError(explain(error)) from error


def _aim(venue: ServedExchange, wanted: FaultRequest, fault: FaultKind) -> Aim:
    target = wanted.target or fault.usual_target
    choices = fault.choices_of_target()
    if target not in choices:
        raise RefusedError(
            f"target: {target!r} can't be struck by {fault.kind}; it strikes {', '.join(sorted(choices))}"
        )
    accounts = venue.exchange.account_ids()
    if wanted.account not in {None, *accounts}:
        raise RefusedError(f"account: no account {wanted.account!r}; accounts are {', '.join(accounts)}")
    markets = [wanted.market] if wanted.market is not None else list(Market)
    if wanted.symbol is not None and not any(venue.has(market, wanted.symbol) for market in markets):
        raise RefusedError(f"symbol: no {wanted.symbol!r} on {', '.join(markets)}; symbols look like BTCUSDT")
    return Aim(target, wanted.account, wanted.market, wanted.symbol, wanted.probability, wanted.count)


def _fault_row(item: SetFault) -> dict[str, object]:
    return {
        "fault_id": item.fault_id,
        "kind": item.fault.kind,
        "parameters": item.fault.model_dump(mode="json", exclude={"kind"}),
        "account": item.aim.account_id,
        "market": item.aim.market,
        "target": item.aim.target,
        "symbol": item.aim.symbol,
        "probability": item.aim.probability,
        "count": item.aim.strikes_max,
        "struck": item.struck,
    }


def _seeded_row(seeded: SeededChoice) -> dict[str, object]:
    config = seeded.config
    return {
        "seed": config.seed,
        "rate": config.rate,
        "kinds": config.kinds or tuple(KINDS),
        "targets": config.targets,
        "struck": seeded.struck,
    }


def _strike_row(strike: Strike) -> dict[str, object]:
    occasion = strike.occasion
    return {
        "time_ms": strike.time_ms,
        "fault_id": strike.fault_id,
        "kind": strike.fault.kind,
        "target": occasion.target,
        "what": occasion.what,
        "account": occasion.account_id,
        "market": occasion.market,
        "symbol": occasion.symbol,
        "client_order_id": occasion.client_order_id,
        "took_effect": strike.took_effect,
    }
