from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from poise_common.contracts.market_data import OrderBook
from poise_common.domain.ids import seeded_ids
from poise_common.domain.order_books import Level
from poise_portfolio.domain.worth.marks import Marks

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def book(mid: float, received_at: datetime) -> OrderBook:
    return OrderBook.first(
        seeded_ids(1)(received_at),
        "test",
        received_at,
        venue="paper",
        symbol="BTC/USDT",
        tier=1,
        sequence=1,
        venue_time=received_at,
        received_at=received_at,
        bids=(Level(mid - 1, 1.0),),
        asks=(Level(mid + 1, 1.0),),
    )


@pytest.mark.parametrize(("late_ms", "price"), [(-1, "100.0"), (0, "101.0"), (1, "101.0")])
def test_a_book_that_comes_after_a_later_one_does_not_move_the_price(late_ms: int, price: str) -> None:
    marks = Marks(["USDT"], timedelta(seconds=5))
    marks.take_book(book(100.0, NOON))
    marks.take_book(book(101.0, NOON + timedelta(milliseconds=late_ms)))
    assert marks.of("paper", "BTC/USDT", NOON) == Decimal(price)
