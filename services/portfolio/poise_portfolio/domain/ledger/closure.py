"""Three-way closure: fills, funding and fees must explain what the venue's account holds."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.execution import AccountReported
from poise_portfolio.domain.ledger.accounts import Ledger
from poise_portfolio.domain.ledger.markets import is_inverse, reported_position, size_of
from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.worth.marks import ONE, Marks


class Difference(NamedTuple):
    """What the venue holds beyond the ledger of one currency in a wallet, or of one derivative."""

    wallet: str | None
    """None for a derivative position."""
    subject: str
    amount: Decimal
    """In base units; of an inverse contract in quote, its face."""


def differences(ledger: Ledger, report: AccountReported) -> Iterator[Difference]:
    """Compare every balance and position that the venue or the ledger knows; what one leaves out is zero there."""
    reported_cash = {(balance.wallet, balance.currency): balance.total for balance in report.balances}
    booked_cash = {
        (wallet, currency): total for (venue, wallet, currency), total in ledger.cash.items() if venue == report.venue
    }
    for wallet, currency in sorted(reported_cash.keys() | booked_cash.keys()):
        key = (wallet, currency)
        if amount := reported_cash.get(key, ZERO) - booked_cash.get(key, ZERO):
            yield Difference(wallet, currency, amount)
    reported_positions = {
        held.symbol: size_of(held.symbol, reported_position(held.symbol, held.quantity, held.entry_price))
        for held in report.positions
    }
    booked_positions = {
        symbol: size_of(symbol, position)
        for (venue, symbol), position in ledger.positions.items()
        if venue == report.venue
    }
    for symbol in sorted(reported_positions.keys() | booked_positions.keys()):
        if amount := reported_positions.get(symbol, ZERO) - booked_positions.get(symbol, ZERO):
            yield Difference(None, symbol, amount)


def residual_of(ledger: Ledger, report: AccountReported, marks: Marks, now: datetime) -> Decimal:
    """Sum what is unexplained in USD, unsigned: a shortage of one thing never hides behind an excess of another.

    What nothing prices counts as nothing.
    """
    amounts_usd = (abs(found.amount) * _price(found, report.venue, marks, now) for found in differences(ledger, report))
    return sum(amounts_usd, ZERO)


def _price(difference: Difference, venue: str, marks: Marks, now: datetime) -> Decimal:
    if difference.wallet is None:
        if is_inverse(difference.subject):
            return ONE
        return marks.of(venue, difference.subject, now) or ZERO
    return marks.of_currency(venue, difference.subject, now) or ZERO
