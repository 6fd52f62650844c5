"""What is remembered of a venue account."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened:
    """The account was reported for the first time ever: the ledger opened with what it held then."""

    venue: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeSeen:
    """A funding payment of the venue's income list; `is_reported` is False for what came before the opening."""

    venue: str
    income_id: str
    symbol: str
    amount: Decimal
    currency: str
    paid_at: datetime
    is_reported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStanding:
    """What is known of an account beside its holdings."""

    venue: str
    settled_at: datetime
    """The newest reading that agreed to the last digit with nothing under way: no trade from before it is missed."""
    tolerated_orders: frozenset[str] = frozenset()
    """Open orders that are not ours, by the venue's id, which the operator has acknowledged."""
