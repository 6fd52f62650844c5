"""What is changed in ccxt's OKX."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from poise_venues import ccxt_modules
from poise_venues.dialects import RECEIVED_AT
from poise_venues.hints import AccountHint
from poise_venues.okx.account_streams import hints_of, subscribed
from poise_venues.okx.books import LevelTexts, checksum
from poise_venues.okx.budgets import connection_charge, subscription_charge
from poise_venues.okx.messages import send
from poise_venues.rate_limits import SharedRateLimiter

_TEXTS = "texts"
_CONNECTION_OF_CHANNEL = {
    "trades": "trades",
    "funding-rate": "funding",
    "mark-price": "funding",
    "index-tickers": "funding",
}
_FIRST_CONNECTIONS = ("#books", "/private")
_CANDLE_VOLUME_IN_CONTRACTS = 5


class OkxOverrides:
    """Be laid over ccxt.pro's okx."""

    heard: "Callable[[AccountHint], None] | None" = None
    """Whoever listens to the account's events."""

    if TYPE_CHECKING:
        clients: dict[str, Any]
        orderbooks: dict[str, Any]
        limiter: SharedRateLimiter
        now: Callable[[], datetime]
        nonce: Callable[[], int]
        safe_integer: Callable[..., int | None]
        market: Callable[[str], Any]
        safe_market: Callable[..., Any]

    def seconds(self) -> int:
        # A login is signed with it: by the venue's clock, as requests are.
        return self.nonce() // 1000

    def handle_pong(self, client: Any, _message: Any) -> None:
        # ccxt compares it with the computer's clock; `milliseconds` here is the desk's.
        client.lastPong = super().milliseconds()  # type: ignore[misc]  # ccxt's, laid under at run time

    def get_url(self, channel: str, access: str = "public") -> str:
        url: str = super().get_url(channel, access)  # type: ignore[misc]  # ccxt's, laid under at run time
        if access != "public" or channel.startswith("candle"):
            return url
        # The fragment stays here: one connection a group of channels, so that a silent one is dropped alone.
        return f"{url}#{_CONNECTION_OF_CHANNEL.get(channel, 'books')}"

    def client(self, url: str) -> Any:
        is_new = url not in self.clients
        client = super().client(url)  # type: ignore[misc]  # ccxt's, laid under at run time
        if is_new:
            _pay_from(self.limiter, client, url)
        return client

    def sign(self, path: Any, api: Any = "public", method: str = "GET", params: Any = None, *rest: Any) -> Any:
        # The deadline of an order is a header, and ccxt has no way to say it.
        expires_at = params.pop("expTime", None) if isinstance(params, dict) else None
        signed = super().sign(path, api, method, params or {}, *rest)  # type: ignore[misc]  # ccxt's, laid under at run time
        if expires_at is not None:
            signed["headers"]["expTime"] = expires_at
        return signed

    async def fetch_currencies(self, _params: Any = None) -> dict[str, Any]:
        # Deposits and withdrawals, asked for with the key: nothing that the desk has to do with.
        return {}

    async def fetch_markets(self, params: Any = None) -> Any:
        markets = await super().fetch_markets(params or {})  # type: ignore[misc]  # ccxt's, laid under at run time
        # ccxt takes an answer without markets for a venue that lists none.
        for kind in ("spot", "swap"):
            if not any(market[kind] for market in markets):
                raise ccxt_modules.errors().BadResponse(f"the venue lists no {kind} market")
        return markets

    def parse_ohlcv(self, ohlcv: Any, market: Any = None) -> list[Any]:
        candle: list[Any] = super().parse_ohlcv(ohlcv, market)  # type: ignore[misc]  # ccxt's, laid under at run time
        # ccxt's is in base units for derivatives; everywhere else volumes are in what the venue counts in.
        return [*candle[:_CANDLE_VOLUME_IN_CONTRACTS], float(ohlcv[_CANDLE_VOLUME_IN_CONTRACTS])]

    def parse_ticker(self, ticker: Any, market: Any = None) -> Any:
        parsed = super().parse_ticker(ticker, market)  # type: ignore[misc]  # ccxt's, laid under at run time
        if parsed["quoteVolume"] is None and ticker.get("volCcy24h") and ticker.get("last"):
            # Of derivatives the venue tells the turnover in base units.
            parsed["quoteVolume"] = float(ticker["volCcy24h"]) * float(ticker["last"])
        return parsed

    async def watch_order_book_for_symbols(self, symbols: Any, _limit: Any = None, params: Any = None) -> Any:
        # By its depth ccxt would choose channels that are for big accounts only, or have no sequence.
        return await super().watch_order_book_for_symbols(symbols, None, params or {})  # type: ignore[misc]  # ccxt's, laid under at run time

    def handle_order_book_message(self, client: Any, message: Any, orderbook: Any, *rest: Any) -> Any:
        orderbook[RECEIVED_AT] = self.now()
        texts = orderbook.setdefault(_TEXTS, (LevelTexts(), LevelTexts()))
        for side_texts, side in zip(texts, ("bids", "asks"), strict=True):
            side_texts.take(message.get(side) or ())
        changed = super().handle_order_book_message(client, message, orderbook, *rest)  # type: ignore[misc]  # ccxt's, laid under at run time
        message_hash = rest[0]
        if message_hash in client.subscriptions and not _is_intact(message, orderbook):
            error = ccxt_modules.errors().ChecksumError(f"{message_hash}: the checksum is another")
            self.orderbooks.pop(orderbook["symbol"], None)
            del client.subscriptions[message_hash]
            client.reject(error, message_hash)
        if message_hash not in client.subscriptions:
            self._leave(client, message_hash)
        return changed

    def _leave(self, client: Any, message_hash: str) -> None:
        """Stop a book that has a gap at the venue too, so that subscribing to it anew brings a snapshot."""
        channel, _, symbol = message_hash.partition(":")
        arg = {"channel": channel, "instId": self.market(symbol)["id"]}
        asyncio.ensure_future(send(client, {"op": "unsubscribe", "args": [arg]}))  # noqa: RUF006  # it says what it fails of to the client

    def handle_unsubscription(self, client: Any, message: Any) -> None:
        arg = message.get("arg", {})
        symbol = self.safe_market(arg.get("instId"))["symbol"]
        asked = {f"unsubscribe:orderbook:{symbol}", f"unsubscribe:{arg.get('channel')}:{symbol}"}
        asked.add(f"unsubscribe:multi:{arg.get('channel')}:{symbol}")
        if asked & client.subscriptions.keys():
            # Of others ccxt would end what has been subscribed to since.
            super().handle_unsubscription(client, message)  # type: ignore[misc]  # ccxt's, laid under at run time

    def handle_subscription_status(self, client: Any, message: Any) -> None:
        client.resolve(True, subscribed(message.get("arg", {}).get("channel")))

    def handle_orders(self, _client: Any, message: Any) -> None:
        self._hear(message)

    def handle_balance_and_position(self, _client: Any, message: Any) -> None:
        self._hear(message)

    def _hear(self, message: Any) -> None:
        for hint in hints_of(self, message):
            if self.heard is not None:
                self.heard(hint)


def _is_intact(message: Any, orderbook: Any) -> bool:
    # The venue has begun to send 0 for it: its sequence numbers are what counts then.
    told = int(message.get("checksum") or 0)
    if not told:
        return True
    bid_texts, ask_texts = orderbook[_TEXTS]
    return told == checksum(bid_texts.best(orderbook["bids"]), ask_texts.best(orderbook["asks"]))


def _pay_from(limiter: SharedRateLimiter, client: Any, url: str) -> None:
    """Have a connection, and every message that ccxt sends by it, pay from the shared budgets."""
    connect = client.create_connection

    async def connect_when_there_is_room(session: Any) -> Any:
        await limiter.acquire(connection_charge(comes_first=url.endswith(_FIRST_CONNECTIONS)))
        return await connect(session)

    async def wait_for_room(_cost: float) -> None:
        await limiter.acquire(subscription_charge(url))

    client.create_connection = connect_when_there_is_room
    client.throttle = wait_for_room
