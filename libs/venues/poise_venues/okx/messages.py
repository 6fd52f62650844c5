"""Sending what ccxt does not send itself over one of its connections."""

from typing import Any

from poise_venues import ccxt_modules


async def send(client: Any, message: Any) -> None:
    """Send a message when the budget has room; where that fails the connection is given up."""
    try:
        await client.throttle(1)
        await client.send(message)
    except Exception as error:  # noqa: BLE001  # whatever it is, the connection is of no use any more
        client.on_error(ccxt_modules.errors().NetworkError(repr(error)))
