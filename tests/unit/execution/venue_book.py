"""What an adversarial venue does with orders: fills them in parts, now or later, refuses, rests and drops them."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tests.unit.execution.account_model import AccountModel
from tests.unit.execution.messages import FAR, INSTRUMENTS, NEAR, PAIR, SPOT, price_of

from poise_common.contracts.packages import OrderStyle
from poise_common.domain.instruments import Instrument, InstrumentId, Side
from poise_execution.domain import effects, results
from poise_execution.domain.orders import Fill

Choose = Callable[[int], int]
"""A number from 0 to below n."""

_PARTS = (Decimal(0), Decimal(1), Decimal(1), Decimal("0.5"), Decimal("0.99"), Decimal("0.001"))


@dataclass
class VenueOrder:
    submit: effects.SubmitOrder
    order_id: str
    trades: list[results.VenueTrade] = field(default_factory=list)
    is_open: bool = False

    @property
    def filled(self) -> Decimal:
        return sum((trade.quantity for trade in self.trades), Decimal(0))

    @property
    def left(self) -> Decimal:
        return self.submit.quantity - self.filled

    @property
    def seen(self) -> results.OrderSeen:
        return results.OrderSeen(order_id=self.order_id, filled_quantity=self.filled, is_terminal=not self.is_open)


class VenueBook:
    """All orders of the account by client id, and the account that their trades are booked in."""

    def __init__(self, choose: Choose) -> None:
        self.orders: dict[str, VenueOrder] = {}
        self.accounts: defaultdict[str, AccountModel] = defaultdict(AccountModel)
        self.is_liquid = False
        """Whatever is asked for is filled whole."""
        self._choose = choose
        self._switches: dict[InstrumentId, datetime] = {}
        """When the venue cancels all orders of an instrument by itself."""

    @property
    def account(self) -> AccountModel:
        """The first venue's."""
        return self.accounts["paper"]

    @property
    def open_orders(self) -> list[VenueOrder]:
        return [order for order in self.orders.values() if order.is_open]

    def take(self, submit: effects.SubmitOrder, now: datetime) -> results.OrderSeen | results.OrderRefused:
        """Take an order: match it, rest it, or refuse a post-only one that would match."""
        assert submit.client_order_id not in self.orders, "the venue got an order twice"
        self._expire(now)
        if submit.dead_mans_switch_s is not None:
            self._switches[submit.instrument.id] = now + timedelta(seconds=submit.dead_mans_switch_s)
        rests = submit.style is OrderStyle.POST_ONLY
        if rests and self._choose(4) == 0:
            return results.OrderRefused(code="-2010", text="Order would immediately match and take.")
        order = VenueOrder(submit, f"o-{submit.client_order_id}", is_open=rests or self._choose(8) == 0)
        self.orders[submit.client_order_id] = order
        if not rests:
            self._fill(order, submit.quantity * self._part(), now)
        return order.seen

    def cancel(self, client_order_id: str, now: datetime) -> None:
        """Cancel an order, if it is open."""
        self._expire(now)
        if order := self.orders.get(client_order_id):
            order.is_open = False

    def move(self, now: datetime) -> None:
        """Let an open order fill, or end."""
        self._expire(now)
        if not self.open_orders:
            return
        order = self.open_orders[self._choose(len(self.open_orders))]
        if self._choose(4):
            self._fill(order, order.left * self._part(), now)
        else:
            order.is_open = False

    def end_slow_orders(self) -> None:
        """End the IOC orders that were left open."""
        for order in self.open_orders:
            order.is_open = order.submit.style is OrderStyle.POST_ONLY

    def book(self, instrument: Instrument, side: Side, trade: results.VenueTrade | Fill) -> None:
        """Book a trade in the account."""
        account = self.accounts[instrument.venue]
        account.trade(instrument, side, trade.quantity, trade.price, fee=trade.fee, paid_in=trade.fee_currency)

    def read(self, venue: str, now: datetime) -> AccountModel:
        """Return a venue's account as it stands now, with its open orders."""
        self._expire(now)
        account = self.accounts[venue]
        account.open_orders = [
            results.OpenOrder(
                order_id=order.order_id,
                client_order_id=order.submit.client_order_id,
                symbol=order.submit.instrument.symbol,
                side=order.submit.side,
                open_quantity=order.left,
                filled_quantity=order.filled,
            )
            for order in self.open_orders
            if order.submit.instrument.venue == venue
        ]
        return account

    def account_trades(self, venue: str) -> tuple[results.AccountTrade, ...]:
        return tuple(
            results.AccountTrade(
                **dict(trade),
                symbol=order.submit.instrument.symbol,
                order_id=order.order_id,
                side=order.submit.side,
            )
            for order in self.orders.values()
            if order.submit.instrument.venue == venue
            for trade in order.trades
        )

    def account_orders(self, venue: str) -> tuple[results.AccountOrder, ...]:
        return tuple(
            results.AccountOrder(
                symbol=order.submit.instrument.symbol, client_order_id=client_order_id, seen=order.seen
            )
            for client_order_id, order in self.orders.items()
            if order.submit.instrument.venue == venue
        )

    def _part(self) -> Decimal:
        return Decimal(1) if self.is_liquid else _PARTS[self._choose(len(_PARTS))]

    def _expire(self, now: datetime) -> None:
        for instrument_id in [instrument_id for instrument_id, at in self._switches.items() if at <= now]:
            del self._switches[instrument_id]
            for order in self.open_orders:
                order.is_open = order.submit.instrument.id != instrument_id

    def _fill(self, order: VenueOrder, quantity: Decimal, now: datetime) -> None:
        step = order.submit.instrument.quantity_step
        filled = min((quantity / step).to_integral_value() * step, order.left)
        first = (filled / 3 / step).to_integral_value() * step
        for part in (first, filled - first):
            if part > 0:
                trade = _trade(order, part, now)
                order.trades.append(trade)
                self.book(order.submit.instrument, order.submit.side, trade)
        order.is_open = order.is_open and order.left > 0


def instrument_of(symbol: str) -> Instrument:
    known = (*INSTRUMENTS.values(), *PAIR.values(), NEAR, FAR)
    return next(instrument for instrument in known if instrument.symbol == symbol)


def _trade(order: VenueOrder, quantity: Decimal, now: datetime) -> results.VenueTrade:
    submit = order.submit
    in_base = submit.instrument == SPOT and submit.side is Side.BUY
    fee = quantity * SPOT.taker_fee
    price = price_of(submit.instrument.id)
    return results.VenueTrade(
        trade_id=f"t-{submit.client_order_id}-{len(order.trades)}",
        quantity=quantity,
        price=price,
        fee=fee if in_base else fee * price,
        fee_currency="ETH" if in_base else "USDT",
        traded_at=now,
    )
