"""What execution asks of the outside world; every effect is answered by one message of `results`."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.packages import OrderStyle
from poise_common.domain.instruments import Instrument, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOrder:
    """Send a limit order, once, price-capped IOC or post-only; answered by `OrderAnswered` whatever comes of it."""

    client_order_id: str
    instrument: Instrument
    side: Side
    style: OrderStyle
    quantity: Decimal
    limit_price: Decimal
    reduce_only: bool
    intended_at: datetime
    """The venue refuses the order when it comes too long after this."""
    dead_mans_switch_s: float | None
    """Have the venue cancel the instrument's orders by itself after this long; armed before the order is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Ask for an order to go; answered by `CancelAsked`, which says nothing of what became of the order."""

    client_order_id: str
    instrument: Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpOrder:
    """Ask for an order by its client id, at a second endpoint too if it is not found; answered by `OrderLookedUp`."""

    client_order_id: str
    instrument: Instrument
    intended_at: datetime
    """No order of this id is older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchTrades:
    """Fetch the trades of an order from the venue's own list; answered by `TradesFetched`."""

    client_order_id: str
    instrument: Instrument
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareInstrument:
    """Set leverage and margin type of a derivative; answered by `InstrumentPrepared`."""

    instrument: Instrument
    leverage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAccount:
    """Read clock, open orders, balances and positions, then incomes since a time; answered by `AccountRead`."""

    venue: str
    incomes_since: datetime
    known_incomes: frozenset[str] | None
    """Figures count only if no other income is listed after them; None has the incomes read before them as well."""
    activity: int
    """Echoed: it tells whether anything was sent or filled meanwhile."""
    is_urgent: bool = True
    """Something is not explained; a routine report may wait for books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchAccountTrades:
    """Fetch all trades of the account since a time, and the orders they are of; answered by `AccountTradesFetched`."""

    venue: str
    instruments: tuple[Instrument, ...]
    since: datetime
    known_orders: frozenset[tuple[str, str]]
    """Symbol and order id of orders that need not be asked for."""


Effect = SubmitOrder | CancelOrder | LookUpOrder | FetchTrades | PrepareInstrument | ReadAccount | FetchAccountTrades
