"""Fees, margin terms and funding of OKX."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from poise_common.domain.clock import from_ms
from poise_venues.answers import decimal, text
from poise_venues.dialects import Fees, MarginTerms, RunningFunding
from poise_venues.okx.orders import record, records

_FAMILIES_A_REQUEST = 5
_FIRST_TIER = "1"


async def read_fees(exchange: Any, symbols: tuple[str, ...]) -> dict[str, Fees]:
    """Read the account's fees, one call for each kind of instrument; the venue writes what is paid as negative."""
    fees: dict[str, Fees] = {}
    by_type: dict[str, list[Any]] = {}
    for symbol in symbols:
        market = exchange.market(symbol)
        by_type.setdefault(exchange.convert_to_instrument_type(market["type"]), []).append(market)
    for kind, markets in by_type.items():
        schedule = record(await exchange.privateGetAccountTradeFee({"instType": kind}))
        fees.update({market["symbol"]: _fees_of(market, schedule) for market in markets})
    return fees


async def read_margin_terms(exchange: Any, symbols: tuple[str, ...]) -> dict[str, MarginTerms]:
    """Read the first position tier of the derivatives among the symbols."""
    markets_of: dict[tuple[str, str], list[Any]] = {}
    for symbol in symbols:
        market = exchange.market(symbol)
        if market["contract"]:
            kind = exchange.convert_to_instrument_type(market["type"])
            markets_of.setdefault((kind, family_of(market)), []).append(market)
    terms: dict[str, MarginTerms] = {}
    for kind in sorted({kind for kind, _ in markets_of}):
        families = sorted(family for one_kind, family in markets_of if one_kind == kind)
        for start in range(0, len(families), _FAMILIES_A_REQUEST):
            asked = ",".join(families[start : start + _FAMILIES_A_REQUEST])
            answer = await exchange.publicGetPublicPositionTiers(
                {"instType": kind, "tdMode": "cross", "instFamily": asked}
            )
            for tier in records(answer):
                if text(tier, "tier") == _FIRST_TIER:
                    for market in markets_of[kind, text(tier, "instFamily")]:
                        terms[market["symbol"]] = MarginTerms(
                            max_leverage=decimal(tier, "maxLever"), maintenance_margin_rate=decimal(tier, "mmr")
                        )
    return terms


async def read_funding_intervals_s(exchange: Any) -> dict[str, int]:
    """Read the funding interval of every perpetual: it is nowhere but in the times of its settlements."""
    rows = records(await exchange.publicGetPublicFundingRate({"instId": "ANY"}))
    intervals = {exchange.safe_symbol(text(raw, "instId")): _interval_s(raw) for raw in rows}
    return {symbol: seconds for symbol, seconds in intervals.items() if seconds is not None}


async def read_running_fundings(exchange: Any) -> dict[str, RunningFunding]:
    """Read mark, index and running rate of every perpetual that has all three."""
    fundings = records(await exchange.publicGetPublicFundingRate({"instId": "ANY"}))
    marks = {raw["instId"]: raw for raw in records(await exchange.publicGetPublicMarkPrice({"instType": "SWAP"}))}
    indices: dict[str, Any] = {}
    for quote in sorted({text(raw, "instId").split("-")[1] for raw in fundings}):
        answer = await exchange.publicGetMarketIndexTickers({"quoteCcy": quote})
        indices |= {raw["instId"]: raw for raw in records(answer)}
    running: dict[str, RunningFunding] = {}
    for raw in fundings:
        market = exchange.safe_market(text(raw, "instId"))
        family = family_of(market) if market["swap"] else None
        if family in indices and raw["instId"] in marks and raw["fundingRate"] != "":
            running[market["symbol"]] = running_funding(
                market["symbol"], raw, mark=marks[raw["instId"]]["markPx"], index=indices[family]["idxPx"]
            )
    return running


def running_funding(symbol: str, raw: Mapping[str, Any], *, mark: Any, index: Any) -> RunningFunding:
    """Put together what the venue says in three places."""
    predicted = raw.get("nextFundingRate")
    return RunningFunding(
        symbol=symbol,
        rate_per_interval=float(raw["fundingRate"]),
        predicted_next_rate_per_interval=float(predicted) if predicted else None,
        next_funding_at=from_ms(int(raw["fundingTime"])),
        mark_price=float(mark),
        index_price=float(index),
    )


def family_of(market: Mapping[str, Any]) -> str:
    """Return a derivative's instrument family, which is also the name of its index."""
    info = market["info"]
    return text(info, "instFamily") if info.get("instFamily") else text(info, "uly")


def _interval_s(raw: Mapping[str, Any]) -> int | None:
    """Return the time between this settlement and the next, or the last and this; None where neither is told."""
    this = int(text(raw, "fundingTime"))
    if raw.get("nextFundingTime"):
        interval_ms = int(raw["nextFundingTime"]) - this
    elif raw.get("prevFundingTime"):
        interval_ms = this - int(raw["prevFundingTime"])
    else:
        return None
    return interval_ms // 1000 if interval_ms > 0 else None


def _fees_of(market: Mapping[str, Any], schedule: Mapping[str, Any]) -> Fees:
    """Return the fees of a market: of its fee group where the venue has such, otherwise of what it settles in."""
    group_id = market["info"].get("groupId")
    for group in schedule.get("feeGroup") or ():
        if group_id and group["groupId"] == group_id:
            return _paid(group, "")
    suffix = ""
    if (market["settle"] or market["quote"]) == "USDC":
        suffix = "USDC"
    elif market["linear"]:
        suffix = "U"
    return _paid(schedule, suffix if schedule.get(f"taker{suffix}") else "")


def _paid(schedule: Mapping[str, Any], suffix: str) -> Fees:
    taker, maker = decimal(schedule, f"taker{suffix}"), decimal(schedule, f"maker{suffix}")
    return Fees(Decimal(0) - taker, Decimal(0) - maker)
