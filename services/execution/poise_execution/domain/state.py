"""All that execution remembers: what its rows hold, and nothing that a restart could lose."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from poise_common.contracts.core import Output, Store
from poise_common.contracts.packages import LegRole
from poise_execution.domain.accounts import AccountOpened, AccountStanding, IncomeSeen
from poise_execution.domain.mandates import Mandate, MandateStatus
from poise_execution.domain.orders import Fill, FillKey, Order
from poise_execution.domain.packages import ENDED, Package
from poise_execution.domain.reconciliation.accounting import Item
from poise_execution.domain.reconciliation.holdings import Holding
from poise_execution.domain.reconciliation.locks import Lock

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class ExecutionState:
    """Records by their keys; every change goes through `put`, which also says that it is to be stored."""

    mandates: dict[UUID, Mandate] = field(default_factory=dict)
    packages: dict[UUID, Package] = field(default_factory=dict)
    ended_packages: set[UUID] = field(default_factory=set)
    orders: dict[str, Order] = field(default_factory=dict)
    fills: dict[FillKey, Fill] = field(default_factory=dict)
    incomes: dict[tuple[str, str], IncomeSeen] = field(default_factory=dict)
    openings: dict[str, AccountOpened] = field(default_factory=dict)
    holdings: dict[Item, Holding] = field(default_factory=dict)
    standings: dict[str, AccountStanding] = field(default_factory=dict)
    locks: dict[str, Lock] = field(default_factory=dict)
    """Open ones, by venue."""

    def put(self, record: "Record") -> Output:
        """Take a record in place of the one with its key, and have it stored."""
        match record:
            case Mandate():
                self.mandates[record.approval_id] = record
            case Package():
                self.packages[record.package_id] = record
            case Order():
                self.orders[record.client_order_id] = record
            case Fill():
                self.fills[record.key] = record
            case IncomeSeen():
                self.incomes[record.venue, record.income_id] = record
            case AccountOpened():
                self.openings[record.venue] = record
            case Holding():
                self.holdings[record.item] = record
            case AccountStanding():
                self.standings[record.venue] = record
            case Lock(is_open=True):
                self.locks[record.venue] = record
            case Lock():
                self.locks.pop(record.venue, None)
        return Store(record)

    def orders_of(self, approval_id: UUID) -> tuple[Order, ...]:
        """Return an approval's orders, oldest first."""
        return tuple(order for order in self.orders.values() if order.approval_id == approval_id)

    def orders_of_package(self, package_id: UUID) -> tuple[Order, ...]:
        """Return a package's orders of all its approvals, oldest first."""
        return tuple(order for order in self.orders.values() if order.package_id == package_id)

    def orders_of_leg(self, package_id: UUID, role: LegRole) -> tuple[Order, ...]:
        return tuple(order for order in self.orders_of_package(package_id) if order.role is role)

    def mandate_for(self, package_id: UUID) -> Mandate | None:
        """Return the approval that is being carried out for a package, else the last one that was."""
        own = [
            mandate
            for mandate in self.mandates.values()
            if mandate.package_id == package_id and mandate.status is not MandateStatus.REFUSED
        ]
        # Of two that were taken up at one time, the later one in the order of their taking.
        return max(reversed(own), key=lambda mandate: (mandate.is_working, mandate.taken_at), default=None)

    def fills_of(self, client_order_id: str) -> tuple[Fill, ...]:
        return tuple(fill for fill in self.fills.values() if fill.client_order_id == client_order_id)

    def counted_quantity(self, client_order_id: str) -> Decimal:
        """Return how much of an order is counted as filled, base units."""
        return sum((fill.quantity for fill in self.fills_of(client_order_id)), Decimal(0))

    def working_mandates(self) -> tuple[Mandate, ...]:
        return tuple(mandate for mandate in self.mandates.values() if mandate.is_working)

    def is_locked(self, venue: str) -> bool:
        """Say whether a venue's account differs from our books, until the operator acknowledges it."""
        return venue in self.locks

    def is_quiet(self, venue: str) -> bool:
        """Say whether no order of ours at a venue is short of its last fill."""
        return all(order.is_closed for order in self.orders.values() if order.venue == venue)

    def forget_incomes(self, venue: str, before: datetime) -> None:
        """Drop from memory the incomes that a venue will not be asked for again; the rows stay."""
        _drop(
            self.incomes,
            [key for key, income in self.incomes.items() if income.venue == venue and income.paid_at < before],
        )

    def forget_finished(self, before: datetime) -> None:
        """Drop from memory what ended before a time, but for what made packages that are still held; the rows stay."""
        active = {package.package_id for package in self.packages.values() if package.state not in ENDED}
        finished = {
            mandate.approval_id
            for mandate in self.mandates.values()
            if mandate.ended_at is not None
            and mandate.ended_at < before
            and (mandate.package_id not in active or mandate.status is MandateStatus.REFUSED)
        }
        if not finished:
            return
        orders = {order.client_order_id for order in self.orders.values() if order.approval_id in finished}
        ended = {key for key, package in self.packages.items() if package.state in ENDED}
        ended -= {mandate.package_id for mandate in self.mandates.values() if mandate.approval_id not in finished}
        self.ended_packages |= ended
        _drop(self.packages, ended)
        _drop(self.fills, [key for key, fill in self.fills.items() if fill.client_order_id in orders])
        _drop(self.orders, orders)
        _drop(self.mandates, finished)


Record = Mandate | Package | Order | Fill | IncomeSeen | AccountOpened | Holding | AccountStanding | Lock


def _drop(records: dict[K, V], keys: Iterable[K]) -> None:
    for key in keys:
        records.pop(key, None)
