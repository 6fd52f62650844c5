"""Binance, spot and USD-margined futures, as a dialect."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from poise_common.domain.instruments import Instrument
from poise_venues import ccxt_modules
from poise_venues.answers import text
from poise_venues.binance import account, account_streams, budgets, endpoints, listings, orders, rejections, terms
from poise_venues.binance.exchange import BinanceOverrides
from poise_venues.channels import Channel
from poise_venues.dialects import Fees, KeyPowers, MarginTerms, Rejection, RunningFunding
from poise_venues.hints import AccountHint
from poise_venues.outcomes import Account, FoundOrder, Income, Taken, VenueTrade
from poise_venues.rate_limits import Charge

_SUBSCRIBE_MESSAGE_COST = 5
"""In ccxt's unit of 50 ms: four messages a second on a connection; the venue drops those that send more than five."""
_DONE = "200"
_SUBSCRIPTION_OF = {
    Channel.BOOKS: "orderbook::{symbol}",
    Channel.TRADES: "trade::{symbol}",
    Channel.CANDLES: "ohlcv::{symbol}::1m",
    Channel.FUNDING: "markPrice:markPrice@{symbol}",
}


class BinanceDialect:
    """Know Binance's words."""

    def exchange_mixin(self) -> type:
        return BinanceOverrides

    def options(self) -> dict[str, Any]:
        return {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot", "linear"]},
            "fetchMargins": False,
            "fetchCurrencies": False,
            "warnOnFetchOpenOrdersWithoutSymbol": False,
            "tradesLimit": 200,
            "OHLCVLimit": 10,
            "watchPositions": {"fetchPositionsSnapshot": False},
            "ws": {"cost": _SUBSCRIBE_MESSAGE_COST},
        }

    def urls(self, base_url: str) -> dict[str, Any]:
        return endpoints.urls_under(base_url)

    def budgets(self) -> frozenset[str]:
        return budgets.NAMES

    def charges(self, api: str, method: str, path: str, params: Mapping[str, Any], cost: float) -> tuple[Charge, ...]:
        return budgets.charges(api, method, path, params, cost)

    def refused_bucket(self, url: str, charges: tuple[Charge, ...]) -> str:
        return budgets.bucket_of_url(url)

    @property
    def refusal_lasts_s(self) -> float:
        return budgets.BAN_WITHOUT_RETRY_AFTER_S

    def subscriptions(self, channel: Channel, symbol: str) -> frozenset[str]:
        return frozenset({_SUBSCRIPTION_OF[channel].format(symbol=symbol)})

    def rejection(self, status: int, body: str) -> Rejection | None:
        return rejections.read_rejection(status, body)

    def is_definite_refusal(self, rejection: Rejection, instrument: Instrument) -> bool:
        return rejections.is_definite_refusal(rejection, is_contract=instrument.is_derivative)

    def is_order_not_found(self, rejection: Rejection) -> bool:
        return rejections.is_order_not_found(rejection)

    def is_order_not_open(self, rejection: Rejection) -> bool:
        return rejections.is_order_not_open(rejection)

    def intent_fence(self, intended_ms: int, window_ms: int) -> dict[str, Any]:
        # Refused (-1021, -5028) once `timestamp` is more than `recvWindow` ago by the venue's clock.
        return {"timestamp": intended_ms}

    def read_taken(self, exchange: Any, answer: Any, *, is_contract: bool) -> FoundOrder | Taken:
        return orders.read_order(exchange, answer, is_contract=is_contract)

    def record(self, answer: Any) -> Any:
        return answer

    def read_order(self, exchange: Any, raw: Any, *, is_contract: bool) -> FoundOrder:
        return orders.read_order(exchange, raw, is_contract=is_contract)

    def read_trade(self, exchange: Any, raw: Any, *, is_contract: bool) -> VenueTrade:
        return orders.read_trade(exchange, raw, is_contract=is_contract)

    async def orders_since(self, exchange: Any, symbol: str, since_ms: int) -> list[Any]:
        return await listings.orders_since(exchange, symbol, since_ms)

    async def trades_of_order(self, exchange: Any, symbol: str, order_id: str) -> list[Any]:
        return await listings.trades_of_order(exchange, symbol, order_id)

    async def trades_between(self, exchange: Any, symbol: str, start_ms: int, end_ms: int) -> list[Any]:
        return await listings.trades_between(exchange, symbol, start_ms, end_ms)

    async def open_orders(self, exchange: Any) -> list[FoundOrder]:
        return await listings.open_orders(exchange)

    def has_dead_mans_switch(self, instrument: Instrument) -> bool:
        return instrument.is_derivative

    async def arm_dead_mans_switch(self, exchange: Any, symbol: str, countdown_ms: int) -> None:
        armed = await exchange.fapiPrivatePostCountdownCancelAll(
            {"symbol": exchange.market(symbol)["id"], "countdownTime": countdown_ms}
        )
        if int(armed["countdownTime"]) != countdown_ms:
            raise ValueError(f"a countdown of {countdown_ms} ms was asked for; armed: {armed}")

    def account_streams(self) -> tuple[str, ...]:
        return account_streams.STREAMS

    async def follow_account(
        self, exchange: Any, stream: str, heard: Callable[[AccountHint], None], *, renew_every_s: float
    ) -> None:
        await account_streams.follow(exchange, stream, heard, renew_every_s=renew_every_s)

    async def key_powers(self, exchange: Any) -> KeyPowers:
        return await account.read_key_powers(exchange)

    async def fees(self, exchange: Any, symbols: tuple[str, ...]) -> dict[str, Fees]:
        return await terms.read_fees(exchange, symbols)

    async def margin_terms(self, exchange: Any, symbols: tuple[str, ...]) -> dict[str, MarginTerms]:
        return await terms.read_margin_terms(exchange)

    async def funding_intervals_s(self, exchange: Any) -> dict[str, int]:
        return await terms.read_funding_intervals_s(exchange)

    async def running_fundings(self, exchange: Any) -> dict[str, RunningFunding]:
        return await terms.read_running_fundings(exchange)

    async def watch_fundings(self, exchange: Any, symbols: Sequence[str]) -> None:
        await exchange.watch_mark_prices(list(symbols))

    async def unwatch_fundings(self, exchange: Any, symbols: Sequence[str]) -> None:
        await exchange.un_watch_mark_prices(list(symbols))

    async def next_funding(self, exchange: Any, symbol: str) -> RunningFunding:
        # Its mark price frames hold the running rate too.
        return terms.read_mark_frame((await exchange.watch_mark_prices([symbol]))[symbol])

    async def account(self, exchange: Any, as_of: datetime) -> Account:
        return await account.read_account(exchange, as_of)

    async def incomes(self, exchange: Any, since: datetime) -> tuple[Income, ...]:
        return await account.read_incomes(exchange, since)

    async def use_one_way_mode(self, exchange: Any) -> None:
        mode = await exchange.fapiPrivateGetPositionSideDual()
        if mode["dualSidePosition"]:
            _require_done(await exchange.fapiPrivatePostPositionSideDual({"dualSidePosition": "false"}))

    async def use_leverage(self, exchange: Any, symbol: str, leverage: int) -> None:
        await _use_cross_margin(exchange, symbol)
        answer = await exchange.set_leverage(leverage, symbol)
        if int(answer["leverage"]) != leverage:
            raise ValueError(f"leverage {leverage} was asked for; set: {answer}")


async def _use_cross_margin(exchange: Any, symbol: str) -> None:
    try:
        _require_done(
            await exchange.fapiPrivatePostMarginType({"symbol": exchange.market(symbol)["id"], "marginType": "CROSSED"})
        )
    except ccxt_modules.errors().MarginModeAlreadySet:
        return


def _require_done(answer: Any) -> None:
    if text(answer, "code") != _DONE:
        raise ValueError(f"the venue has not done it: {answer}")
