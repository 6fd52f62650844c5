"""What execution asks of the outside world; every effect is answered by one message of `results`."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from poise_common.domain.instruments import Instrument, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOrder:
    """Send a price-capped IOC limit order, once; answered by `OrderAnswered` whatever comes of it."""

    client_order_id: str
    instrument: Instrument
    side: Side
    quantity: Decimal
    limit_price: Decimal
    reduce_only: bool


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
    """Read incomes since a time, balances and positions, and incomes again; answered by `AccountRead`."""

    venue: str
    incomes_since: datetime
    activity: int
    """Echoed: it tells whether anything was sent or filled meanwhile."""


Effect = SubmitOrder | LookUpOrder | FetchTrades | PrepareInstrument | ReadAccount
