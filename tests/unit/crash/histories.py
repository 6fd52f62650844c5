"""A sound history of one package, opened and closed, to be broken in one place by each test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tests.crash.history import (
    AlertTold,
    History,
    Market,
    StoredApproval,
    StoredLeg,
    StoredOrder,
    StoredPackage,
    ToldFill,
    TradeKey,
    VenueFill,
    VenueOrder,
)

from poise_common.contracts.packages import LegRole
from poise_common.domain.instruments import Side

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
PACKAGE = UUID(int=1)
OPENING, CLOSING = UUID(int=10), UUID(int=11)
SPOT, PERPETUAL = Market.of("BTC/USDT"), Market.of("BTC/USDT:USDT")
ONE, PRICE = Decimal(1), Decimal(100)
_LEGS = ((LegRole.LONG, SPOT), (LegRole.SHORT, PERPETUAL))


def sound() -> History:
    """Return a history that opened and closed one package of one BTC at $100 within a second each."""
    orders: list[VenueOrder] = []
    fills: list[VenueFill] = []
    stored: list[StoredOrder] = []
    approvals: list[StoredApproval] = []
    for minute, approval_id, opens in ((0, OPENING, True), (1, CLOSING, False)):
        legs: dict[LegRole, StoredLeg] = {}
        for second, (role, market) in enumerate(_LEGS):
            side = Side.BUY if (role is LegRole.LONG) is opens else Side.SELL
            legs[role] = StoredLeg(market, side, ONE)
            client_id = f"{role.value}{approval_id.int}"
            orders.append(
                VenueOrder(
                    client_order_id=client_id, market=market, side=side, quantity=ONE, executed=ONE, status="FILLED"
                )
            )
            fills.append(
                VenueFill(
                    client_order_id=client_id,
                    key=TradeKey(market, str(approval_id.int), client_id),
                    side=side,
                    quantity=ONE,
                    price=PRICE,
                    fee=Decimal("0.1"),
                    fee_currency="USDT",
                    at=NOON + timedelta(minutes=minute, seconds=second),
                )
            )
            stored.append(
                StoredOrder(
                    client_order_id=client_id,
                    approval_id=approval_id,
                    package_id=PACKAGE,
                    role=role,
                    is_unwind=False,
                    state="final",
                    filled=ONE,
                )
            )
        approvals.append(StoredApproval(approval_id=approval_id, legs=legs, is_genuine=True))
    told = [told_of(fill) for fill in fills]
    return History(
        venue_orders=orders,
        venue_fills=fills,
        orders=stored,
        approvals=approvals,
        packages=[StoredPackage(package_id=PACKAGE, base="BTC", long_held=Decimal(0), short_held=Decimal(0))],
        ledger_fills=told,
        reported_fills={UUID(int=number): fill for number, fill in enumerate(told)},
        halted=frozenset(),
        alerts=[],
        unsettled_approvals=[],
        dead_letters=[],
        read_at=NOON + timedelta(minutes=5),
    )


def told_of(fill: VenueFill) -> ToldFill:
    """Return a fill of the package as our books have it."""
    return ToldFill(
        client_order_id=fill.client_order_id,
        package_id=PACKAGE,
        key=fill.key,
        quantity=fill.quantity,
        price=fill.price,
    )


def late_second_leg(seconds: float) -> History:
    """Return the sound history with the short leg filled so many seconds after the long one at the opening."""
    history = sound()
    first, second, *closing = history.venue_fills
    return replace(history, venue_fills=[first, replace(second, at=first.at + timedelta(seconds=seconds)), *closing])


def lock_alert(after_s: float, *, firing: bool, name: str = "package_locked") -> AlertTold:
    return AlertTold(name=name, subject=str(PACKAGE), firing=firing, at=NOON + timedelta(seconds=after_s))
