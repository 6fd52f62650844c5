"""Binance's user data streams: what they say, and keeping them alive."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from poise_venues import ccxt_modules
from poise_venues.hints import AccountHint, HintReason

_SPOT, _FUTURES = "spot", "future"
STREAMS = (_SPOT, _FUTURES)


async def follow(exchange: Any, stream: str, heard: Callable[[AccountHint], None], *, renew_every_s: float) -> None:
    """Listen to one stream until it breaks; raises what broke it."""
    exchange.heard = heard
    if stream == _SPOT:
        await _follow_spot(exchange, heard)
    else:
        await _follow_futures(exchange, heard, renew_every_s)


async def _follow_spot(exchange: Any, heard: Callable[[AccountHint], None]) -> None:
    address = exchange.urls["api"]["ws"]["ws-api"][_SPOT]
    try:
        async with asyncio.timeout(exchange.timeout / 1000):
            await exchange.authenticate({"type": _SPOT})
        heard(AccountHint(reason=HintReason.RECONNECTED))
        await exchange.watch_orders(None, None, None, {"type": _SPOT})
    finally:
        _drop(exchange, address)


async def _follow_futures(exchange: Any, heard: Callable[[AccountHint], None], renew_every_s: float) -> None:
    # A fresh key for every connection: the venue accepts one with a key that has run out, and stays silent.
    key = (await exchange.fapiPrivatePostListenKey())["listenKey"]
    # ccxt takes a young key as it is; left to itself it would start a renewal for each connection, and end none.
    exchange.options[_FUTURES] = {"listenKey": key, "lastAuthenticatedTime": exchange.milliseconds()}
    address = exchange.get_private_ws_url(_FUTURES, key)
    connected = exchange.client(address).connected
    watching = asyncio.create_task(exchange.watch_orders(None, None, None, {"type": _FUTURES}))
    renewing = asyncio.create_task(_renew_listen_key(exchange, renew_every_s))
    try:
        ended, _ = await asyncio.wait(
            {watching, renewing, connected}, timeout=exchange.timeout / 1000, return_when=asyncio.FIRST_COMPLETED
        )
        if not connected.done():
            for task in ended:
                task.result()
            raise ccxt_modules.errors().RequestTimeout(f"{address} does not answer")
        heard(AccountHint(reason=HintReason.RECONNECTED))
        ended, _ = await asyncio.wait({watching, renewing}, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        watching.cancel()
        renewing.cancel()
        await asyncio.gather(watching, renewing, return_exceptions=True)
        _drop(exchange, address)


async def _renew_listen_key(exchange: Any, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        await exchange.fapiPrivatePutListenKey()


def _drop(exchange: Any, address: str) -> None:
    client = exchange.clients.get(address)
    if client is not None:
        # Not `close`: that cancels whoever waits, as if they had been told to stop.
        client.on_error(ccxt_modules.errors().NetworkError("the account stream was dropped here"))


def hint_of(exchange: Any, event: Mapping[str, Any]) -> AccountHint | None:
    """Read an event of either market; None for those that another event says more exactly."""
    match event["e"]:
        case "executionReport":
            # `C` is the order that was cancelled, when there is one; `c` is then the cancel's own id.
            return _about_order(exchange, event, event.get("C") or event["c"], "spot")
        case "ORDER_TRADE_UPDATE":
            order = event["o"]
            return _about_order(exchange, order, order["c"], "contract")
        case "ACCOUNT_UPDATE":
            return _about_money(event["a"]["m"])
        case "balanceUpdate" | "externalLockUpdate":
            return AccountHint(reason=HintReason.BALANCE)
    return None


def _about_order(exchange: Any, order: Mapping[str, Any], client_order_id: str, market_type: str) -> AccountHint:
    return AccountHint(
        reason=HintReason.ORDER,
        symbol=exchange.safe_market(order["s"], None, None, market_type)["symbol"],
        client_order_id=client_order_id,
        order_id=str(order["i"]),
    )


def _about_money(reason: str) -> AccountHint | None:
    if reason == "ORDER":
        return None
    return AccountHint(reason=HintReason.FUNDING if reason == "FUNDING_FEE" else HintReason.BALANCE)
