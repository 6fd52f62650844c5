"""Fees, margin terms and funding of Binance."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from poise_common.domain.clock import from_ms
from poise_venues.dialects import Fees, MarginTerms, RunningFunding

_HOUR_S = 3600
_DEFAULT_FUNDING_INTERVAL_S = 8 * _HOUR_S
"""Of symbols that `/fapi/v1/fundingInfo` does not list: it lists those that were adjusted."""


async def read_fees(exchange: Any, symbols: tuple[str, ...]) -> dict[str, Fees]:
    """Read the account's fees: one call for all spot markets, one for each margin currency of the derivatives.

    The venue's futures schedule is one per account and margin currency; asking for every symbol would cost 20 of
    weight each.
    """
    fees: dict[str, Fees] = {}
    markets = [exchange.market(symbol) for symbol in symbols]
    if any(market["spot"] for market in markets):
        for raw in await exchange.sapiGetAssetTradeFee():
            symbol = exchange.safe_symbol(raw["symbol"], None, None, "spot")
            fees[symbol] = Fees(Decimal(raw["takerCommission"]), Decimal(raw["makerCommission"]))
    by_settle: dict[str, list[Any]] = {}
    for market in markets:
        if market["linear"]:
            by_settle.setdefault(market["settle"], []).append(market)
    for settled_alike in by_settle.values():
        raw = await exchange.fapiPrivateGetCommissionRate({"symbol": settled_alike[0]["id"]})
        shared = Fees(Decimal(raw["takerCommissionRate"]), Decimal(raw["makerCommissionRate"]))
        fees.update({market["symbol"]: shared for market in settled_alike})
    return {symbol: fees[symbol] for symbol in symbols if symbol in fees}


async def read_margin_terms(exchange: Any) -> dict[str, MarginTerms]:
    """Read the first leverage bracket of every perpetual."""
    terms: dict[str, MarginTerms] = {}
    for raw in await exchange.fapiPrivateGetLeverageBracket():
        first = min(raw["brackets"], key=lambda bracket: int(bracket["bracket"]))
        symbol = exchange.safe_symbol(raw["symbol"], None, None, "swap")
        terms[symbol] = MarginTerms(
            max_leverage=Decimal(str(first["initialLeverage"])),
            maintenance_margin_rate=Decimal(str(first["maintMarginRatio"])),
        )
    return terms


async def read_funding_intervals_s(exchange: Any) -> dict[str, int]:
    """Read the funding interval of every perpetual; it may be a fraction of an hour."""
    intervals = {
        market["symbol"]: _DEFAULT_FUNDING_INTERVAL_S
        for market in exchange.markets.values()
        if market["swap"] and market["linear"]
    }
    for raw in await exchange.fapiPublicGetFundingInfo():
        symbol = exchange.safe_symbol(raw["symbol"], None, None, "swap")
        intervals[symbol] = round(float(raw["fundingIntervalHours"]) * _HOUR_S)
    return intervals


async def read_running_fundings(exchange: Any) -> dict[str, RunningFunding]:
    """Read mark, index and running rate of every perpetual."""
    answers = [
        _running(
            exchange.safe_symbol(raw["symbol"], None, None, "swap"),
            rate=raw["lastFundingRate"],
            next_funding_ms=raw["nextFundingTime"],
            mark=raw["markPrice"],
            index=raw["indexPrice"],
        )
        for raw in await exchange.fapiPublicGetPremiumIndex()
        if int(raw["nextFundingTime"])
    ]
    return {funding.symbol: funding for funding in answers}


def read_mark_frame(ticker: Mapping[str, Any]) -> RunningFunding:
    """Read the running funding out of a mark price frame."""
    raw = ticker["info"]
    return _running(ticker["symbol"], rate=raw["r"], next_funding_ms=raw["T"], mark=raw["p"], index=raw["i"])


def _running(symbol: str, *, rate: str, next_funding_ms: Any, mark: str, index: str) -> RunningFunding:
    return RunningFunding(
        symbol=symbol,
        rate_per_interval=float(rate),
        predicted_next_rate_per_interval=None,
        next_funding_at=from_ms(int(next_funding_ms)),
        mark_price=float(mark),
        index_price=float(index),
    )
