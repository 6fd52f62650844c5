"""The closings that risk asks of itself, through the same gate as anyone's."""

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.packages import ClosePackage, LegIntent, LegRole
from poise_common.domain.instruments import Instrument, Side
from poise_common.domain.order_books import InsufficientDepth, vwap
from poise_risk.domain.closing import HeldPair, Holding
from poise_risk.domain.decisions import STAGE
from poise_risk.domain.exits import WHOLE_PCT, ExitDue
from poise_risk.domain.limits.collar import best_opposite, collar_price


def closing_request(
    due: ExitDue,
    held: HeldPair,
    books: tuple[OrderBook, OrderBook],
    *,
    collar_bps: Decimal,
    id_: UUID,
    life: timedelta,
    now: datetime,
) -> ClosePackage:
    """Write the request that closes the due share of what is held; `books` are the long leg's and the short leg's."""
    long_quantity, short_quantity = _quantities(due.share_pct, held, books)
    return ClosePackage.first(
        id_,
        STAGE,
        now,
        package_id=due.package.package_id,
        strategy=due.package.strategy,
        asset=due.package.asset,
        reason=due.reason,
        edge_left=None,
        long_leg=_leg(LegRole.LONG, Side.SELL, held.long_leg, long_quantity, book=books[0], collar_bps=collar_bps),
        short_leg=_leg(LegRole.SHORT, Side.BUY, held.short_leg, short_quantity, book=books[1], collar_bps=collar_bps),
        requested_at=now,
        expires_at=now + life,
    )


def _quantities(share_pct: Decimal, held: HeldPair, books: tuple[OrderBook, OrderBook]) -> tuple[Decimal, Decimal]:
    """Take the share off both legs in whole coarser steps; the whole where a part could not be traded."""
    whole = _whole(held.long_leg), _whole(held.short_leg)
    rules = held.long_leg.instrument, held.short_leg.instrument
    if share_pct >= WHOLE_PCT or rules[0] is None or rules[1] is None:
        return whole
    step = max(rules[0].quantity_step, rules[1].quantity_step)
    part = tuple(_down_to(step, quantity * share_pct / WHOLE_PCT) for quantity in whole)
    for rule, book, taken, all_ in zip(rules, books, part, whole, strict=True):
        price = best_opposite(book, Side.SELL)
        if not (_is_tradable(rule, taken, price) and _is_tradable(rule, all_ - taken, price)):
            return whole
    return part[0], part[1]


def _whole(holding: Holding) -> Decimal:
    return holding.quantity if holding.instrument is None else holding.instrument.round_quantity(holding.quantity)


def _down_to(step: Decimal, quantity: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(ROUND_DOWN) * step


def _is_tradable(instrument: Instrument | None, quantity: Decimal, price: Decimal) -> bool:
    if instrument is None:
        return False
    return quantity >= instrument.min_quantity and quantity * price >= instrument.min_notional


def _leg(
    role: LegRole, side: Side, holding: Holding, quantity: Decimal, *, book: OrderBook, collar_bps: Decimal
) -> LegIntent:
    return LegIntent(
        role=role,
        venue=holding.instrument_id.venue,
        symbol=holding.instrument_id.symbol,
        side=side,
        quantity=quantity,
        decision_price=_expected_price(book, side, quantity),
        limit_price=collar_price(book, side, collar_bps, holding.instrument),
        book_time=book.venue_time,
    )


def _expected_price(book: OrderBook, side: Side, quantity: Decimal) -> Decimal:
    """The average price the book gives for the quantity; its best price where it is too thin to tell."""
    best = best_opposite(book, side)
    average = vwap(book.asks if side is Side.BUY else book.bids, float(quantity * best)) if quantity > 0 else 0.0
    return best if isinstance(average, InsufficientDepth) or average <= 0 else Decimal(f"{average:.12g}")
