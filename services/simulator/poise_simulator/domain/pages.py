"""Cuts pages out of histories the way the venue does: from a start onwards, else the newest."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeVar

from poise_simulator.domain.candles import (
    CLOSE,
    HIGH,
    LOW,
    OPEN,
    OPEN_TIME,
    QUOTE_VOLUME,
    TAKER_QUOTE_VOLUME,
    TAKER_VOLUME,
    TRADES,
    VOLUME,
    FloatArray,
)
from poise_simulator.domain.instruments import Instrument
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.views import Kline, Ticker

Item = TypeVar("Item")
ZERO = Decimal(0)


def page(
    items: Iterable[Item],
    *,
    time_of: Callable[[Item], int],
    start_ms: int | None,
    end_ms: int | None,
    limit: int,
    is_from_start: bool = False,
) -> list[Item]:
    """Keep items within the times (inclusive): the first `limit` when a start is given, else the last."""
    kept = [
        item
        for item in items
        if (start_ms is None or time_of(item) >= start_ms) and (end_ms is None or time_of(item) <= end_ms)
    ]
    if limit <= 0:
        return []
    return kept[:limit] if is_from_start or start_ms is not None else kept[-limit:]


def to_klines(rows: FloatArray, instrument: Instrument, interval_ms: int) -> list[Kline]:
    """Turn candle rows into klines on the instrument's grid."""
    tick, step = float(instrument.tick_size), float(instrument.step_size)

    def price(value: float) -> Decimal:
        return round(value / tick) * instrument.tick_size

    def quantity(value: float) -> Decimal:
        return round(value / step) * instrument.step_size

    return [
        Kline(
            open_time_ms=int(row[OPEN_TIME]),
            close_time_ms=int(row[OPEN_TIME]) + interval_ms - 1,
            open=price(row[OPEN]),
            high=price(row[HIGH]),
            low=price(row[LOW]),
            close=price(row[CLOSE]),
            volume=quantity(row[VOLUME]),
            quote_volume=to_quote(row[QUOTE_VOLUME]),
            trade_count=int(row[TRADES]),
            taker_buy_volume=quantity(row[TAKER_VOLUME]),
            taker_buy_quote_volume=to_quote(row[TAKER_QUOTE_VOLUME]),
        )
        for row in rows.tolist()
    ]


def to_ticker(listing: Listing, now_ms: int) -> Ticker:
    """Summarise a listing's last 24 h, with its touch."""
    instrument, book = listing.instrument, listing.book
    tick, step = float(instrument.tick_size), float(instrument.step_size)
    day = listing.candles.day(now_ms)
    volume = round(day.volume / step) * instrument.step_size
    quote_volume = to_quote(day.quote_volume)
    bids, asks = book.bids.levels(1), book.asks.levels(1)
    last_id = listing.last_trade_id

    def price(value: float) -> Decimal:
        return round(value / tick) * instrument.tick_size

    return Ticker(
        market=instrument.market,
        symbol=instrument.symbol,
        open_time_ms=day.open_time_ms,
        close_time_ms=now_ms,
        open=price(day.open),
        high=price(day.high),
        low=price(day.low),
        last=price(listing.candles.last_price),
        last_quantity=listing.tape[-1].quantity if listing.tape else ZERO,
        weighted_average=(quote_volume / volume).quantize(Decimal("0.00000001")) if volume else ZERO,
        volume=volume,
        quote_volume=quote_volume,
        trade_count=day.trade_count,
        first_trade_id=last_id - day.trade_count + 1,
        last_trade_id=last_id,
        bid=instrument.price_of(bids[0][0]) if bids else ZERO,
        bid_quantity=instrument.quantity_of(bids[0][1]) if bids else ZERO,
        ask=instrument.price_of(asks[0][0]) if asks else ZERO,
        ask_quantity=instrument.quantity_of(asks[0][1]) if asks else ZERO,
    )


def to_quote(value: float) -> Decimal:
    """Round a quote amount to cents."""
    return Decimal(f"{value:.2f}")
