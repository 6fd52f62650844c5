"""What an account's event stream says: never truth, only a reason to ask now."""

from dataclasses import dataclass
from enum import StrEnum


class HintReason(StrEnum):
    ORDER = "order"
    """Something happened to an order."""
    FUNDING = "funding"
    """A funding payment was booked."""
    BALANCE = "balance"
    """Money moved for another reason than an order or funding."""
    RECONNECTED = "reconnected"
    """The stream is live, again or for the first time: whatever happened before was not heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHint:
    """Something to look up now; no quantities, and it may be late, doubled, out of order or missing."""

    reason: HintReason
    symbol: str | None = None
    """ccxt's unified symbol; None where the event is about the whole account."""
    client_order_id: str | None = None
    order_id: str | None = None
