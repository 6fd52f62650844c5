"""Public market data that spot and futures have in common."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from poise_simulator.binance.endpoint import Call, Endpoint, Security, Weigh, by_limit, by_symbol
from poise_simulator.binance.errors import VenueError, missing
from poise_simulator.binance.intervals import INTERVALS_MS, MINUTE_MS
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.wire import decimal_text, price_places, quantity_places
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.views import Kline, PriceLevel, Ticker, Trade

_FUTURES_DEPTH_LIMITS = frozenset({5, 10, 20, 50, 100, 500, 1000})
_MARKET_CALL = Callable[[Market, Call], object]


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


def klines(market: Market, call: Call) -> object:
    """Answer `klines`; the last candle may still be open."""
    return candle_rows(market, call, call.venue.instrument(market, call.parameters.symbol()))


def continuous_klines(call: Call) -> object:
    """Answer `continuousKlines`: the perpetual's own candles."""
    if call.parameters.text("contractType") != "PERPETUAL":
        raise VenueError(-4112, "Invalid contract type.")
    return candle_rows(Market.FUTURES, call, call.venue.instrument(Market.FUTURES, call.parameters.text("pair")))


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


def ticker_24h(market: Market, call: Call) -> object:
    """Answer `ticker/24hr`."""
    return _for_symbols(market, call, _ticker_row)


def ticker_price(market: Market, call: Call) -> object:
    """Answer `ticker/price`."""
    return _for_symbols(market, call, _price_row)


def book_ticker(market: Market, call: Call) -> object:
    """Answer `ticker/bookTicker`."""
    return _for_symbols(market, call, _book_row)


def _for_symbols(market: Market, call: Call, write: Callable[[Ticker, Instrument], dict[str, object]]) -> object:
    venue = call.venue
    one = call.parameters.optional_symbol()
    many = call.parameters.symbols()
    if one is not None and many is not None:
        raise VenueError(-1101, "Too many parameters; expected 'symbol' or 'symbols'.")
    if one is not None:
        instrument = venue.instrument(market, one)
        return write(venue.exchange.ticker_24h(market, one), instrument)
    if many is not None:
        if not many:
            raise missing("symbols")
        chosen = [venue.instrument(market, symbol) for symbol in many]
        return [write(venue.exchange.ticker_24h(market, item.symbol), item) for item in chosen]
    return [write(ticker, venue.instrument(market, ticker.symbol)) for ticker in venue.exchange.tickers_24h(market)]


def _ticker_row(ticker: Ticker, instrument: Instrument) -> dict[str, object]:
    price, quantity = price_places(instrument), quantity_places(instrument)
    row: dict[str, object] = {
        "symbol": ticker.symbol,
        "priceChange": decimal_text(ticker.last - ticker.open, price),
        "priceChangePercent": decimal_text(change_percent(ticker), 3),
        "weightedAvgPrice": decimal_text(ticker.weighted_average, price),
        "lastPrice": decimal_text(ticker.last, price),
        "lastQty": decimal_text(ticker.last_quantity, quantity),
        "openPrice": decimal_text(ticker.open, price),
        "highPrice": decimal_text(ticker.high, price),
        "lowPrice": decimal_text(ticker.low, price),
        "volume": decimal_text(ticker.volume, quantity),
        "quoteVolume": decimal_text(ticker.quote_volume),
        "openTime": ticker.open_time_ms,
        "closeTime": ticker.close_time_ms,
        "firstId": ticker.first_trade_id,
        "lastId": ticker.last_trade_id,
        "count": ticker.trade_count,
    }
    if instrument.market is Market.SPOT:
        row["prevClosePrice"] = row["openPrice"]
        row |= _best_prices(ticker, instrument)
    return row


def change_percent(ticker: Ticker) -> Decimal:
    """Return the 24 h price change in percent of the opening price."""
    return (ticker.last - ticker.open) / ticker.open * 100 if ticker.open else Decimal(0)


def _price_row(ticker: Ticker, instrument: Instrument) -> dict[str, object]:
    row: dict[str, object] = {
        "symbol": ticker.symbol,
        "price": decimal_text(ticker.last, price_places(instrument)),
    }
    if instrument.market is Market.FUTURES:
        row["time"] = ticker.close_time_ms
    return row


