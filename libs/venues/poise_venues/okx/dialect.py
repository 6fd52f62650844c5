"""OKX, spot, perpetuals and dated futures of one account, as a dialect."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from poise_common.domain.instruments import Instrument
from poise_venues.channels import Channel
from poise_venues.dialects import Fees, KeyPowers, MarginTerms, Rejection, RunningFunding
from poise_venues.hints import AccountHint
from poise_venues.okx import (
    account,
    account_streams,
    budgets,
    endpoints,
    fundings,
    incomes,
    listings,
    orders,
    rejections,
    terms,
)
from poise_venues.okx.dead_mans_switch import DeadMansSwitch
from poise_venues.okx.exchange import OkxOverrides
from poise_venues.outcomes import Account, FoundOrder, Income, Taken, VenueTrade
from poise_venues.rate_limits import Charge


class OkxDialect:
    """Know OKX's words. One for each session: it keeps what the account's one dead-man's switch is wanted for."""

    def __init__(self) -> None:
        self._dead_mans_switch = DeadMansSwitch()

    def exchange_mixin(self) -> type:
        return OkxOverrides

    def options(self) -> dict[str, Any]:
        return {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot", "swap", "future"]},
            "createOrder": "privatePostTradeOrder",
            "tradesLimit": 200,
            "OHLCVLimit": 10,
        }

    def urls(self, base_url: str) -> dict[str, Any]:
        return endpoints.urls_under(base_url)

    def budgets(self) -> frozenset[str]:
        return budgets.NAMES

    def charges(self, api: str, method: str, path: str, params: Mapping[str, Any], cost: float) -> tuple[Charge, ...]:
        return budgets.charges(api, method, path, params, cost)

    def refused_bucket(self, url: str, charges: tuple[Charge, ...]) -> str:
        return charges[0].bucket

    @property
    def refusal_lasts_s(self) -> float:
        return budgets.REFUSAL_LASTS_S

    def subscriptions(self, channel: Channel, symbol: str) -> frozenset[str]:
        match channel:
            case Channel.BOOKS:
                return frozenset({f"books:{symbol}"})
            case Channel.TRADES:
                return frozenset({f"trades:{symbol}"})
            case Channel.CANDLES:
                return frozenset({f"multi:candle1m:{symbol}"})
            case Channel.FUNDING:
                return fundings.subscriptions(symbol)

    def rejection(self, status: int, body: str) -> Rejection | None:
        return rejections.read_rejection(status, body)

    def is_definite_refusal(self, rejection: Rejection, instrument: Instrument) -> bool:
        return rejections.is_definite_refusal(rejection)

    def is_order_not_found(self, rejection: Rejection) -> bool:
        return rejections.is_order_not_found(rejection)

    def is_order_not_open(self, rejection: Rejection) -> bool:
        return rejections.is_order_not_open(rejection)

    def intent_fence(self, intended_ms: int, window_ms: int) -> dict[str, Any]:
        # A header: the venue refuses (50036) what it would process after it by its own clock.
        return {"expTime": str(intended_ms + window_ms)}

    def read_taken(self, exchange: Any, answer: Any, *, is_contract: bool) -> FoundOrder | Taken:
        return orders.read_taken(answer)

    def record(self, answer: Any) -> Any:
        return orders.record(answer)

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
        return True

    async def arm_dead_mans_switch(self, exchange: Any, symbol: str, countdown_ms: int) -> None:
        await self._dead_mans_switch.arm(exchange, symbol, countdown_ms)

    def account_streams(self) -> tuple[str, ...]:
        return account_streams.STREAMS

    async def follow_account(
        self, exchange: Any, stream: str, heard: Callable[[AccountHint], None], *, renew_every_s: float
    ) -> None:
        # A login lasts as long as its connection: nothing is renewed.
        await account_streams.follow(exchange, heard)

    async def key_powers(self, exchange: Any) -> KeyPowers:
        return await account.read_key_powers(exchange)

    async def fees(self, exchange: Any, symbols: tuple[str, ...]) -> dict[str, Fees]:
        return await terms.read_fees(exchange, symbols)

    async def margin_terms(self, exchange: Any, symbols: tuple[str, ...]) -> dict[str, MarginTerms]:
        return await terms.read_margin_terms(exchange, symbols)

    async def funding_intervals_s(self, exchange: Any) -> dict[str, int]:
        return await terms.read_funding_intervals_s(exchange)

    async def running_fundings(self, exchange: Any) -> dict[str, RunningFunding]:
        return await terms.read_running_fundings(exchange)

    async def watch_fundings(self, exchange: Any, symbols: Sequence[str]) -> None:
        await fundings.watch(exchange, symbols)

    async def unwatch_fundings(self, exchange: Any, symbols: Sequence[str]) -> None:
        await fundings.unwatch(exchange, symbols)

    async def next_funding(self, exchange: Any, symbol: str) -> RunningFunding:
        return await fundings.following(exchange, symbol)

    async def account(self, exchange: Any, as_of: datetime) -> Account:
        return await account.read_account(exchange, as_of)

    async def incomes(self, exchange: Any, since: datetime) -> tuple[Income, ...]:
        return await incomes.read_incomes(exchange, since)

    async def use_one_way_mode(self, exchange: Any) -> None:
        await account.use_one_way_mode(exchange)

    async def use_leverage(self, exchange: Any, symbol: str, leverage: int) -> None:
        await account.use_leverage(exchange, symbol, leverage)
