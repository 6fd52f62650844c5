"""Records as rows, and rows as records."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from poise_common.contracts.execution import Difference, DifferenceKind, OrderPurpose
from poise_common.contracts.packages import LegRole, OrderStyle, PackageApproved, PackageState
from poise_common.domain.instruments import Instrument, Side
from poise_execution.domain.accounts import AccountOpened, AccountStanding, IncomeSeen
from poise_execution.domain.mandates import Mandate, MandateStatus
from poise_execution.domain.orders import Fill, Order, OrderState
from poise_execution.domain.packages import Package
from poise_execution.domain.reconciliation.accounting import Item
from poise_execution.domain.reconciliation.holdings import Holding
from poise_execution.domain.reconciliation.locks import Lock

Values = dict[str, Any]


def mandate_values(mandate: Mandate) -> Values:
    return {
        "approval_id": mandate.approval_id,
        "package_id": mandate.package_id,
        "approved": mandate.approved.model_dump(mode="json"),
        "expires_at": mandate.approval.expires_at,
        "taken_at": mandate.taken_at,
        "status": mandate.status.value,
        "locked_at": mandate.locked_at,
        "passed_on_at": mandate.passed_on_at,
        "ended_at": mandate.ended_at,
        "outcome": mandate.outcome,
        "told": mandate.told,
    }


def mandate_of(row: Row[Any]) -> Mandate:
    return Mandate(
        approved=PackageApproved.model_validate(row.approved),
        status=MandateStatus(row.status),
        taken_at=row.taken_at,
        locked_at=row.locked_at,
        passed_on_at=row.passed_on_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        told=row.told,
    )


def package_values(package: Package) -> Values:
    return _values(package) | {
        "state": package.state.value,
        "long_instrument": package.long_instrument.model_dump(mode="json"),
        "short_instrument": package.short_instrument.model_dump(mode="json"),
    }


def package_of(row: Row[Any]) -> Package:
    return Package(
        **dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public way to a row's columns by name
        | {
            "state": PackageState(row.state),
            "long_instrument": Instrument.model_validate(row.long_instrument),
            "short_instrument": Instrument.model_validate(row.short_instrument),
        }
    )


def order_values(order: Order) -> Values:
    return _values(order) | {
        "role": order.role.value,
        "purpose": order.purpose.value,
        "side": order.side.value,
        "style": order.style.value,
        "state": order.state.value,
    }


def order_of(row: Row[Any]) -> Order:
    return Order(
        **dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public way to a row's columns by name
        | {
            "role": LegRole(row.role),
            "purpose": OrderPurpose(row.purpose),
            "side": Side(row.side),
            "style": OrderStyle(row.style),
            "state": OrderState(row.state),
        }
    )


def fill_values(fill: Fill) -> Values:
    return _values(fill) | {"side": fill.side.value}


def fill_of(row: Row[Any]) -> Fill:
    return Fill(**dict(row._mapping) | {"side": Side(row.side)})  # noqa: SLF001  # as above


def income_values(income: IncomeSeen) -> Values:
    return _values(income)


def income_of(row: Row[Any]) -> IncomeSeen:
    return IncomeSeen(**row._mapping)  # noqa: SLF001  # as above


def opening_values(opening: AccountOpened) -> Values:
    return _values(opening)


def opening_of(row: Row[Any]) -> AccountOpened:
    return AccountOpened(**row._mapping)  # noqa: SLF001  # as above


def holding_values(holding: Holding) -> Values:
    return {**holding.item._asdict(), "kind": holding.item.kind.value, "quantity": holding.quantity}


def holding_of(row: Row[Any]) -> Holding:
    return Holding(item=Item(row.venue, row.wallet, DifferenceKind(row.kind), row.name), quantity=row.quantity)


def standing_values(standing: AccountStanding) -> Values:
    return _values(standing) | {"tolerated_orders": sorted(standing.tolerated_orders)}


def standing_of(row: Row[Any]) -> AccountStanding:
    return AccountStanding(**dict(row._mapping) | {"tolerated_orders": frozenset(row.tolerated_orders)})  # noqa: SLF001  # as above


def lock_values(lock: Lock) -> Values:
    return _values(lock) | {"differences": [line.model_dump(mode="json") for line in lock.differences]}


def lock_of(row: Row[Any]) -> Lock:
    lines = tuple(Difference.model_validate(line) for line in row.differences)
    return Lock(**dict(row._mapping) | {"differences": lines})  # noqa: SLF001  # as above


def _values(record: Package | Order | Fill | IncomeSeen | AccountOpened | AccountStanding | Lock) -> Values:
    return {field.name: getattr(record, field.name) for field in fields(record)}