def _book_row(ticker: Ticker, instrument: Instrument) -> dict[str, object]:
    row: dict[str, object] = {"symbol": ticker.symbol, **_best_prices(ticker, instrument)}
    if instrument.market is Market.FUTURES:
        row["time"] = ticker.close_time_ms
    return row


def _best_prices(ticker: Ticker, instrument: Instrument) -> dict[str, object]:
    price, quantity = price_places(instrument), quantity_places(instrument)
    return {
        "bidPrice": decimal_text(ticker.bid, price),
        "bidQty": decimal_text(ticker.bid_quantity, quantity),
        "askPrice": decimal_text(ticker.ask, price),
        "askQty": decimal_text(ticker.ask_quantity, quantity),
    }


def _by_symbols(one: int, up_to_20: int, up_to_100: int, rest: int) -> Weigh:
    def weigh(parameters: Parameters) -> int:
        if "symbol" in parameters:
            return one
        count = len(parameters.symbols() or []) or 1_000
        return up_to_20 if count <= 20 else up_to_100 if count <= 100 else rest

    return weigh


def _on(market: Market, handle: _MARKET_CALL) -> Callable[[Call], object]:
    def answer(call: Call) -> object:
        return handle(market, call)

    return answer


_SPOT_DEPTH_WEIGHT = by_limit(100, (100, 5), (500, 25), (1000, 50), (5000, 250))
_FUTURES_DEPTH_WEIGHT = by_limit(500, (50, 2), (100, 5), (500, 10), (1000, 20))
_FUTURES_KLINES_WEIGHT = by_limit(500, (99, 1), (499, 2), (1000, 5), (1500, 10))


def _public(path: str, weigh: int | Weigh, handle: Callable[[Call], object]) -> Endpoint:
    return Endpoint("GET", path, weigh, Security.NONE, handle)


ENDPOINTS = (
    _public("/api/v3/ping", 1, ping),
    _public("/api/v3/time", 1, server_time),
    _public("/api/v3/depth", _SPOT_DEPTH_WEIGHT, _on(Market.SPOT, depth)),
    _public("/api/v3/trades", 25, _on(Market.SPOT, trades)),
    _public("/api/v3/historicalTrades", 25, _on(Market.SPOT, trades)),
    _public("/api/v3/aggTrades", 4, _on(Market.SPOT, aggregate_trades)),
    _public("/api/v3/klines", 2, _on(Market.SPOT, klines)),
    _public("/api/v3/uiKlines", 2, _on(Market.SPOT, klines)),
    _public("/api/v3/avgPrice", 2, average_price),
    _public("/api/v3/ticker/24hr", _by_symbols(2, 2, 40, 80), _on(Market.SPOT, ticker_24h)),
    _public("/api/v3/ticker/price", by_symbol(2, 4), _on(Market.SPOT, ticker_price)),
    _public("/api/v3/ticker/bookTicker", by_symbol(2, 4), _on(Market.SPOT, book_ticker)),
    _public("/fapi/v1/ping", 1, ping),
    _public("/fapi/v1/time", 1, server_time),
    _public("/fapi/v1/depth", _FUTURES_DEPTH_WEIGHT, _on(Market.FUTURES, depth)),
    _public("/fapi/v1/trades", 5, _on(Market.FUTURES, trades)),
    _public("/fapi/v1/historicalTrades", 20, _on(Market.FUTURES, trades)),
    _public("/fapi/v1/aggTrades", 20, _on(Market.FUTURES, aggregate_trades)),
    _public("/fapi/v1/klines", _FUTURES_KLINES_WEIGHT, _on(Market.FUTURES, klines)),
    _public("/fapi/v1/continuousKlines", _FUTURES_KLINES_WEIGHT, continuous_klines),
    _public("/fapi/v1/ticker/24hr", by_symbol(1, 40), _on(Market.FUTURES, ticker_24h)),
    _public("/fapi/v1/ticker/price", by_symbol(1, 2), _on(Market.FUTURES, ticker_price)),
    _public("/fapi/v2/ticker/price", by_symbol(1, 2), _on(Market.FUTURES, ticker_price)),
    _public("/fapi/v1/ticker/bookTicker", by_symbol(2, 5), _on(Market.FUTURES, book_ticker)),
)
