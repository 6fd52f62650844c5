"""Candles over REST."""

from __future__ import annotations

from poise_simulator.domain.views import Kline
from poise_simulator.okx.bars import BARS, candles
from poise_simulator.okx.endpoint import Call, Endpoint, Rows, public
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.wire import millis, number

MAX_CANDLES = 300


def candle_row(kline: Kline, item: OkxInstrument, now_ms: int) -> list[str]:
    """Write a candle: volume as a size, in the base (spot: quote) currency, and in the quote currency; if closed."""
    return [
        millis(kline.open_time_ms),
        number(kline.open),
        number(kline.high),
        number(kline.low),
        number(kline.close),
        item.size(kline.volume),
        number(kline.volume if item.is_derivative else kline.quote_volume),
        number(kline.quote_volume),
        "1" if kline.close_time_ms < now_ms else "0",
    ]


def recent(call: Call) -> Rows:
    """Answer `market/candles`: newest first, the running one among them."""
    return _rows(call, before_ms=call.venue.exchange.now_ms + 1)


def history(call: Call) -> Rows:
    """Answer `market/history-candles`: newest first, closed ones only."""
    bar = BARS[_bar(call)]
    return _rows(call, before_ms=bar.opened_ms(call.venue.exchange.now_ms))


def _rows(call: Call, before_ms: int) -> Rows:
    item, parameters, exchange = call.instrument, call.parameters, call.venue.exchange
    after, before = parameters.optional_integer("after"), parameters.optional_integer("before")
    found = candles(
        exchange,
        item,
        BARS[_bar(call)],
        from_ms=None if before is None else before + 1,
        before_ms=before_ms if after is None else min(after, before_ms),
        limit=parameters.limit(100, MAX_CANDLES),
    )
    return [candle_row(kline, item, exchange.now_ms) for kline in reversed(found)]


def _bar(call: Call) -> str:
    return call.parameters.choice("bar", BARS, default="1m")


ENDPOINTS: tuple[Endpoint, ...] = (
    public("market/candles", 40, recent),
    public("market/history-candles", 20, history),
)
