"""User data streams: what happened to an account, in each market's own messages."""

from __future__ import annotations

from poise_simulator.binance.listen_keys import ListenKey
from poise_simulator.binance.streams.futures_user_messages import account_update, order_trade_update
from poise_simulator.binance.streams.hub import Hub
from poise_simulator.binance.streams.spot_user_messages import (
    account_position,
    balance_update,
    execution_report,
)
from poise_simulator.binance.streams.struck_user_events import UserEventOutlet
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.events import (
    BalanceUpdated,
    Event,
    OrderUpdated,
    PositionUpdated,
    UpdateReason,
)
from poise_simulator.domain.instruments import Market

AccountChange = BalanceUpdated | PositionUpdated
Grouping = tuple[str, Market, UpdateReason, int]


class UserDataStreams:
    """Turn events of accounts into messages; changes that belong together go out as one."""

    def __init__(self, venue: Venue, hub: Hub, outlet: UserEventOutlet) -> None:
        self._venue = venue
        self._hub = hub
        self._outlet = outlet

    def listen(self, events: list[Event]) -> None:
        """Take what happened on the exchange; a group of changes goes out where its last one stands."""
        groups: dict[Grouping, list[AccountChange]] = {}
        for event in events:
            if isinstance(event, BalanceUpdated | PositionUpdated):
                groups.setdefault(_grouping(event), []).append(event)
        for event in events:
            if isinstance(event, OrderUpdated):
                self._send_order_update(event)
            elif isinstance(event, BalanceUpdated | PositionUpdated):
                group = groups[_grouping(event)]
                if group[-1] is event:
                    self._send_account_change(group)

    def expire_listen_keys(self, now_ms: int) -> None:
        """Tell the streams of listen keys that ran out, and end them."""
        for key in self._venue.listen_keys.take_expired(now_ms):
            self._hub.expire_name(key.market, key.account_id, key.key, _expired_message(key, now_ms))

    def _send_order_update(self, event: OrderUpdated) -> None:
        order = event.order
        instrument = self._venue.instrument(order.market, order.symbol)
        if order.market is Market.SPOT:
            message = execution_report(event, self._venue.now_ms)
        else:
            message = order_trade_update(event, instrument, self._venue.now_ms)
        self._outlet.publish(order.market, event.account_id, message, order.symbol)

    def _send_account_change(self, changes: list[AccountChange]) -> None:
        first = changes[0]
        now_ms = self._venue.now_ms
        if isinstance(first, BalanceUpdated) and first.market is Market.SPOT:
            balances = [change for change in changes if isinstance(change, BalanceUpdated)]
            if first.reason is UpdateReason.TRANSFER:
                for balance in balances:
                    self._outlet.publish(Market.SPOT, first.account_id, balance_update(balance, now_ms), None)
            self._outlet.publish(Market.SPOT, first.account_id, account_position(balances, now_ms), None)
        else:
            message = account_update(changes, self._venue, now_ms)
            self._outlet.publish(Market.FUTURES, first.account_id, message, None)


def _grouping(event: AccountChange) -> Grouping:
    market = event.market if isinstance(event, BalanceUpdated) else Market.FUTURES
    return event.account_id, market, event.reason, event.time_ms


def _expired_message(key: ListenKey, now_ms: int) -> dict[str, object]:
    return {"e": "listenKeyExpired", "E": now_ms, "listenKey": key.key}
