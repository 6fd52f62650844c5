"""Orders of accounts while they live, and the archive of all that ever were."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from poise_simulator.domain.instruments import Market
from poise_simulator.domain.matching import RestingOrder
from poise_simulator.domain.orders import Fill, Order, OrderStatus, OrderType, Origin, Side, TimeInForce
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.views import LedgerCount

ZERO = Decimal(0)
FIRST_ORDER_ID = 1_000_001


@dataclass(slots=True, eq=False)
class WorkingOrder:
    """An account's order; `resting` is its place in the book while it rests."""

    order_id: int
    client_order_id: str
    account_id: str
    market: Market
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal | None
    reduce_only: bool
    origin: Origin
    created_ms: int
    updated_ms: int
    status: OrderStatus = OrderStatus.NEW
    executed_quantity: Decimal = ZERO
    executed_quote: Decimal = ZERO
    resting: RestingOrder | None = None
    fills: list[Fill] = field(default_factory=list)

    @property
    def remaining_quantity(self) -> Decimal:
        """What has not traded, in base units."""
        return self.quantity - self.executed_quantity

    def view(self) -> Order:
        """Take a frozen picture."""
        return Order(
            order_id=self.order_id,
            client_order_id=self.client_order_id,
            account_id=self.account_id,
            market=self.market,
            symbol=self.symbol,
            side=self.side,
            type=self.type,
            time_in_force=self.time_in_force,
            price=self.price,
            quantity=self.quantity,
            quote_quantity=self.quote_quantity,
            executed_quantity=self.executed_quantity,
            executed_quote=self.executed_quote,
            status=self.status,
            reduce_only=self.reduce_only,
            origin=self.origin,
            created_ms=self.created_ms,
            updated_ms=self.updated_ms,
        )


class OrderArchive:
    """One account's orders: all by id, the open ones apart, and its fills in order."""

    def __init__(self) -> None:
        """Start empty."""
        self.orders: dict[int, WorkingOrder] = {}
        self.open: dict[int, WorkingOrder] = {}
        self.fills: list[Fill] = []
        self._rejected: Counter[str] = Counter()
        self._ids_by_client_id: dict[tuple[Market, str, str], list[int]] = {}

    def add(self, order: WorkingOrder) -> None:
        """Take in a new order."""
        self.orders[order.order_id] = order
        self.open[order.order_id] = order
        key = (order.market, order.symbol, order.client_order_id)
        self._ids_by_client_id.setdefault(key, []).append(order.order_id)

    def is_client_id_open(self, market: Market, symbol: str, client_order_id: str) -> bool:
        """Tell whether an open order of the symbol has the client id."""
        ids = self._ids_by_client_id.get((market, symbol, client_order_id), ())
        return any(order_id in self.open for order_id in ids)

    def find(self, market: Market, symbol: str, order_id: int | None, client_order_id: str | None) -> WorkingOrder:
        """Find by id, else the newest by client id. Raises `Rejected(UNKNOWN_ORDER)`."""
        if order_id is None:
            ids = self._ids_by_client_id.get((market, symbol, client_order_id or ""), ())
            order_id = ids[-1] if ids else None
        order = None if order_id is None else self.orders.get(order_id)
        if order is None or order.market is not market or order.symbol != symbol:
            raise Rejected(RejectReason.UNKNOWN_ORDER, f"{market} {symbol} {order_id} {client_order_id}")
        return order

    def find_open(self, market: Market, symbol: str, order_id: int | None, client_order_id: str | None) -> WorkingOrder:
        """Find an open order. Raises `Rejected(UNKNOWN_ORDER)`."""
        order = self.find(market, symbol, order_id, client_order_id)
        if order.order_id not in self.open:
            raise Rejected(RejectReason.UNKNOWN_ORDER, f"order {order.order_id} is {order.status}")
        return order

    def open_in(self, market: Market, symbol: str | None = None) -> list[WorkingOrder]:
        """List open orders of a market (and symbol), oldest first."""
        return [o for o in self.open.values() if o.market is market and symbol in {None, o.symbol}]

    def in_market(self, market: Market, symbol: str | None = None) -> Iterable[WorkingOrder]:
        """Walk all orders of a market (and symbol), oldest first."""
        return (o for o in self.orders.values() if o.market is market and symbol in {None, o.symbol})

    def fills_of(self, order_id: int) -> list[Fill]:
        """List one order's fills, oldest first; none of an order that isn't there."""
        order = self.orders.get(order_id)
        return [] if order is None else list(order.fills)

    def count_rejected(self, client_order_id: str | None) -> None:
        """Count a request that was refused; without a client id, under the empty one."""
        self._rejected[client_order_id or ""] += 1

    def count(self) -> LedgerCount:
        """Count orders, refusals and fills, in all and by client id."""
        return LedgerCount(
            orders=len(self.orders),
            rejected=self._rejected.total(),
            fills=len(self.fills),
            liquidations=sum(order.origin is Origin.LIQUIDATION for order in self.orders.values()),
            orders_by_client_order_id=Counter(order.client_order_id for order in self.orders.values()),
            rejected_by_client_order_id=dict(self._rejected),
            fills_by_client_order_id=Counter(fill.client_order_id for fill in self.fills),
        )
