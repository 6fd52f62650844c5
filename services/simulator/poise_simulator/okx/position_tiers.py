"""What positions of each size may be levered, and what they must keep."""

from __future__ import annotations

from decimal import Decimal

from poise_simulator.domain.instruments import LeverageBracket
from poise_simulator.okx.endpoint import Call, Endpoint, Rows, public
from poise_simulator.okx.errors import either_is_required, wrong
from poise_simulator.okx.instruments import OTHER_INST_TYPES, InstType, OkxInstrument
from poise_simulator.okx.references import index_price
from poise_simulator.okx.wire import number

TYPES = (frozenset(InstType) | OTHER_INST_TYPES) - {InstType.SPOT}


def position_tiers(call: Call) -> Rows:
    """Answer `public/position-tiers`: of the families named, cross margin alone.

    The exchange's brackets are of notional; the venue's tiers are of contracts, so they are turned at the index.
    """
    parameters, names = call.parameters, call.venue.names
    inst_type = parameters.choice("instType", TYPES)
    if parameters.choice("tdMode", {"cross", "isolated"}) == "isolated":
        return []
    families = parameters.optional_text("instFamily") or parameters.optional_text("uly")
    inst_id = parameters.optional_text("instId")
    if families is None and inst_id is None:
        raise either_is_required("instFamily", "instId")
    wanted = set((families or "").split(","))
    if families is not None and len(wanted) > 5:
        raise wrong("instFamily")
    tiers: list[dict[str, object]] = []
    shown: set[str] = set()
    for item in names.of_type(inst_type):
        if (item.family in wanted or item.inst_id == inst_id) and item.family not in shown:
            shown.add(item.family)
            tiers += [_tier_row(call, item, bracket) for bracket in item.listed.leverage_brackets]
    return tiers


def _tier_row(call: Call, item: OkxInstrument, bracket: LeverageBracket) -> dict[str, object]:
    contract_usd = item.contract_value * index_price(call.venue, item.family)
    floor, cap = (int(notional / contract_usd) for notional in (bracket.notional_floor, bracket.notional_cap))
    return {
        "instType": item.inst_type.value,
        "instFamily": item.family,
        "uly": item.family,
        "instId": "",
        "tier": str(bracket.bracket),
        "minSz": str(floor + 1) if floor else "0",
        "maxSz": str(cap),
        "mmr": number(bracket.maintenance_margin_rate),
        "imr": number(round(Decimal(1) / bracket.max_leverage, 8)),
        "maxLever": str(bracket.max_leverage),
        "optMgnFactor": "",
        "quoteMaxLoan": "",
        "baseMaxLoan": "",
    }


ENDPOINTS: tuple[Endpoint, ...] = (public("public/position-tiers", 10, position_tiers),)
