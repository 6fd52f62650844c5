"""The channels `account`, `positions` and `balance_and_position`: what an account holds, and each change of it."""

from __future__ import annotations

from collections.abc import Sequence

from poise_simulator.domain.events import (
    BalanceUpdated,
    Event,
    ExecutionType,
    OrderUpdated,
    PositionUpdated,
    UpdateReason,
)
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.views import Position
from poise_simulator.okx.holdings import balance_row, open_positions, position_id, position_row
from poise_simulator.okx.streams.channels import Topic
from poise_simulator.okx.streams.order_feed import covers
from poise_simulator.okx.streams.private_outlet import PrivateOutlet, private_message
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.okx.wire import millis, number

_ACCOUNT, _POSITIONS, _BOTH = "account", "positions", "balance_and_position"
_REASONS = {
    UpdateReason.ORDER: "filled",
    UpdateReason.LIQUIDATION: "liquidation",
    UpdateReason.TRANSFER: "transferred",
    UpdateReason.FUNDING_FEE: "funding_fee",
    UpdateReason.DELIVERY: "delivered",
}


class AccountFeed:
    """Messages about balances and positions: all of them at first, then what changes."""

    channels = frozenset({_ACCOUNT, _POSITIONS, _BOTH})

    def __init__(self, venue: OkxVenue, outlet: PrivateOutlet) -> None:
        """Send through an outlet."""
        self._venue = venue
        self._outlet = outlet

    def start(self, topic: Topic) -> None:
        """Gather nothing."""

    def stop(self, topic: Topic) -> None:
        """Gather nothing."""

    def catch_up(self, topic: Topic) -> None:
        """Gather nothing."""

    def greet(self, topic: Topic) -> Sequence[object]:
        """Show everything."""
        return [self._snapshot(topic)]

    def due(self, topic: Topic) -> None:
        """Show everything again, as the venue does from time to time."""
        self._outlet.publish(topic, self._snapshot(topic), None, None)

    def hear(self, event: Event) -> None:
        """Tell of a change."""
        match event:
            case BalanceUpdated():
                self._tell_balance(event.account_id, event.asset)
                if event.change:
                    self._tell_both(event)
            case PositionUpdated():
                self._tell_position(event)
                self._tell_both(event)
            case OrderUpdated(order=order) if order.market is Market.FUTURES:
                if event.execution is not ExecutionType.TRADE:
                    settled_in = self._venue.named(order.market, order.symbol).listed.quote
                    self._tell_balance(event.account_id, settled_in)

    def _snapshot(self, topic: Topic) -> dict[str, object]:
        account_id = topic.account_id or ""
        account = self._venue.exchange.account(account_id)
        held = open_positions(account)
        match topic.channel:
            case "account":
                named = topic.named("ccy")
                row = balance_row(self._venue, account, {named} if named else None)
                return _whole(topic, row)
            case "positions":
                rows = [
                    position_row(self._venue, position, account.futures, self._venue.exchange)
                    for position in held
                    if self._is_covered(topic, position)
                ]
                return _whole(topic, *rows)
            case _:
                balances: list[dict[str, object]] = [
                    {"ccy": item.asset, "cashBal": number(item.free + item.locked), "uTime": millis(account.time_ms)}
                    for item in account.spot.values()
                    if item.free or item.locked
                ]
                positions = [self._position_in_short(position) for position in held]
                return private_message(topic, self._both_row("snapshot", balances, positions))

    def _tell_balance(self, account_id: str, asset: str) -> None:
        for topic in list(self._outlet.topics(_ACCOUNT, account_id)):
            if topic.named("ccy") in {"", asset}:
                account = self._venue.exchange.account(account_id)
                row = balance_row(self._venue, account, {asset})
                self._outlet.publish(topic, _update(topic, row), None, None)

    def _tell_position(self, event: PositionUpdated) -> None:
        for topic in list(self._outlet.topics(_POSITIONS, event.account_id)):
            if self._is_covered(topic, event.position):
                futures = self._venue.exchange.account(event.account_id).futures
                row = position_row(self._venue, event.position, futures, self._venue.exchange)
                self._outlet.publish(topic, _update(topic, row), Market.FUTURES, event.position.symbol)

    def _tell_both(self, event: BalanceUpdated | PositionUpdated) -> None:
        for topic in list(self._outlet.topics(_BOTH, event.account_id)):
            balances: list[dict[str, object]] = []
            positions: list[dict[str, object]] = []
            if isinstance(event, BalanceUpdated):
                held = self._venue.exchange.account(event.account_id).spot[event.asset]
                cash = number(held.free + held.locked)
                balances.append({"ccy": event.asset, "cashBal": cash, "uTime": millis(event.time_ms)})
            else:
                positions.append(self._position_in_short(event.position))
            row = self._both_row(_REASONS[event.reason], balances, positions)
            self._outlet.publish(topic, private_message(topic, row), None, None)

    def _is_covered(self, topic: Topic, position: Position) -> bool:
        return covers(topic, self._venue.named(Market.FUTURES, position.symbol))

    def _both_row(
        self, event_type: str, balances: list[dict[str, object]], positions: list[dict[str, object]]
    ) -> dict[str, object]:
        return {
            "pTime": millis(self._venue.now_ms),
            "eventType": event_type,
            "balData": balances,
            "posData": positions,
            "trades": [],
        }

    def _position_in_short(self, position: Position) -> dict[str, object]:
        item = self._venue.named(Market.FUTURES, position.symbol)
        return {
            "posId": position_id(item),
            "tradeId": "",
            "instId": item.inst_id,
            "instType": item.inst_type.value,
            "mgnMode": "cross",
            "posSide": "net",
            "pos": item.size(position.quantity),
            "ccy": item.listed.quote,
            "posCcy": "",
            "avgPx": number(position.entry_price) if position.quantity else "",
            "uTime": millis(position.updated_ms),
        }


def _whole(topic: Topic, *rows: object) -> dict[str, object]:
    return private_message(topic, *rows, eventType="snapshot", curPage=1, lastPage=True)


def _update(topic: Topic, *rows: object) -> dict[str, object]:
    return private_message(topic, *rows, eventType="event_update")
