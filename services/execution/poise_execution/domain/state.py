"""All that execution remembers: what its rows hold, and nothing that a restart could lose."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from poise_common.contracts.core import Output, Store
from poise_execution.domain.accounts import AccountOpened, AccountStanding, IncomeSeen
from poise_execution.domain.mandates import Mandate
from poise_execution.domain.orders import Fill, Order
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
    fills: dict[tuple[str, str, str], Fill] = field(default_factory=dict)
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

    def fills_of(self, client_order_id: str) -> tuple[Fill, ...]:
        return tuple(fill for fill in self.fills.values() if fill.client_order_id == client_order_id)

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
        """Drop from memory what ended before a time; the rows stay."""
        finished = {
            mandate.approval_id
            for mandate in self.mandates.values()
            if mandate.ended_at is not None and mandate.ended_at < before
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
