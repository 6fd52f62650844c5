"""OKX's private channels: what they say, and keeping them alive."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from poise_venues import ccxt_modules
from poise_venues.hints import AccountHint, HintReason
from poise_venues.okx.messages import send

_PRIVATE = "private"
STREAMS = (_PRIVATE,)
_CHANNELS: tuple[dict[str, str], ...] = (
    {"channel": "orders", "instType": "ANY"},
    {"channel": "balance_and_position"},
)
_FUNDING = "funding_fee"
_SAID_ALREADY = frozenset({"snapshot", "filled"})
"""What is there when a connection begins, and what an order's event says more exactly."""


def subscribed(channel: Any) -> str:
    """Return the name under which a channel's confirmation is awaited."""
    return f"subscribed:{channel}"


async def follow(exchange: Any, heard: Callable[[AccountHint], None]) -> None:
    """Listen to the account's events until the connection breaks; raises what broke it."""
    exchange.heard = heard
    address = exchange.get_url("orders", _PRIVATE)
    names = [arg["channel"] for arg in _CHANNELS]
    try:
        async with asyncio.timeout(exchange.timeout / 1000):
            await exchange.authenticate()
            client = exchange.client(address)
            confirmed = [client.future(subscribed(name)) for name in names]
            broken = client.future("broken")
            await send(client, {"op": "subscribe", "args": list(_CHANNELS)})
            await asyncio.gather(*confirmed)
        heard(AccountHint(reason=HintReason.RECONNECTED))
        await broken
    finally:
        client = exchange.clients.get(address)
        if client is not None:
            # Not `close`: that cancels whoever waits, as if they had been told to stop.
            client.on_error(ccxt_modules.errors().NetworkError("the account stream was dropped here"))


def hints_of(exchange: Any, message: Any) -> Iterator[AccountHint]:
    """Read an event of any private channel; nothing for those that another event says more exactly."""
    channel = message["arg"]["channel"]
    for raw in message["data"]:
        if channel == "orders":
            yield AccountHint(
                reason=HintReason.ORDER,
                symbol=exchange.safe_symbol(raw["instId"]),
                client_order_id=raw.get("clOrdId") or None,
                order_id=str(raw["ordId"]),
            )
        elif raw["eventType"] not in _SAID_ALREADY:
            is_funding = raw["eventType"] == _FUNDING
            yield AccountHint(reason=HintReason.FUNDING if is_funding else HintReason.BALANCE)
