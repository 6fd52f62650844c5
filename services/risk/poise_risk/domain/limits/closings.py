"""Whether a closing makes sense: it is never refused for exposure."""

from collections.abc import Callable
from decimal import Decimal

from poise_common.contracts.packages import LegRole, LimitCheck
from poise_common.contracts.state import SystemMode
from poise_common.domain.instruments import Side
from poise_risk.domain.gate.closing import Authority, Closing
from poise_risk.domain.limits.check import all_or_nothing
from poise_risk.domain.limits.sanity import freshness, in_time


def system_mode(closing: Closing) -> LimitCheck:
    """A halted system closes what risk closes by itself, and nothing that others ask for."""
    passed = closing.authority is not Authority.REQUESTER or closing.mode is not SystemMode.HALTED
    return all_or_nothing("system_mode", passed=passed, detail=closing.mode.value)


def request_in_time(closing: Closing) -> LimitCheck:
    """A request is good until it expires."""
    return in_time(closing.request.expires_at, closing.now)


def prices_positive(closing: Closing) -> LimitCheck:
    """What a leg was decided by is above zero: slippage is measured against it."""
    smallest = min(closing.request.long_leg.decision_price, closing.request.short_leg.decision_price)
    return all_or_nothing("prices_positive", passed=smallest > 0, value=smallest)


def package_held(closing: Closing) -> LimitCheck:
    """Only what was opened, and holds something, can be closed."""
    return all_or_nothing(
        "package_held", passed=closing.held is not None, detail="" if closing.held else "no such package is held"
    )


def package_named(closing: Closing) -> LimitCheck:
    """Asset and strategy are those of the package: its closing is booked to them."""
    held, request = closing.held, closing.request
    if held is None:
        return all_or_nothing("package_named", passed=False, detail="nothing held")
    passed = (request.asset, request.strategy) == (held.asset, held.strategy)
    detail = "" if passed else f"the package is of {held.asset}, by {held.strategy}"
    return all_or_nothing("package_named", passed=passed, detail=detail)


def closing_new(closing: Closing) -> LimitCheck:
    """A package is closed by one approval at a time."""
    return all_or_nothing(
        "closing_new", passed=not closing.under_way, detail="a closing is under way" if closing.under_way else ""
    )


def legs_reversed(closing: Closing) -> LimitCheck:
    """The long leg sells and the short leg buys what the package holds."""
    held, request = closing.held, closing.request
    if held is None:
        return all_or_nothing("legs_reversed", passed=False, detail="nothing held")
    asked = tuple((leg.role, leg.instrument_id, leg.side) for leg in (request.long_leg, request.short_leg))
    passed = asked == (
        (LegRole.LONG, held.long_leg.instrument_id, Side.SELL),
        (LegRole.SHORT, held.short_leg.instrument_id, Side.BUY),
    )
    detail = "" if passed else "the long leg sells and the short leg buys what the package holds"
    return all_or_nothing("legs_reversed", passed=passed, detail=detail)


def quantity_held(closing: Closing) -> LimitCheck:
    """No leg closes more than the package holds of it, and together they close something."""
    held, request = closing.held, closing.request
    if held is None:
        return all_or_nothing("quantity_held", passed=False, detail="nothing held")
    pairs = ((request.long_leg, held.long_leg), (request.short_leg, held.short_leg))
    for intent, holding in pairs:
        if intent.quantity < 0 or intent.quantity > holding.quantity:
            return all_or_nothing(
                "quantity_held",
                passed=False,
                value=intent.quantity,
                allowed=holding.quantity,
                detail=str(holding.instrument_id),
            )
    total = sum((intent.quantity for intent, _ in pairs), Decimal(0))
    return all_or_nothing(
        "quantity_held", passed=total > 0, value=total, detail="" if total > 0 else "nothing to close"
    )


def books_fresh(closing: Closing) -> LimitCheck:
    """What is to be traded has a book to be priced by, unless everything is being closed."""
    if closing.authority is Authority.FLATTENING:
        return all_or_nothing("books_fresh", passed=True, detail="flattening goes by what is known")
    legs = (closing.request.long_leg, closing.long_book), (closing.request.short_leg, closing.short_book)
    books = tuple(book for intent, book in legs if intent.quantity)
    return freshness(books, closing.config.staleness.book_ms, closing.now)


CLOSING_CHECKS: tuple[Callable[[Closing], LimitCheck], ...] = (
    system_mode,
    request_in_time,
    prices_positive,
    package_held,
    package_named,
    closing_new,
    legs_reversed,
    quantity_held,
    books_fresh,
)
"""What a closing must pass, in the order it is told."""
