"""Candles, and the average price made of them."""

from __future__ import annotations

from decimal import Decimal

from poise_simulator.binance.contract_types import KNOWN, contract_types
from poise_simulator.binance.endpoint import Call, by_limit, on_market, public
from poise_simulator.binance.errors import VenueError, invalid_symbol
from poise_simulator.binance.intervals import INTERVALS_MS, MINUTE_MS
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.wire import decimal_text, price_places, quantity_places
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.views import Kline


def klines(market: Market, call: Call) -> object:
    """Answer `klines`; the last candle may still be open."""
    return candle_rows(market, call, call.venue.instrument(market, call.parameters.symbol()))


def continuous_klines(call: Call) -> object:
    """Answer `continuousKlines`: the candles of the contract that is of a type now."""
    wanted, pair = call.parameters.text("contractType"), call.parameters.text("pair")
    if wanted not in KNOWN:
        raise VenueError(-4112, "Invalid contract type.")
    listed = [one for one in call.venue.instruments(Market.FUTURES) if one.pair == pair]
    types = contract_types(listed)
    found = next((one for one in listed if types[one.symbol] == wanted), None)
    if found is None:
        raise invalid_symbol()
    return candle_rows(Market.FUTURES, call, found)


def candle_rows(market: Market, call: Call, instrument: Instrument) -> list[list[object]]:
    """Read candles by the request's interval, times and limit."""
    parameters = call.parameters
    found = call.venue.exchange.klines(
        market,
        instrument.symbol,
        interval_ms(parameters),
        start_ms=parameters.optional_integer("startTime"),
        end_ms=parameters.optional_integer("endTime"),
        limit=parameters.limit(500, 1000 if market is Market.SPOT else 1500),
    )
    price, quantity = price_places(instrument), quantity_places(instrument)
    return [_kline_row(kline, price, quantity) for kline in found]


def interval_ms(parameters: Parameters) -> int:
    """Return the length of the mandatory candle interval; raises -1120 for an unknown one."""
    length_ms = INTERVALS_MS.get(parameters.text("interval"))
    if length_ms is None:
        raise VenueError(-1120, "Invalid interval.")
    return length_ms


def _kline_row(kline: Kline, price: int, quantity: int) -> list[object]:
    return [
        kline.open_time_ms,
        decimal_text(kline.open, price),
        decimal_text(kline.high, price),
        decimal_text(kline.low, price),
        decimal_text(kline.close, price),
        decimal_text(kline.volume, quantity),
        kline.close_time_ms,
        decimal_text(kline.quote_volume),
        kline.trade_count,
        decimal_text(kline.taker_buy_volume, quantity),
        decimal_text(kline.taker_buy_quote_volume),
        "0",
    ]


def average_price(call: Call) -> object:
    """Answer `avgPrice`: volume-weighted over the last five minutes."""
    instrument = call.venue.instrument(Market.SPOT, call.parameters.symbol())
    found = call.venue.exchange.klines(Market.SPOT, instrument.symbol, MINUTE_MS, limit=5)
    volume = sum((kline.volume for kline in found), Decimal(0))
    quote_volume = sum((kline.quote_volume for kline in found), Decimal(0))
    price = quote_volume / volume if volume else found[-1].close
    return {"mins": 5, "price": decimal_text(price), "closeTime": found[-1].close_time_ms}


_FUTURES_WEIGHT = by_limit(500, (99, 1), (499, 2), (1000, 5), (1500, 10))

ENDPOINTS = (
    public("/api/v3/klines", 2, on_market(Market.SPOT, klines)),
    public("/api/v3/uiKlines", 2, on_market(Market.SPOT, klines)),
    public("/api/v3/avgPrice", 2, average_price),
    public("/fapi/v1/klines", _FUTURES_WEIGHT, on_market(Market.FUTURES, klines)),
    public("/fapi/v1/continuousKlines", _FUTURES_WEIGHT, continuous_klines),
)
