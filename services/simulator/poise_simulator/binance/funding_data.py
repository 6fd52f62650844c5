"""Reference prices of all futures: marks, funding rates and intervals of the perpetuals, past deliveries."""

from __future__ import annotations

from poise_simulator.binance.endpoint import Call, Endpoint, Security, by_symbol
from poise_simulator.binance.wire import decimal_text
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.views import MarkPrice

_SECONDS_PER_HOUR = 3600


def premium_index(call: Call) -> object:
    """Answer `premiumIndex`; `lastFundingRate` is the running interval's predicted rate, as on the venue.

    Dated futures have no rates, and no next funding.
    """
    venue = call.venue
    symbol = call.parameters.optional_symbol()
    if symbol is not None:
        venue.instrument(Market.FUTURES, symbol)
        return _premium_row(venue.exchange.mark(symbol))
    return [_premium_row(venue.exchange.mark(instrument.symbol)) for instrument in venue.instruments(Market.FUTURES)]


def funding_rates(call: Call) -> object:
    """Answer `fundingRate`: settled rates, oldest first."""
    venue, parameters = call.venue, call.parameters
    symbol = parameters.optional_symbol()
    start_ms = parameters.optional_integer("startTime")
    end_ms = parameters.optional_integer("endTime")
    limit = parameters.limit(100, 1000)
    chosen = list(venue.instruments(Market.FUTURES)) if symbol is None else [venue.instrument(Market.FUTURES, symbol)]
    settled = [
        rate
        for instrument in chosen
        for rate in venue.exchange.funding_history(instrument.symbol, start_ms=start_ms, end_ms=end_ms, limit=limit)
    ]
    settled.sort(key=lambda rate: rate.time_ms)
    kept = settled[-limit:] if start_ms is None else settled[:limit]
    return [
        {
            "symbol": rate.symbol,
            "fundingTime": rate.time_ms,
            "fundingRate": decimal_text(rate.rate),
            "markPrice": decimal_text(rate.mark),
        }
        for rate in kept
    ]


def funding_info(call: Call) -> object:
    """Answer `fundingInfo`; an interval below an hour is a decimal number of hours, never rounded away."""
    return [_info_row(one) for one in call.venue.instruments(Market.FUTURES) if one.funding_interval_s is not None]


def delivery_prices(call: Call) -> object:
    """Answer `delivery-price`: what a pair's dated futures were delivered at, newest first."""
    return [
        {"deliveryTime": delivered.time_ms, "deliveryPrice": float(delivered.price)}
        for delivered in call.venue.exchange.deliveries(call.parameters.text("pair"))
    ]


def _premium_row(mark: MarkPrice) -> dict[str, object]:
    return {
        "symbol": mark.symbol,
        "markPrice": decimal_text(mark.mark),
        "indexPrice": decimal_text(mark.index),
        "estimatedSettlePrice": decimal_text(mark.settle_estimate),
        "lastFundingRate": decimal_text(mark.funding_rate) if mark.is_funded else "",
        "interestRate": decimal_text(mark.interest_rate) if mark.is_funded else "",
        "nextFundingTime": mark.next_funding_ms,
        "time": mark.time_ms,
    }


def _info_row(instrument: Instrument) -> dict[str, object]:
    interval_s = instrument.funding_interval_s or 0
    whole, rest = divmod(interval_s, _SECONDS_PER_HOUR)
    # The venue caps rates at 0.75 of the maintenance margin of the lowest bracket.
    first = instrument.leverage_brackets[0].maintenance_margin_rate if instrument.leverage_brackets else None
    cap = decimal_text(first * 3 / 4) if first is not None else "0.02000000"
    return {
        "symbol": instrument.symbol,
        "adjustedFundingRateCap": cap,
        "adjustedFundingRateFloor": f"-{cap}",
        "fundingIntervalHours": interval_s / _SECONDS_PER_HOUR if rest else whole,
        "disclaimer": False,
    }


ENDPOINTS = (
    Endpoint("GET", "/fapi/v1/premiumIndex", by_symbol(1, 10), Security.NONE, premium_index),
    Endpoint("GET", "/fapi/v1/fundingRate", 1, Security.NONE, funding_rates),
    Endpoint("GET", "/fapi/v1/fundingInfo", 0, Security.NONE, funding_info),
    Endpoint("GET", "/futures/data/delivery-price", 0, Security.NONE, delivery_prices),
)
