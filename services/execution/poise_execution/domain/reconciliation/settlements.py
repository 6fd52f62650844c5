"""Dated futures that expire while they are held: the venue closes them, and all books follow."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.core import Output, Publish
from poise_common.contracts.execution import ContractSettled, PackageQuantities
from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole
from poise_common.domain.instruments import InstrumentId
from poise_execution.domain.packages import ENDED, Package, PackageEvent
from poise_execution.domain.reconciliation.account_books import AccountBooks
from poise_execution.domain.reconciliation.accounting import position_item, settlement_changes
from poise_execution.domain.reconciliation.lock_reports import package_lost
from poise_execution.domain.reports import STAGE
from poise_execution.domain.results import FundingIncome
from poise_execution.domain.state import ExecutionState


class Settlements:
    """Books a settlement as what it is: no divergence, but a leg that is gone and paid for."""

    def __init__(self, state: ExecutionState, books: AccountBooks, long_price: Callable[[Package], Decimal]) -> None:
        """Use `long_price` to value what is left unhedged."""
        self._state = state
        self._books = books
        self._long_price = long_price

    def take(self, venue: str, income: FundingIncome, price: Decimal, cause: Message, now: datetime) -> list[Output]:
        """Close the position in the books, and each package's leg; a package that is left with one is halted.

        Halted packages are closed by risk: what was hedged by the contract is sold, or bought back.
        """
        held = self._books.quantity(position_item(venue, income.symbol))
        outputs = self._books.changed(venue, settlement_changes(venue, income.symbol, held, price), now)
        settled_id = InstrumentId(venue, income.symbol)
        packages = [_without(package, settled_id) for package in self._holders(settled_id)]
        for package in packages:
            outputs += self._halt(package, venue, income, cause, now)
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
            packages=tuple(
                PackageQuantities(
                    package_id=package.package_id, long_quantity=package.long_held, short_quantity=package.short_held
                )
                for package in packages
            ),
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

    def _halt(self, package: Package, venue: str, income: FundingIncome, cause: Message, now: datetime) -> list[Output]:
        mandate = self._state.mandate_for(package.package_id)
        halted = package_lost(
            cause,
            now,
            package_id=package.package_id,
            approval_id=mandate.approval_id if mandate else package.package_id,
            strategy=package.strategy,
            asset=package.asset,
            reason=f"{income.symbol} expired at {venue} and was settled",
            long_quantity=package.long_held,
            short_quantity=package.short_held,
            residual_delta_usd=package.residual_delta * self._long_price(package),
        )
        return [self._state.put(package.after(PackageEvent.LOCKED)), Publish(halted)]


def _without(package: Package, settled: InstrumentId) -> Package:
    """Return the package without what it held of a contract."""
    long_held = Decimal(0) if package.long_instrument.id == settled else package.long_held
    short_held = Decimal(0) if package.short_instrument.id == settled else package.short_held
    return replace(package, long_held=long_held, short_held=short_held)
