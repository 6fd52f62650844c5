"""What must never be in a history: each check names what it found, and finds nothing in a sound one."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from uuid import UUID

from tests.crash.history import History, StoredLeg, StoredOrder, VenueOrder
from tests.crash.residuals import beyond_too_long, held_by_fills

from poise_common.contracts.packages import LegRole

CLOSED = frozenset({"final", "void"})
ACCOUNT_ALERT = "account_diverged"


def duplicate_orders(history: History) -> list[str]:
    """The venue has two orders under one client id."""
    sent = Counter(order.client_order_id for order in history.venue_orders)
    return [f"{client_id} reached the venue {count} times" for client_id, count in sent.items() if count > 1]


def lost_orders(history: History) -> list[str]:
    """The venue has an order that our book lacks, denies, or has with another filled quantity; or one never ended."""
    stored = history.orders_by_id
    lost = [
        f"{client_id} is at the venue ({order.status}, filled {order.executed}), in our book: "
        + (f"{ours.state}, filled {ours.filled}" if ours else "nothing")
        for client_id, order in ((order.client_order_id, order) for order in history.venue_orders)
        if (ours := stored.get(client_id)) is None or (ours.state, ours.filled) != ("final", order.executed)
    ]
    return lost + [
        f"{order.client_order_id} is still {order.state}" for order in history.orders if order.state not in CLOSED
    ]


def unapproved_orders(history: History) -> list[str]:
    """An order at the venue that no genuine approval covers: its leg, its side, its size."""
    stored = history.orders_by_id
    legs = {
        (approval.approval_id, role): leg
        for approval in history.approvals
        if approval.is_genuine
        for role, leg in approval.legs.items()
    }
    wrong: list[str] = []
    executed: dict[tuple[UUID, LegRole], Decimal] = defaultdict(Decimal)
    for order in history.venue_orders:
        ours = stored.get(order.client_order_id)
        leg = legs.get((ours.approval_id, ours.role)) if ours else None
        if ours is None or leg is None:
            wrong.append(f"{order.client_order_id} has no genuine approval")
            continue
        if (why := _beyond(order, ours, leg)) is not None:
            wrong.append(f"{order.client_order_id} {why}")
        if not ours.is_unwind:
            executed[ours.approval_id, ours.role] += order.executed
    return wrong + [
        f"approval {approval_id} filled {filled} of {legs[approval_id, role].quantity} for its {role.value}"
        for (approval_id, role), filled in executed.items()
        if filled > legs[approval_id, role].quantity
    ]


def _beyond(order: VenueOrder, ours: StoredOrder, leg: StoredLeg) -> str | None:
    side = leg.side.opposite if ours.is_unwind and order.side is not leg.side else leg.side
    if (order.market, order.side) != (leg.market, side):
        return f"is a {order.side.value} of {order.market}, its approval a {leg.side.value} of {leg.market}"
    if order.quantity > leg.quantity:
        return f"is for {order.quantity}, its approval for {leg.quantity}"
    return None


def lost_fills(history: History) -> list[str]:
    """The venue has a fill that the ledger lacks."""
    booked = {fill.key for fill in history.ledger_fills}
    return [f"{fill.key} of {fill.client_order_id}" for fill in history.venue_fills if fill.key not in booked]


def double_counted_fills(history: History) -> list[str]:
    """The ledger has a fill twice, or with more or less than the venue has it; or it was reported as two."""
    venue = {fill.key: fill for fill in history.venue_fills}
    times = Counter(fill.key for fill in history.ledger_fills)
    reported = Counter(fill.key for fill in history.reported_fills.values())
    return (
        [f"{key} is on the ledger {count} times" for key, count in times.items() if count > 1]
        + [f"{key} was reported as {count} fills" for key, count in reported.items() if count > 1]
        + [
            f"{fill.key} is {fill.quantity} at {fill.price} on the ledger, {theirs.quantity} at {theirs.price} there"
            for fill in history.ledger_fills
            if (theirs := venue.get(fill.key)) and (fill.quantity, fill.price) != (theirs.quantity, theirs.price)
        ]
    )


def invented_fills(history: History) -> list[str]:
    """A fill was reported or booked that the venue does not have, or for another package than its order's."""
    venue = {(fill.key, fill.client_order_id) for fill in history.venue_fills}
    stored = history.orders_by_id
    return [
        f"{fill.key} of {fill.client_order_id} for package {fill.package_id}"
        for fill in (*history.ledger_fills, *history.reported_fills.values())
        if (fill.key, fill.client_order_id) not in venue
        or (ours := stored.get(fill.client_order_id)) is None
        or ours.package_id != fill.package_id
    ]


def misheld_packages(history: History) -> list[str]:
    """Execution holds of a package something else than the venue's fills add up to."""
    by_fills = held_by_fills(history)
    nothing: Mapping[LegRole, Decimal] = dict.fromkeys(LegRole, Decimal(0))
    return [
        f"package {package.package_id} holds {package.long_held} / {package.short_held}, by its fills "
        f"{filled[LegRole.LONG]} / {filled[LegRole.SHORT]}"
        for package in history.packages
        if (filled := by_fills.get(package.package_id, nothing))
        and (package.long_held, package.short_held) != (filled[LegRole.LONG], filled[LegRole.SHORT])
    ]


def unsettled_approvals(history: History) -> list[str]:
    """Risk still keeps a reservation for an approval that nobody will answer any more."""
    return [str(approval_id) for approval_id in history.unsettled_approvals]


def false_locks(history: History) -> list[str]:
    """A venue account was locked though nothing foreign happened there."""
    return [
        f"{alert.subject} at {alert.at:%H:%M:%S}"
        for alert in history.alerts
        if alert.name == ACCOUNT_ALERT and alert.firing
    ]


def dead_letters(history: History) -> list[str]:
    """A message was put aside."""
    return list(history.dead_letters)


CHECKS: Mapping[str, Callable[[History], list[str]]] = {
    "duplicate orders": duplicate_orders,
    "lost orders": lost_orders,
    "unapproved orders": unapproved_orders,
    "lost fills": lost_fills,
    "double-counted fills": double_counted_fills,
    "invented fills": invented_fills,
    "packages held otherwise than filled": misheld_packages,
    "residual beyond the cap for over 10 s, unlocked": beyond_too_long,
    "approvals without an outcome": unsettled_approvals,
    "false locks": false_locks,
    "dead letters": dead_letters,
}


def violations(history: History) -> dict[str, list[str]]:
    """Run every check."""
    return {name: check(history) for name, check in CHECKS.items()}
