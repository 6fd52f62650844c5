"""The `orders` channel: every change of an account's orders, each with the execution that made it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from poise_simulator.domain.events import Event, OrderUpdated
from poise_simulator.domain.orders import Fill
from poise_simulator.okx.bills import EVERYTHING
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.order_rows import fee_currency, order_row
from poise_simulator.okx.streams.channels import Topic
from poise_simulator.okx.streams.private_outlet import PrivateOutlet, private_message
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.okx.wire import millis, number

ZERO = Decimal(0)
ANY = "ANY"


class OrderFeed:
    """Messages about orders; there is no snapshot of those that are open."""

    channels = frozenset({"orders"})

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

    def due(self, topic: Topic) -> None:
        """Send nothing by the clock."""

    def greet(self, _: Topic) -> Sequence[object]:
        """Say nothing of orders so far."""
        return ()

    def hear(self, event: Event) -> None:
        """Tell of a change of an order."""
        if not isinstance(event, OrderUpdated):
            return
        order = event.order
        item = self._venue.named(order.market, order.symbol)
        topics = [topic for topic in self._outlet.topics("orders", event.account_id) if covers(topic, item)]
        if topics:
            row = self._row(event, item)
            for topic in topics:
                self._outlet.publish(topic, private_message(topic, row), order.market, order.symbol)

    def _row(self, event: OrderUpdated, item: OkxInstrument) -> dict[str, object]:
        order, fill = event.order, event.fill
        fills = self._venue.exchange.trades(
            event.account_id, order.market, order.symbol, order_id=order.order_id, limit=EVERYTHING
        )
        # Events come when all is done: later executions of the order are not yet told of.
        until = _executed(fills, order.executed_quantity)
        row = order_row(order, until, item, self._venue.tags.get(order.order_id, ""))
        price = order.average_price or order.price
        return row | {
            "fillPx": number(fill.price) if fill else "",
            "fillSz": item.size(fill.quantity) if fill else "0",
            "fillTime": millis(fill.time_ms) if fill else "",
            "tradeId": str(fill.trade_id) if fill else "",
            "fillFee": number(-fill.commission) if fill else "0",
            "fillFeeCcy": fill.commission_asset if fill else fee_currency(item, order.side),
            "fillPnl": number(fill.realised_pnl) if fill else "0",
            "fillNotionalUsd": number(fill.quote_quantity) if fill else "",
            "fillMarkPx": "",
            "execType": ("M" if fill.is_maker else "T") if fill else "",
            "notionalUsd": number(order.quantity * price),
            "lastPx": number(fill.price) if fill else "",
            "amendSource": "",
            "amendResult": "",
            "reqId": "",
            "code": "0",
            "msg": "",
        }


def covers(topic: Topic, item: OkxInstrument) -> bool:
    """Tell whether a subscription by type, and maybe by family or name, takes in an instrument."""
    return (
        topic.named("instType") in {ANY, item.inst_type}
        and topic.named("instFamily") in {"", item.family}
        and topic.named("instId") in {"", item.inst_id}
    )


def _executed(fills: Sequence[Fill], quantity: Decimal) -> list[Fill]:
    """Return the first fills that add up to a quantity."""
    taken, total = [], ZERO
    for fill in fills:
        if total >= quantity:
            break
        taken.append(fill)
        total += fill.quantity
    return taken
