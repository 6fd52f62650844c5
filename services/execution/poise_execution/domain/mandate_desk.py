"""Carries approvals out: both legs at once, then whatever one leg holds too much is traded away, or locked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.core import Output, Publish
from poise_common.contracts.packages import (
    LegRole,
    OrderStyle,
    PackageAction,
    PackageApproved,
    PackageState,
    RollApproved,
)
from poise_execution.domain.gate import Admitted
from poise_execution.domain.hedging import Excess, Prices, Whole, next_step, settled_for
from poise_execution.domain.leg_quantities import reserved_held, shown_held
from poise_execution.domain.mandates import Mandate, MandateStatus
from poise_execution.domain.order_desk import OrderDesk
from poise_execution.domain.orders import Order, OrderState
from poise_execution.domain.packages import Package, PackageEvent
from poise_execution.domain.parameters import ExecutionConfig
from poise_execution.domain.quotes import Quotes
from poise_execution.domain.reports import lock_alert, long_leg_passed_on, outcome_reported, package_halted
from poise_execution.domain.resting import next_clip, rested, takings, why_resting_ends
from poise_execution.domain.retakes import Exhausted, Round, retake
from poise_execution.domain.rolling import AdmittedRoll, halves_of, quantity_set_free, rolled_from
from poise_execution.domain.state import ExecutionState

_EVENT_OF = {
    Whole.OPENED: PackageEvent.HEDGED,
    Whole.ABORTED: PackageEvent.TAKEN_BACK,
    Whole.CLOSED: PackageEvent.FLAT,
    Whole.CLOSED_PARTLY: PackageEvent.REMAINS,
}


class MandateDesk:
    """Moves approvals to their end; every order it makes derives from the approval."""

    def __init__(
        self,
        config: ExecutionConfig,
        state: ExecutionState,
        orders: OrderDesk,
        quotes: Quotes,
        why_stopped: Callable[[Package], str | None],
    ) -> None:
        """`why_stopped` says why nothing of a package may rest, nor be taken beyond its hedge, or None."""
        self._config = config
        self._parameters = config.hedging
        self._state = state
        self._orders = orders
        self._quotes = quotes
        self._why_stopped = why_stopped

    def take(self, approved: PackageApproved, admitted: Admitted, now: datetime) -> list[Output]:
        """Store the approval as used, its package and all its intents; the POSTs follow the commit together."""
        mandate = Mandate(approved=approved, status=MandateStatus.WORKING, taken_at=now)
        package, orders = admitted.package, admitted.orders
        is_closing, rolls = mandate.approval.action is PackageAction.CLOSE, mandate.approval.rolls_with is not None
        outputs: list[Output] = []
        if package.state is PackageState.HALTED:
            outputs.append(Publish(lock_alert(mandate, "a signed closing has taken it up", firing=False, now=now)))
        if is_closing:
            package = package.after(PackageEvent.ROLL_TAKEN if rolls else PackageEvent.CLOSING_TAKEN)
        if mandate.approval.style is OrderStyle.POST_ONLY and self._why_stopped(package) is None:
            orders = rested(orders, package, self._quotes, self._config.resting, now)
        outputs += [self._state.put(mandate), self._state.put(package)]
        for order in orders:
            outputs += self._orders.send(order)
        return outputs

    def take_roll(self, roll: RollApproved, admitted: AdmittedRoll, now: datetime) -> list[Output]:
        """Store both halves with both intents: they are stored together or not at all."""
        return self.take(roll.closing, admitted.closing, now) + self.take(roll.opening, admitted.opening, now)

    def advance(self, mandate: Mandate, now: datetime) -> list[Output]:
        """Do what is next for an approval; nothing while it waits or has ended."""
        # In one round the other half of a roll may have moved it before.
        mandate = self._state.mandates[mandate.approval_id]
        orders = self._state.orders_of_package(mandate.package_id)
        is_known = all(order.is_closed for order in orders)
        if not mandate.is_working:
            return [] if is_known else self._reopen(mandate, orders, now)
        if not is_known:
            return self._end_resting(mandate, orders, now) + self._lock_if_late(mandate, orders, now)
        if mandate.awaits_passing_on:
            return self._pass_on(mandate, orders, now)
        package = self._state.packages[mandate.package_id]
        round_ = self._round(mandate, package, now)
        if self._why_stopped(package) is None and (more := self._next_clip(round_) or takings(round_, self._quotes)):
            return [output for order in more for output in self._orders.send(order)]
        prices = self._prices(mandate, package)
        step = next_step(mandate.approval.action, package, prices, self._parameters.residual_cap_usd)
        if isinstance(step, Whole):
            return self._finish(mandate, package, step, now)
        outputs = self._lock_if_late(mandate, orders, now)
        return outputs + self._take_down(mandate.approval_id, step, now)

    def _pass_on(self, mandate: Mandate, orders: Sequence[Order], now: datetime) -> list[Output]:
        """Once both halves of a roll are known, pass the long leg on; then each is an approval like any other."""
        halves = closing, opening = halves_of(self._state, mandate)
        if any(not order.is_closed for half in halves for order in self._state.orders_of_package(half.package_id)):
            return self._lock_if_late(mandate, orders, now)
        package, successor = self._state.packages[closing.package_id], self._state.packages[opening.package_id]
        prices = self._prices(closing, package)
        quantity = quantity_set_free(package, successor, prices.long, prices.short)
        outputs = [self._state.put(replace(half, passed_on_at=now)) for half in halves]
        if quantity:
            outputs += [
                self._state.put(package.with_more_long(-quantity)),
                self._state.put(successor.with_more_long(quantity)),
                Publish(long_leg_passed_on(closing, opening, package, quantity=quantity, price=prices.long, now=now)),
            ]
        for half in halves:
            outputs += self.advance(half, now)
        return outputs

    def _next_clip(self, round_: Round) -> tuple[Order, ...]:
        return next_clip(round_, self._quotes, self._config.resting)

    def _end_resting(self, mandate: Mandate, orders: Sequence[Order], now: datetime) -> list[Output]:
        package = self._state.packages[mandate.package_id]
        long_shown, short_shown = (shown_held(self._state, package, orders, role) for role in LegRole)
        imbalance_usd = package.hedge.residual(long_shown, short_shown) * self._prices(mandate, package).long
        ended = self._why_stopped(package) or why_resting_ends(
            self._own_orders(mandate), imbalance_usd, self._parameters.residual_cap_usd, now
        )
        outputs: list[Output] = []
        for order in orders:
            reason = ended if order.style is OrderStyle.POST_ONLY else self._why_overdue(order, now)
            if reason is not None and order.is_in_doubt:
                outputs += self._orders.cancel(order, reason, now)
        return outputs

    def _why_overdue(self, order: Order, now: datetime) -> str | None:
        overdue_at = order.intended_at + timedelta(seconds=self._config.orders.not_found_after_s)
        is_overdue = order.state is OrderState.RESTING and now >= overdue_at
        return "an IOC order does not rest" if is_overdue else None

    def _take_down(self, approval_id: UUID, excesses: Sequence[Excess], now: datetime) -> list[Output]:
        mandate = self._state.mandates[approval_id]
        package = self._state.packages[mandate.package_id]
        round_ = self._round(mandate, package, now)
        retakes = [retake(round_, excess, self._parameters, self._quotes) for excess in excesses]
        if all(isinstance(each, Exhausted) for each in retakes):
            return self._give_up(mandate, package, now)
        return [output for each in retakes if isinstance(each, Order) for output in self._orders.send(each)]

    def _finish(self, mandate: Mandate, package: Package, whole: Whole, now: datetime) -> list[Output]:
        fills = [fill for order in self._own_orders(mandate) for fill in self._state.fills_of(order.client_order_id)]
        residual_usd = package.residual_delta * self._prices(mandate, package).long
        ended = replace(mandate, status=MandateStatus.DONE, ended_at=now, outcome=whole.value, told=mandate.told + 1)
        outputs: list[Output] = [
            self._state.put(package.after(_EVENT_OF[whole])),
            self._state.put(ended),
            Publish(
                outcome_reported(
                    whole,
                    mandate=mandate,
                    package=package,
                    fills=fills,
                    residual_usd=residual_usd,
                    rolled_from=rolled_from(self._state, mandate),
                    now=now,
                )
            ),
        ]
        if mandate.locked_at is not None:
            outputs.append(Publish(lock_alert(mandate, f"{whole.value} after all", firing=False, now=now)))
        return outputs

    def _give_up(self, mandate: Mandate, package: Package, now: datetime) -> list[Output]:
        prices = self._prices(mandate, package)
        if abs(package.residual_delta) * prices.long <= self._parameters.residual_cap_usd:
            return self._finish(mandate, package, settled_for(mandate.approval.action, package, prices), now)
        outputs = [] if mandate.locked_at else self._lock(mandate, (), "no try took the residual delta down", now)
        ended = replace(
            self._state.mandates[mandate.approval_id],
            status=MandateStatus.DONE,
            ended_at=now,
            outcome=PackageState.HALTED.value,
        )
        return [*outputs, self._state.put(ended)]

    def _reopen(self, mandate: Mandate, orders: Sequence[Order], now: datetime) -> list[Output]:
        working = replace(mandate, status=MandateStatus.WORKING, ended_at=None)
        return self._lock(working, orders, "the venue shows an order or a fill that it had denied", now)

    def _lock_if_late(self, mandate: Mandate, orders: Sequence[Order], now: datetime) -> list[Output]:
        latest = now - timedelta(seconds=self._parameters.residual_max_s)
        if mandate.locked_at is not None or mandate.taken_at > latest:
            return []
        in_doubt = [order for order in orders if order.is_in_doubt]
        is_small = self._largest_residual_usd(mandate, orders) <= self._parameters.residual_cap_usd
        if is_small and all(order.intended_at > latest for order in in_doubt):
            return []
        if in_doubt:
            names = ", ".join(f"{order.client_order_id} on {order.instrument_id}" for order in in_doubt)
            return self._lock(mandate, orders, f"outcome still unknown: {names}", now)
        return self._lock(mandate, orders, "residual delta above its cap for too long", now)

    def _lock(self, mandate: Mandate, orders: Sequence[Order], reason: str, now: datetime) -> list[Output]:
        package = self._state.packages[mandate.package_id]
        residual_usd = self._residual_usd(mandate, orders)
        text = f"{mandate.approval.asset}: {reason}; residual {residual_usd:.2f} USD"
        return [
            self._state.put(replace(mandate, locked_at=now, told=mandate.told + 1)),
            self._state.put(package.after(PackageEvent.LOCKED)),
            Publish(
                package_halted(
                    mandate,
                    reason,
                    long_quantity=reserved_held(self._state, package, orders, LegRole.LONG),
                    short_quantity=reserved_held(self._state, package, orders, LegRole.SHORT),
                    residual_usd=residual_usd,
                    now=now,
                )
            ),
            Publish(lock_alert(mandate, text, firing=True, now=now)),
        ]

    def _residual_usd(self, mandate: Mandate, orders: Sequence[Order]) -> Decimal:
        package = self._state.packages[mandate.package_id]
        long_held, short_held = (reserved_held(self._state, package, orders, role) for role in LegRole)
        return package.hedge.residual(long_held, short_held) * self._prices(mandate, package).long

    def _largest_residual_usd(self, mandate: Mandate, orders: Sequence[Order]) -> Decimal:
        """Return how large the residual delta can be, whatever became of the orders in doubt."""
        package = self._state.packages[mandate.package_id]
        long_held, short_held = (
            sorted(held(self._state, package, orders, role) for held in (shown_held, reserved_held)) for role in LegRole
        )
        residual = package.hedge.residual
        largest = max(abs(residual(long_held[0], short_held[1])), abs(residual(long_held[1], short_held[0])))
        return largest * self._prices(mandate, package).long

    def _prices(self, mandate: Mandate, package: Package) -> Prices:
        long_price, short_price = (
            self._quotes.mid_price(package.instrument(role).id, mandate.leg(role).decision_price) for role in LegRole
        )
        return Prices(long_price, short_price)

    def _round(self, mandate: Mandate, package: Package, now: datetime) -> Round:
        return Round(mandate, package, self._own_orders(mandate), now)

    def _own_orders(self, mandate: Mandate) -> tuple[Order, ...]:
        return self._state.orders_of(mandate.approval_id)
