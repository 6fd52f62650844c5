"""Public market data that spot and futures have in common: books, trades, time."""

from __future__ import annotations

from poise_simulator.binance.endpoint import Call, by_limit, on_market, public
from poise_simulator.binance.errors import VenueError
from poise_simulator.binance.wire import decimal_text, price_places, quantity_places
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.views import PriceLevel, Trade

_FUTURES_DEPTH_LIMITS = frozenset({5, 10, 20, 50, 100, 500, 1000})


def ping(_: Call) -> object:
    """Answer `ping`."""
    return {}


def server_time(call: Call) -> object:
    """Answer `time`."""
    return {"serverTime": call.venue.now_ms}


def depth(market: Market, call: Call) -> object:
    """Answer `depth` with the update id that diff streams continue from."""
    instrument = call.venue.instrument(market, call.parameters.symbol())
    if market is Market.SPOT:
        limit = call.parameters.limit(100, 5000)
    else:
        limit = call.parameters.limit(500, 1_000_000)
        if limit not in _FUTURES_DEPTH_LIMITS:
            raise VenueError(-4021, f"{limit} is not valid depth limit")
    book = call.venue.exchange.book(market, instrument.symbol, limit)
    answer: dict[str, object] = {"lastUpdateId": book.last_update_id}
    if market is Market.FUTURES:
        answer |= {"E": call.venue.now_ms, "T": book.time_ms}
    return answer | {
        "bids": level_rows(book.bids, instrument),
        "asks": level_rows(book.asks, instrument),
    }


def level_rows(levels: tuple[PriceLevel, ...], instrument: Instrument) -> list[list[str]]:
    """Write book levels as [price, quantity] texts."""
    price, quantity = price_places(instrument), quantity_places(instrument)
    return [[f"{at:.{price}f}", f"{amount:.{quantity}f}"] for at, amount in levels]


def trades(market: Market, call: Call) -> object:
    """Answer `trades` and `historicalTrades`."""
    instrument = call.venue.instrument(market, call.parameters.symbol())
    limit = call.parameters.limit(500, 1000)
    from_id = call.parameters.optional_integer("fromId")
    exchange = call.venue.exchange
    found = (
        exchange.recent_trades(market, instrument.symbol, limit)
        if from_id is None
        else exchange.agg_trades(market, instrument.symbol, from_id=from_id, limit=limit)
    )
    return [_trade_row(trade, instrument) for trade in found]


def aggregate_trades(market: Market, call: Call) -> object:
    """Answer `aggTrades`."""
    parameters = call.parameters
    instrument = call.venue.instrument(market, parameters.symbol())
    found = call.venue.exchange.agg_trades(
        market,
        instrument.symbol,
        from_id=parameters.optional_integer("fromId"),
        start_ms=parameters.optional_integer("startTime"),
        end_ms=parameters.optional_integer("endTime"),
        limit=parameters.limit(500, 1000),
    )
    price, quantity = price_places(instrument), quantity_places(instrument)
    rows: list[dict[str, object]] = [
        {
            "a": trade.trade_id,
            "p": decimal_text(trade.price, price),
            "q": decimal_text(trade.quantity, quantity),
            "f": trade.trade_id,
            "l": trade.trade_id,
            "T": trade.time_ms,
            "m": trade.buyer_is_maker,
        }
        for trade in found
    ]
    if market is Market.SPOT:
        for row in rows:
            row["M"] = True
    return rows


def _trade_row(trade: Trade, instrument: Instrument) -> dict[str, object]:
    row: dict[str, object] = {
        "id": trade.trade_id,
        "price": decimal_text(trade.price, price_places(instrument)),
        "qty": decimal_text(trade.quantity, quantity_places(instrument)),
        "quoteQty": decimal_text(trade.quote_quantity),
        "time": trade.time_ms,
        "isBuyerMaker": trade.buyer_is_maker,
    }
    if instrument.market is Market.SPOT:
        row["isBestMatch"] = True
    return row


_SPOT_DEPTH_WEIGHT = by_limit(100, (100, 5), (500, 25), (1000, 50), (5000, 250))
_FUTURES_DEPTH_WEIGHT = by_limit(500, (50, 2), (100, 5), (500, 10), (1000, 20))

ENDPOINTS = (
    public("/api/v3/ping", 1, ping),
    public("/api/v3/time", 1, server_time),
    public("/api/v3/depth", _SPOT_DEPTH_WEIGHT, on_market(Market.SPOT, depth)),
    public("/api/v3/trades", 25, on_market(Market.SPOT, trades)),
    public("/api/v3/historicalTrades", 25, on_market(Market.SPOT, trades)),
    public("/api/v3/aggTrades", 4, on_market(Market.SPOT, aggregate_trades)),
    public("/fapi/v1/ping", 1, ping),
    public("/fapi/v1/time", 1, server_time),
    public("/fapi/v1/depth", _FUTURES_DEPTH_WEIGHT, on_market(Market.FUTURES, depth)),
    public("/fapi/v1/trades", 5, on_market(Market.FUTURES, trades)),
    public("/fapi/v1/historicalTrades", 20, on_market(Market.FUTURES, trades)),
    public("/fapi/v1/aggTrades", 20, on_market(Market.FUTURES, aggregate_trades)),
)
