"""Candle lengths by the venue's names, and candles of them.

Days begin at 16:00 UTC, midnight in Hong Kong, unless the name ends in `utc`; so do the halves and quarters of a day.
Seconds, weeks and months are left out: they aren't whole minutes, or begin on calendar days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from poise_simulator.domain.market_data import MarketData
from poise_simulator.domain.views import Kline
from poise_simulator.okx.instruments import OkxInstrument

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
HONG_KONG_MIDNIGHT_MS = 16 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Bar:
    """A candle's length, and where in a UTC day candles of it begin."""

    length_ms: int
    offset_ms: int = 0

    def opened_ms(self, time_ms: int) -> int:
        """Return when the candle opened that a time falls in."""
        return (time_ms - self.offset_ms) // self.length_ms * self.length_ms + self.offset_ms


_SHORT = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1H": 60, "2H": 120, "4H": 240}
_LONG = {"6H": 6, "12H": 12, "1D": 24}

BARS: dict[str, Bar] = {
    **{name: Bar(minutes * MINUTE_MS) for name, minutes in _SHORT.items()},
    **{f"{name}utc": Bar(hours * HOUR_MS) for name, hours in _LONG.items()},
    **{name: Bar(hours * HOUR_MS, HONG_KONG_MIDNIGHT_MS % (hours * HOUR_MS)) for name, hours in _LONG.items()},
}


def candles(
    exchange: MarketData, item: OkxInstrument, bar: Bar, *, from_ms: int | None, before_ms: int, limit: int
) -> list[Kline]:
    """Return the last `limit` candles that opened from `from_ms` on and before `before_ms`, oldest first."""
    last_ms = bar.opened_ms(before_ms - 1)
    first_ms = last_ms - (limit - 1) * bar.length_ms
    if from_ms is not None:
        first_ms = max(first_ms, bar.opened_ms(from_ms + bar.length_ms - 1))
    if first_ms > last_ms:
        return []
    step_ms = bar.length_ms if bar.offset_ms == 0 else HOUR_MS
    pieces = exchange.klines(
        item.listed.market,
        item.listed.symbol,
        step_ms,
        start_ms=first_ms,
        end_ms=last_ms + bar.length_ms - step_ms,
        limit=(last_ms - first_ms + bar.length_ms) // step_ms,
    )
    return pieces if bar.offset_ms == 0 else _joined(pieces, bar)


def _joined(pieces: Iterable[Kline], bar: Bar) -> list[Kline]:
    joined: list[Kline] = []
    for piece in pieces:
        opened_ms = bar.opened_ms(piece.open_time_ms)
        if not joined or joined[-1].open_time_ms != opened_ms:
            joined.append(replace(piece, open_time_ms=opened_ms, close_time_ms=opened_ms + bar.length_ms - 1))
        else:
            joined[-1] = _after(joined[-1], piece)
    return joined


def _after(first: Kline, second: Kline) -> Kline:
    return replace(
        first,
        high=max(first.high, second.high),
        low=min(first.low, second.low),
        close=second.close,
        volume=first.volume + second.volume,
        quote_volume=first.quote_volume + second.quote_volume,
        trade_count=first.trade_count + second.trade_count,
        taker_buy_volume=first.taker_buy_volume + second.taker_buy_volume,
        taker_buy_quote_volume=first.taker_buy_quote_volume + second.taker_buy_quote_volume,
    )
