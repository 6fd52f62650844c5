"""Watching running fundings at OKX: rate, mark and index come by three channels."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from poise_venues.dialects import RunningFunding
from poise_venues.okx.messages import send
from poise_venues.okx.terms import family_of, running_funding

_RATE, _MARK, _INDEX = "funding-rate", "mark-price", "index-tickers"


def subscriptions(symbol: str) -> frozenset[str]:
    """Return the names under which ccxt keeps a symbol's rate and mark."""
    return frozenset({f"{_RATE}:{symbol}", _mark_name(symbol)})


async def watch(exchange: Any, symbols: Sequence[str]) -> None:
    """Ask for all three of many perpetuals; returns when the first of the rates has come."""
    for symbol in symbols:
        # What was left of an earlier connection is no news of this one.
        exchange.fundingRates.pop(symbol, None)
        exchange.tickers.pop(_index_symbol(exchange, symbol), None)
    # One message a channel, and before anybody asks for one of the symbols alone.
    marks = {_mark_name(symbol): exchange.market(symbol)["id"] for symbol in symbols}
    beside = [_asked(exchange, _MARK, marks), _asked(exchange, _INDEX, _indices(exchange, symbols))]
    try:
        await exchange.watch_funding_rates(list(symbols))
    finally:
        for asked in beside:
            if not asked.cancel() and not asked.cancelled():
                asked.exception()  # what broke it has broken the rates too


async def unwatch(exchange: Any, symbols: Sequence[str]) -> None:
    """Stop all three; nothing is waited for."""
    client = exchange.clients.get(exchange.get_url(_RATE))
    if client is None:
        return
    args: list[dict[str, str]] = []
    for symbol in symbols:
        market = exchange.market(symbol)
        args += [{"channel": channel, "instId": market["id"]} for channel in (_RATE, _MARK)]
        args.append({"channel": _INDEX, "instId": family_of(market)})
        for name in (*subscriptions(symbol), _index_name(exchange, symbol)):
            client.subscriptions.pop(name, None)
    await send(client, {"op": "unsubscribe", "args": args})


async def following(exchange: Any, symbol: str) -> RunningFunding:
    """Return a perpetual's running funding at its next mark price."""
    marked = (await exchange.watch_mark_prices([symbol]))[symbol]
    rate = exchange.fundingRates.get(symbol) or (await exchange.watch_funding_rates([symbol]))[symbol]
    index_symbol = _index_symbol(exchange, symbol)
    if index_symbol not in exchange.tickers:
        await _asked(exchange, _INDEX, _indices(exchange, [symbol]))
    index = exchange.tickers[index_symbol]["info"]
    return running_funding(symbol, rate["info"], mark=marked["info"]["markPx"], index=index["idxPx"])


def _asked(exchange: Any, channel: str, ids: Mapping[str, str]) -> asyncio.Future[Any]:
    """Ask for a channel of instruments, by ccxt's names of them; done when the first of them speaks."""
    names = list(ids)
    message = {"op": "subscribe", "args": [{"channel": channel, "instId": one} for one in ids.values()]}
    first: asyncio.Future[Any] = exchange.watch_multiple(exchange.get_url(channel), names, message, names)
    return first


def _mark_name(symbol: str) -> str:
    return f"{_MARK}::{symbol}"


def _indices(exchange: Any, symbols: Sequence[str]) -> dict[str, str]:
    return {_index_name(exchange, symbol): _index_of(exchange, symbol) for symbol in symbols}


def _index_of(exchange: Any, symbol: str) -> str:
    return family_of(exchange.market(symbol))


def _index_symbol(exchange: Any, symbol: str) -> str:
    """Return what ccxt calls an index: as if it were the spot market of that pair."""
    name: str = exchange.safe_market(_index_of(exchange, symbol), None, "-", "spot")["symbol"]
    return name


def _index_name(exchange: Any, symbol: str) -> str:
    return f"{_INDEX}::{_index_symbol(exchange, symbol)}"
