"""Dated futures that expire while they are held: the venue closes them, and all books follow."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.core import Output, Publish
from poise_common.contracts.execution import ContractSettled
from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole
from poise_common.domain.instruments import InstrumentId
from poise_execution.domain.packages import ENDED, Package
from poise_execution.domain.reconciliation.account_books import AccountBooks
from poise_execution.domain.reconciliation.accounting import position_item, settlement_changes
from poise_execution.domain.reconciliation.losses import Losses, quantities_of
from poise_execution.domain.reports import STAGE
from poise_execution.domain.results import FundingIncome
from poise_execution.domain.state import ExecutionState


class Settlements:
    """Books a settlement as what it is: no divergence, but a leg that is gone and paid for."""

    def __init__(self, state: ExecutionState, books: AccountBooks, losses: Losses) -> None:
        self._state = state
        self._books = books
        self._losses = losses

    def take(self, venue: str, income: FundingIncome, price: Decimal, cause: Message, now: datetime) -> list[Output]:
        """Close the position in the books, and each package's leg; a package that is left with one is halted.

        Halted packages are closed by risk: what was hedged by the contract is sold, or bought back.
        """
        held = self._books.quantity(position_item(venue, income.symbol))
        outputs = self._books.changed(venue, settlement_changes(venue, income.symbol, held, price), now)
        settled_id = InstrumentId(venue, income.symbol)
        packages = [_without(package, settled_id) for package in self._holders(settled_id)]
        reason = f"{income.symbol} expired at {venue} and was settled"
        for package in packages:
            outputs += self._losses.halt(package, reason, cause, now, approval_id=package.package_id)
        settled = ContractSettled.caused_by(
            cause,
            STAGE,
            now,
            income.income_id,
            venue=venue,
            symbol=income.symbol,
            asset=income.symbol.partition("/")[0],
            income_id=income.income_id,
            price=price,
            amount=income.amount,
            currency=income.currency,
            packages=quantities_of(packages),
            settled_at=income.paid_at,
        )
        return [*outputs, Publish(settled)]

    def _holders(self, settled: InstrumentId) -> list[Package]:
        return [
            package
            for package in self._state.packages.values()
            if package.state not in ENDED
            and any(package.instrument(role).id == settled and package.held(role) for role in LegRole)
        ]


def _without(package: Package, settled: InstrumentId) -> Package:
    """Return the package without what it held of a contract."""
    long_held = Decimal(0) if package.long_instrument.id == settled else package.long_held
    short_held = Decimal(0) if package.short_instrument.id == settled else package.short_held
    return replace(package, long_held=long_held, short_held=short_held)
