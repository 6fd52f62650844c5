"""Carries approvals out: both legs at once, then whatever one leg holds too much is traded away, or locked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.core import Output, Publish
from poise_common.contracts.packages import LegRole, PackageAction, PackageApproved, PackageState
from poise_execution.domain.gate import Admitted
from poise_execution.domain.hedging import Excess, Prices, Whole, next_step, settled_for
from poise_execution.domain.mandates import Mandate, MandateStatus
from poise_execution.domain.order_desk import OrderDesk
from poise_execution.domain.orders import Order
from poise_execution.domain.packages import Package
from poise_execution.domain.parameters import HedgingParameters
from poise_execution.domain.quotes import Quotes
from poise_execution.domain.reports import lock_alert, outcome_reported, package_halted
from poise_execution.domain.retakes import Exhausted, Round, retake
from poise_execution.domain.state import ExecutionState

_STATE_AFTER = {
    Whole.OPENED: PackageState.OPEN,
    Whole.ABORTED: PackageState.ABORTED,
    Whole.CLOSED: PackageState.CLOSED,
    Whole.CLOSED_PARTLY: PackageState.OPEN,
}


class MandateDesk:
    """Moves approvals to their end; every order it makes derives from the approval."""

    def __init__(self, parameters: HedgingParameters, state: ExecutionState, orders: OrderDesk, quotes: Quotes) -> None:
        self._parameters = parameters
        self._state = state
        self._orders = orders
        self._quotes = quotes

    def take(self, approved: PackageApproved, admitted: Admitted, now: datetime) -> list[Output]:
        """Store the approval as used, its package and all its intents; the POSTs follow the commit together."""
        mandate = Mandate(approved=approved, status=MandateStatus.WORKING, taken_at=now)
        outputs: list[Output] = []
        if admitted.package.state is PackageState.HALTED:
            outputs.append(Publish(lock_alert(mandate, "a signed closing has taken it up", firing=False, now=now)))
        is_opening = mandate.approval.action is PackageAction.OPEN
        under_way = PackageState.OPENING if is_opening else PackageState.CLOSING
        outputs += [self._state.put(mandate), self._state.put(replace(admitted.package, state=under_way))]
        for order in admitted.orders:
            outputs += self._orders.send(order)
        return outputs

    def advance(self, mandate: Mandate, now: datetime) -> list[Output]:
        """Do what is next for an approval; nothing while it waits or has ended."""
        orders = self._state.orders_of(mandate.approval_id)
        is_known = all(order.is_closed for order in orders)
        if not mandate.is_working:
            return [] if is_known else self._reopen(mandate, orders, now)
        if not is_known:
            return self._lock_if_late(mandate, orders, now)
        package = self._state.packages[mandate.package_id]
        prices = self._prices(mandate, package)
        step = next_step(mandate.approval.action, package, prices, self._parameters.residual_cap_usd)
        if isinstance(step, Whole):
            return self._finish(mandate, package, step, now)
        outputs = self._lock_if_late(mandate, orders, now)
        return outputs + self._take_down(mandate.approval_id, step, orders, now)

    def _take_down(
        self, approval_id: UUID, excesses: Sequence[Excess], orders: Sequence[Order], now: datetime
    ) -> list[Output]:
        mandate = self._state.mandates[approval_id]
        package = self._state.packages[mandate.package_id]
        round_ = Round(mandate, package, orders, now)
        retakes = [retake(round_, excess, self._parameters, self._quotes) for excess in excesses]
        if all(isinstance(each, Exhausted) for each in retakes):
            return self._give_up(mandate, package, orders, now)
        return [output for each in retakes if isinstance(each, Order) for output in self._orders.send(each)]

    def _finish(self, mandate: Mandate, package: Package, whole: Whole, now: datetime) -> list[Output]:
        fills = [
            fill
            for order in self._state.orders_of(mandate.approval_id)
            for fill in self._state.fills_of(order.client_order_id)
        ]
        residual_usd = package.residual_delta * self._prices(mandate, package).long
        outputs: list[Output] = [
            self._state.put(replace(package, state=_STATE_AFTER[whole])),
            self._state.put(replace(mandate, status=MandateStatus.DONE, ended_at=now, outcome=whole.value)),
            Publish(
                outcome_reported(
                    whole, mandate=mandate, package=package, fills=fills, residual_usd=residual_usd, now=now
                )
            ),
        ]
        if mandate.locked_at is not None:
            outputs.append(Publish(lock_alert(mandate, f"{whole.value} after all", firing=False, now=now)))
        return outputs

    def _give_up(self, mandate: Mandate, package: Package, orders: Sequence[Order], now: datetime) -> list[Output]:
        prices = self._prices(mandate, package)
        if abs(package.residual_delta) * prices.long <= self._parameters.residual_cap_usd:
            return self._finish(mandate, package, settled_for(mandate.approval.action, package, prices), now)
        outputs = [] if mandate.locked_at else self._lock(mandate, orders, "no try took the residual delta down", now)
        ended = replace(
            self._state.mandates[mandate.approval_id],
            status=MandateStatus.DONE,
            ended_at=now,
            outcome=PackageState.HALTED.value,
        )
        return [*outputs, self._state.put(ended)]

    def _reopen(self, mandate: Mandate, orders: Sequence[Order], now: datetime) -> list[Output]:
        working = replace(mandate, status=MandateStatus.WORKING, ended_at=None)
        return self._lock(working, orders, "the venue shows an order it had denied", now)

    def _lock_if_late(self, mandate: Mandate, orders: Sequence[Order], now: datetime) -> list[Output]:
        deadline = mandate.taken_at + timedelta(seconds=self._parameters.residual_max_s)
        if mandate.locked_at is not None or now < deadline:
            return []
        in_doubt = [order for order in orders if order.is_in_doubt]
        if in_doubt:
            names = ", ".join(f"{order.client_order_id} on {order.instrument_id}" for order in in_doubt)
            return self._lock(mandate, orders, f"outcome still unknown: {names}", now)
        if abs(self._residual_usd(mandate, orders)) <= self._parameters.residual_cap_usd:
            return []
        return self._lock(mandate, orders, "residual delta above its cap for too long", now)

    def _lock(self, mandate: Mandate, orders: Sequence[Order], reason: str, now: datetime) -> list[Output]:
        package = self._state.packages[mandate.package_id]
        residual_usd = self._residual_usd(mandate, orders)
        long_quantity, short_quantity = (_counted(role, package, orders) for role in LegRole)
        text = f"{mandate.approval.asset}: {reason}; residual {residual_usd:.2f} USD"
        return [
            self._state.put(replace(mandate, locked_at=now)),
            self._state.put(replace(package, state=PackageState.HALTED)),
            Publish(
                package_halted(
                    mandate,
                    reason,
                    long_quantity=long_quantity,
                    short_quantity=short_quantity,
                    residual_usd=residual_usd,
                    now=now,
                )
            ),
            Publish(lock_alert(mandate, text, firing=True, now=now)),
        ]

    def _residual_usd(self, mandate: Mandate, orders: Sequence[Order]) -> Decimal:
        package = self._state.packages[mandate.package_id]
        long_quantity, short_quantity = (_counted(role, package, orders) for role in LegRole)
        return (long_quantity - short_quantity) * self._prices(mandate, package).long

    def _prices(self, mandate: Mandate, package: Package) -> Prices:
        long_price, short_price = (
            self._quotes.mid_price(package.instrument(role).id, mandate.leg(role).decision_price) for role in LegRole
        )
        return Prices(long_price, short_price)


def _counted(role: LegRole, package: Package, orders: Sequence[Order]) -> Decimal:
    """Return what a leg counts as holding: its fills, and orders in doubt as if filled in full."""
    doubtful = sum(
        (order.side.sign * order.counted_quantity for order in orders if order.role is role and not order.is_closed),
        Decimal(0),
    )
    return package.held(role) + (doubtful if role is LegRole.LONG else -doubtful)
