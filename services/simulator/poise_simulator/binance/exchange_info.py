"""`exchangeInfo`: instruments with their filters, and the rate limits."""

from __future__ import annotations

from decimal import Decimal

from poise_simulator.binance.contract_types import contract_types
from poise_simulator.binance.endpoint import Call, Endpoint, Security
from poise_simulator.binance.rate_limits import MINUTE_MS, Pool, PoolLimits
from poise_simulator.binance.wire import TRADING_STATUS_WORDS, decimal_places, decimal_text
from poise_simulator.domain.instruments import Instrument, Market

_INTERVALS = (("DAY", 86_400_000), ("MINUTE", 60_000), ("SECOND", 1_000))
# The venue gives perpetuals this delivery date: they have none.
_NEVER_MS = 4_133_404_800_000
_ALWAYS_MS = 1_569_398_400_000
_MAX_PRICE = Decimal(1_000_000)


def spot_exchange_info(call: Call) -> object:
    """Answer `GET /api/v3/exchangeInfo`, narrowed to `symbol` or `symbols` when sent."""
    venue = call.venue
    wanted = call.parameters.symbols()
    one = call.parameters.optional_symbol()
    if one is not None:
        wanted = [one]
    chosen = (
        list(venue.instruments(Market.SPOT))
        if wanted is None
        else [venue.instrument(Market.SPOT, symbol) for symbol in wanted]
    )
    return {
        "timezone": "UTC",
        "serverTime": venue.now_ms,
        "rateLimits": rate_limit_rows(venue.limits.limits(Pool.SPOT)),
        "exchangeFilters": [],
        "symbols": [_spot_symbol(instrument) for instrument in chosen],
    }


def futures_exchange_info(call: Call) -> object:
    """Answer `GET /fapi/v1/exchangeInfo`."""
    venue = call.venue
    instruments = list(venue.instruments(Market.FUTURES))
    assets = sorted({instrument.quote for instrument in instruments})
    types = contract_types(instruments)
    return {
        "timezone": "UTC",
        "serverTime": venue.now_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": rate_limit_rows(venue.limits.limits(Pool.FUTURES)),
        "exchangeFilters": [],
        "assets": [{"asset": name, "marginAvailable": True, "autoAssetExchange": "0"} for name in assets],
        "symbols": [_futures_symbol(instrument, types[instrument.symbol]) for instrument in instruments],
    }


def delivery_exchange_info(call: Call) -> object:
    """Answer `GET /dapi/v1/exchangeInfo`: there are no coin-margined markets."""
    return {
        "timezone": "UTC",
        "serverTime": call.venue.now_ms,
        "rateLimits": rate_limit_rows(call.venue.limits.limits(Pool.FUTURES)),
        "exchangeFilters": [],
        "symbols": [],
    }


def rate_limit_rows(limits: PoolLimits) -> list[dict[str, object]]:
    """Write the limits of a pool as the venue lists them."""
    rows = [_row("REQUEST_WEIGHT", MINUTE_MS, limits.weight_per_minute)]
    rows += [_row("ORDERS", window.length_ms, window.allowed) for window in limits.orders]
    if limits.raw_requests_per_5_minutes is not None:
        rows.append(_row("RAW_REQUESTS", 5 * MINUTE_MS, limits.raw_requests_per_5_minutes))
    return rows


def interval_words(length_ms: int) -> tuple[str, int]:
    """Return a window's length as the venue says it, such as ("SECOND", 10)."""
    unit, unit_ms = next((name, ms) for name, ms in _INTERVALS if length_ms % ms == 0)
    return unit, length_ms // unit_ms


def _row(kind: str, length_ms: int, limit: int) -> dict[str, object]:
    interval, count = interval_words(length_ms)
    return {"rateLimitType": kind, "interval": interval, "intervalNum": count, "limit": limit}


def _spot_symbol(instrument: Instrument) -> dict[str, object]:
    deviation = instrument.max_price_deviation
    up, down = decimal_text(deviation.multiplier_up, 4), decimal_text(deviation.multiplier_down, 4)
    return {
        "symbol": instrument.symbol,
        "status": TRADING_STATUS_WORDS[instrument.market][instrument.status],
        "baseAsset": instrument.base,
        "baseAssetPrecision": 8,
        "quoteAsset": instrument.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "amendAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": decimal_text(instrument.tick_size),
                "maxPrice": decimal_text(_MAX_PRICE),
                "tickSize": decimal_text(instrument.tick_size),
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": decimal_text(instrument.min_quantity),
                "maxQty": decimal_text(instrument.max_quantity),
                "stepSize": decimal_text(instrument.step_size),
            },
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": decimal_text(Decimal(0)),
                "maxQty": decimal_text(instrument.max_quantity),
                "stepSize": decimal_text(Decimal(0)),
            },
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": up,
                "bidMultiplierDown": down,
                "askMultiplierUp": up,
                "askMultiplierDown": down,
                "avgPriceMins": 5,
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": decimal_text(instrument.min_notional),
                "applyMinToMarket": True,
                "maxNotional": decimal_text(Decimal(9_000_000)),
                "applyMaxToMarket": False,
                "avgPriceMins": 5,
            },
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }


def _futures_symbol(instrument: Instrument, contract_type: str) -> dict[str, object]:
    price_places = decimal_places(instrument.tick_size)
    quantity_places = decimal_places(instrument.step_size)
    deviation = instrument.max_price_deviation
    lot = {
        "minQty": decimal_text(instrument.min_quantity, quantity_places),
        "maxQty": decimal_text(instrument.max_quantity, quantity_places),
        "stepSize": decimal_text(instrument.step_size, quantity_places),
    }
    first = instrument.leverage_brackets[0] if instrument.leverage_brackets else None
    return {
        "symbol": instrument.symbol,
        "pair": instrument.pair,
        "contractType": contract_type,
        "deliveryDate": _NEVER_MS if instrument.expires_ms is None else instrument.expires_ms,
        "onboardDate": _ALWAYS_MS if instrument.listed_ms is None else instrument.listed_ms,
        "status": TRADING_STATUS_WORDS[instrument.market][instrument.status],
        "maintMarginPercent": decimal_text(first.maintenance_margin_rate * 100, 4) if first else "0",
        "requiredMarginPercent": "5.0000",
        "baseAsset": instrument.base,
        "quoteAsset": instrument.quote,
        "marginAsset": instrument.quote,
        "pricePrecision": price_places,
        "quantityPrecision": quantity_places,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": decimal_text(deviation.multiplier_up - 1, 2),
        "maxMoveOrderLimit": 10000,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": decimal_text(instrument.tick_size, price_places),
                "maxPrice": decimal_text(_MAX_PRICE, price_places),
                "tickSize": decimal_text(instrument.tick_size, price_places),
            },
            {"filterType": "LOT_SIZE", **lot},
            {"filterType": "MARKET_LOT_SIZE", **lot},
            {"filterType": "MIN_NOTIONAL", "notional": f"{instrument.min_notional.normalize():f}"},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": decimal_text(deviation.multiplier_up, 4),
                "multiplierDown": decimal_text(deviation.multiplier_down, 4),
                "multiplierDecimal": "4",
            },
        ],
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
        "permissionSets": ["GRID", "COPY"],
    }


ENDPOINTS = (
    Endpoint("GET", "/api/v3/exchangeInfo", 20, Security.NONE, spot_exchange_info),
    Endpoint("GET", "/fapi/v1/exchangeInfo", 1, Security.NONE, futures_exchange_info),
    Endpoint("GET", "/dapi/v1/exchangeInfo", 1, Security.NONE, delivery_exchange_info),
)
