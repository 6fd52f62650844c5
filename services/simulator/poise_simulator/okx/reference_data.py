"""What is listed and how the venue stands: time, status, instruments, margin tiers."""

from __future__ import annotations

from poise_simulator.okx.endpoint import PREFIX, Call, Endpoint, Rows, Security, public
from poise_simulator.okx.errors import wrong
from poise_simulator.okx.instruments import LISTED_MS, OTHER_INST_TYPES, InstType, OkxInstrument
from poise_simulator.okx.rate_limits import RateLimit
from poise_simulator.okx.wire import millis, number

STATUS_PATH = PREFIX + "system/status"
INST_TYPES = frozenset(InstType) | OTHER_INST_TYPES


def server_time(call: Call) -> Rows:
    """Answer `public/time`."""
    return [{"ts": millis(call.venue.now_ms)}]


def instruments(call: Call) -> Rows:
    """Answer `public/instruments`: those of a type, of one family or of one name."""
    return [instrument_row(item) for item in chosen(call)]


def chosen(call: Call) -> list[OkxInstrument]:
    """Return the instruments of the mandatory `instType`, narrowed by `instFamily`, `uly` and `instId`."""
    parameters, names = call.parameters, call.venue.names
    inst_type = parameters.choice("instType", INST_TYPES)
    family = parameters.optional_text("instFamily") or parameters.optional_text("uly")
    inst_id = parameters.optional_text("instId")
    if inst_id is not None and call.venue.instrument(inst_id).inst_type != inst_type:
        raise wrong("instId")
    return [
        item for item in names.of_type(inst_type) if family in {None, item.family} and inst_id in {None, item.inst_id}
    ]


def instrument_row(item: OkxInstrument) -> dict[str, object]:
    """Write an instrument, as REST and the `instruments` channel have it."""
    listed, is_derivative = item.listed, item.is_derivative
    return {
        "instType": item.inst_type.value,
        "instId": item.inst_id,
        "instIdCode": item.code,
        "uly": item.family if is_derivative else "",
        "instFamily": item.family if is_derivative else "",
        "category": "1",
        "baseCcy": "" if is_derivative else listed.base,
        "quoteCcy": "" if is_derivative else listed.quote,
        "settleCcy": listed.quote if is_derivative else "",
        "ctVal": number(item.contract_value) if is_derivative else "",
        "ctMult": "1" if is_derivative else "",
        "ctValCcy": listed.base if is_derivative else "",
        "ctType": "linear" if is_derivative else "",
        "optType": "",
        "stk": "",
        "listTime": millis(listed.listed_ms or LISTED_MS),
        "expTime": millis(listed.expires_ms) if listed.expires_ms is not None else "",
        "lever": str(item.max_leverage) if is_derivative else "",
        "tickSz": number(listed.tick_size),
        "lotSz": number(item.lot_size),
        "minSz": number(item.min_size),
        "alias": "",
        "state": item.state,
        "ruleType": "normal",
        "maxLmtSz": number(item.max_size),
        "maxMktSz": number(item.max_size),
    }


def status(_: Call) -> Rows:
    """Answer `system/status`: no maintenance is planned."""
    return []


ENDPOINTS = (
    public("public/time", 10, server_time),
    public("public/instruments", 20, instruments),
    Endpoint("GET", STATUS_PATH, RateLimit(1, period_s=5), status, Security.PUBLIC),
)
