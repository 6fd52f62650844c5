"""Tickers: rolling 24 h statistics, last prices, best prices."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from poise_simulator.binance.endpoint import Call, Weigh, by_symbol, on_market, public
from poise_simulator.binance.errors import VenueError, missing
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.wire import decimal_text, price_places, quantity_places
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.views import Ticker

_ABSENT = (Decimal(0), Decimal(0))


def ticker_24h(market: Market, call: Call) -> object:
    """Answer `ticker/24hr`."""
    return _for_symbols(market, call, _ticker_row)


def ticker_price(market: Market, call: Call) -> object:
    """Answer `ticker/price`."""
    return _for_symbols(market, call, _price_row)


def book_ticker(market: Market, call: Call) -> object:
    """Answer `ticker/bookTicker`; an empty side shows price and quantity 0."""
    return _for_symbols(market, call, _best_row)


def change_percent(ticker: Ticker) -> Decimal:
    """Return the 24 h price change in percent of the opening price."""
    return (ticker.last - ticker.open) / ticker.open * 100 if ticker.open else Decimal(0)


def _for_symbols(market: Market, call: Call, write: Callable[[Call, Instrument], dict[str, object]]) -> object:
    venue = call.venue
    one = call.parameters.optional_symbol()
    many = call.parameters.symbols()
    if one is not None and many is not None:
        raise VenueError(-1101, "Too many parameters; expected 'symbol' or 'symbols'.")
    if one is not None:
        return write(call, venue.instrument(market, one))
    if many is None:
        return [write(call, instrument) for instrument in venue.instruments(market)]
    if not many:
        raise missing("symbols")
    return [write(call, venue.instrument(market, symbol)) for symbol in many]


def _ticker_row(call: Call, instrument: Instrument) -> dict[str, object]:
    ticker = call.venue.exchange.ticker_24h(instrument.market, instrument.symbol)
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
        row |= {
            "prevClosePrice": row["openPrice"],
            "bidPrice": decimal_text(ticker.bid, price),
            "bidQty": decimal_text(ticker.bid_quantity, quantity),
            "askPrice": decimal_text(ticker.ask, price),
            "askQty": decimal_text(ticker.ask_quantity, quantity),
        }
    return row


def _price_row(call: Call, instrument: Instrument) -> dict[str, object]:
    ticker = call.venue.exchange.ticker_24h(instrument.market, instrument.symbol)
    row: dict[str, object] = {
        "symbol": ticker.symbol,
        "price": decimal_text(ticker.last, price_places(instrument)),
    }
    if instrument.market is Market.FUTURES:
        row["time"] = ticker.close_time_ms
    return row


def _best_row(call: Call, instrument: Instrument) -> dict[str, object]:
    book = call.venue.exchange.book(instrument.market, instrument.symbol, 1)
    bid, bid_quantity = book.bids[0] if book.bids else _ABSENT
    ask, ask_quantity = book.asks[0] if book.asks else _ABSENT
    price, quantity = price_places(instrument), quantity_places(instrument)
    row: dict[str, object] = {
        "symbol": instrument.symbol,
        "bidPrice": decimal_text(bid, price),
        "bidQty": decimal_text(bid_quantity, quantity),
        "askPrice": decimal_text(ask, price),
        "askQty": decimal_text(ask_quantity, quantity),
    }
    if instrument.market is Market.FUTURES:
        row |= {"lastUpdateId": book.last_update_id, "time": book.time_ms}
    return row


def _by_symbols(one: int, up_to_20: int, up_to_100: int, rest: int) -> Weigh:
    def weigh(parameters: Parameters) -> int:
        if "symbol" in parameters:
            return one
        count = len(parameters.symbols() or []) or 1_000
        return up_to_20 if count <= 20 else up_to_100 if count <= 100 else rest

    return weigh


ENDPOINTS = (
    public("/api/v3/ticker/24hr", _by_symbols(2, 2, 40, 80), on_market(Market.SPOT, ticker_24h)),
    public("/api/v3/ticker/price", by_symbol(2, 4), on_market(Market.SPOT, ticker_price)),
    public("/api/v3/ticker/bookTicker", by_symbol(2, 4), on_market(Market.SPOT, book_ticker)),
    public("/fapi/v1/ticker/24hr", by_symbol(1, 40), on_market(Market.FUTURES, ticker_24h)),
    public("/fapi/v1/ticker/price", by_symbol(1, 2), on_market(Market.FUTURES, ticker_price)),
    public("/fapi/v2/ticker/price", by_symbol(1, 2), on_market(Market.FUTURES, ticker_price)),
    public("/fapi/v1/ticker/bookTicker", by_symbol(2, 5), on_market(Market.FUTURES, book_ticker)),
)
