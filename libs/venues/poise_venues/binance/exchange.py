"""What is changed in ccxt's Binance."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from poise_venues.dialects import RECEIVED_AT

_CONNECTION_OF_CHANNEL = {"multipleOrderbook": "0", "multipleTrades": "1", "multipleOHLCV": "2"}
_CONNECTION_OF_OTHERS = "3"


class BinanceOverrides:
    """Be laid over ccxt.pro's binance."""

    if TYPE_CHECKING:
        urls: dict[str, Any]
        now: Callable[[], datetime]

    def is_spot_url(self, client: Any) -> bool:
        # ccxt looks for "/stream" in the address, which only the venue's own host name has.
        return str(client.url).startswith(str(self.urls["api"]["ws"]["spot"]))

    def stream(self, _type: Any, subscription_hash: str, _count: int = 1) -> str:
        # ccxt opens a connection for every distinct list of symbols, and would have to be asked for the same list
        # again to reuse one. One connection a channel lets symbols come and go.
        return _CONNECTION_OF_CHANNEL.get(subscription_hash.split("::", maxsplit=1)[0], _CONNECTION_OF_OTHERS)

    def handle_order_book_message(self, client: Any, message: Any, orderbook: Any) -> Any:
        orderbook[RECEIVED_AT] = self.now()
        return super().handle_order_book_message(client, message, orderbook)  # type: ignore[misc]  # ccxt's, laid under at run time
