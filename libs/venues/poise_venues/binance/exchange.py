"""What is changed in ccxt's Binance."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from poise_venues import ccxt_modules
from poise_venues.binance.account_streams import hint_of
from poise_venues.dialects import RECEIVED_AT
from poise_venues.hints import AccountHint

_CONNECTION_OF_CHANNEL = {"multipleOrderbook": "0", "multipleTrades": "1", "multipleOHLCV": "2"}
_CONNECTION_OF_OTHERS = "3"
_STREAM_ENDED = frozenset({"listenKeyExpired", "eventStreamTerminated"})


class BinanceOverrides:
    """Be laid over ccxt.pro's binance."""

    heard: "Callable[[AccountHint], None] | None" = None
    """Whoever listens to the account's events."""

    if TYPE_CHECKING:
        urls: dict[str, Any]
        now: Callable[[], datetime]

    def is_spot_url(self, client: Any) -> bool:
        # ccxt looks for "/stream" in the address, which only the venue's own host name has.
        return str(client.url).startswith(str(self.urls["api"]["ws"]["spot"]))

    async def fetch_markets(self, params: Any = None) -> Any:
        markets = await super().fetch_markets(params or {})  # type: ignore[misc]  # ccxt's, laid under at run time
        # ccxt takes an answer without markets for a venue that lists none.
        for kind in ("spot", "linear"):
            if not any(market[kind] for market in markets):
                raise ccxt_modules.errors().BadResponse(f"the venue lists no {kind} market")
        return markets

    def stream(self, _type: Any, subscription_hash: str, _count: int = 1) -> str:
        # ccxt opens a connection for every distinct list of symbols, and would have to be asked for the same list
        # again to reuse one. One connection a channel lets symbols come and go.
        return _CONNECTION_OF_CHANNEL.get(subscription_hash.split("::", maxsplit=1)[0], _CONNECTION_OF_OTHERS)

    def handle_order_book_message(self, client: Any, message: Any, orderbook: Any) -> Any:
        orderbook[RECEIVED_AT] = self.now()
        return super().handle_order_book_message(client, message, orderbook)  # type: ignore[misc]  # ccxt's, laid under at run time

    def handle_message(self, client: Any, message: Any) -> Any:
        event = message.get("event", message) if isinstance(message, dict) else {}
        if event.get("e") in _STREAM_ENDED:
            # ccxt knows nothing of the first; the connection would stay open and silent.
            client.on_error(ccxt_modules.errors().NetworkError(f"{event['e']}"))
            return None
        return super().handle_message(client, message)  # type: ignore[misc]  # ccxt's, laid under at run time

    def handle_order_update(self, _client: Any, message: Any) -> None:
        self._hear(message)

    def handle_balance(self, _client: Any, message: Any) -> None:
        self._hear(message)

    def handle_acount_update(self, _client: Any, message: Any) -> None:
        self._hear(message)

    def _hear(self, event: Any) -> None:
        hint = hint_of(self, event)
        if hint is not None and self.heard is not None:
            self.heard(hint)
