"""What a book can carry of an order, and at which price."""

from decimal import Decimal

from poise_common.contracts.market_data import OrderBook
from poise_common.domain.instruments import Side
from poise_common.domain.order_books import InsufficientDepth, Level, vwap


def average_price(book: OrderBook, side: Side, quantity: Decimal) -> Decimal | None:
    """Return the average price of a quantity in base units; None where the book shows too little to tell."""
    levels = opposite_levels(book, side)
    if not levels or quantity <= 0:
        return None
    average = vwap(levels, float(quantity) * levels[0].price)
    return None if isinstance(average, InsufficientDepth) or average <= 0 else Decimal(f"{average:.12g}")


def carried_quantity(book: OrderBook, side: Side, limit_price: Decimal) -> Decimal:
    """Return how much the book shows at prices no worse than a limit, in base units."""
    carried = (
        Decimal(str(level.quantity))
        for level in opposite_levels(book, side)
        if (Decimal(str(level.price)) - limit_price) * side.sign <= 0
    )
    return sum(carried, Decimal(0))


def opposite_levels(book: OrderBook, side: Side) -> tuple[Level, ...]:
    """Return the levels that an order of this side trades with, best first."""
    return book.asks if side is Side.BUY else book.bids
