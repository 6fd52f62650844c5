"""What two assets against each other are worth, worked by hand."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.signals.two_assets.markets import NOW, book, candidate, config, funding, market

from poise_common.contracts.market_data import FundingRate, OrderBook
from poise_common.domain.order_books import Level
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, Unpriced
from poise_signals.domain.two_assets.pricing import Expected, enter, leave

CONFIG = config()
BOOKS = (book("ETH", 99.99, 100.01), book("SOL", 19.996, 20.004))
RATES = (funding("ETH", 0.0002), funding("SOL", -0.0001))
DAY = timedelta(hours=24)
Books = tuple[OrderBook, ...]
Rates = tuple[FundingRate, ...]


def entered(expected: Expected, notional_usd: float = 10_000, books: Books = BOOKS, rates: Rates = RATES) -> Edge:
    found = enter(
        expected,
        candidate("ETH", "SOL"),
        market(books, rates),
        notional_usd,
        CONFIG,
        now=NOW,
        margin_fraction=0.5,
    )
    assert isinstance(found, Edge)
    return found


def test_an_entry_worked_by_hand() -> None:
    """Long ETH at 100, short SOL at 20, half a dollar of SOL for each of ETH, 1 % expected within a day.

    The exposure is ETH's: shares 1 and 0.5. Fees (0.05 + 0.02) % × 1.5 = 0.105 %. Slippage (100.01 − 99.99) / 100 =
    0.02 % and half of (20.004 − 19.996) / 20 = 0.04 %: 0.04 %. Buffer 0.03 % (volatility unknown). Net 1 − 0.105 − 0.04
    − 0.03 = 0.825 %. Funding: three settlements within the day (4, 12 and 20 hours from now): long ETH pays 3 × 0.02 %,
    short SOL pays half of 3 × 0.01 %: −0.075 %, by 1,000 settlements of 1,006 that count. Capital half of 1.5 dollars:
    0.75 % × 365 / 0.75 = 365 %. Hedge ratio: 0.5 × 100 / 20 = 2.5 SOL for each ETH.
    """
    edge = entered(Expected(gain=0.01, short_per_long_usd=0.5, within=DAY))
    assert edge.frictions.fees == pytest.approx(0.00105)
    assert edge.frictions.slippage == pytest.approx(0.0004)
    assert edge.frictions.safety_buffer == pytest.approx(0.0003)
    assert edge.net_yield == pytest.approx(0.00825)
    assert edge.basis == pytest.approx(0.0096)
    assert edge.expected_funding == pytest.approx(-0.00075 * 1000 / 1006)
    assert edge.net_apr == pytest.approx((0.00825 - 0.00075 * 1000 / 1006) * 365 / 0.75)
    assert edge.hedge_ratio == pytest.approx(2.5)
    assert (edge.long_price, edge.short_price) == pytest.approx((100.01, 19.996))
    assert (edge.why_not, edge.confidence) == (None, 1.0)


def test_where_the_short_leg_is_the_larger_it_is_the_exposure() -> None:
    # Two dollars of SOL for each of ETH: shares 0.5 and 1; what a dollar of ETH earns is half of that of the exposure.
    edge = entered(Expected(gain=0.01, short_per_long_usd=2.0, within=DAY))
    assert edge.frictions.fees == pytest.approx(0.0007 * 1.5)
    assert edge.frictions.slippage == pytest.approx(0.0002 * 0.5 + 0.0004)
    assert edge.basis == pytest.approx(0.005 - 0.0005)
    assert edge.hedge_ratio == pytest.approx(10.0)


def test_leaving_is_priced_on_the_other_side_of_both_books_and_by_what_both_carry() -> None:
    expected = Expected(gain=0.004, short_per_long_usd=0.5, within=DAY)
    thin = (book("ETH", 99.99, 100.01, quantity=80), book("SOL", 19.996, 20.004, quantity=1_000))
    held = Held(100, 250, 0.005, NOW - DAY)
    left = leave(expected, candidate("ETH", "SOL"), market(thin, RATES), held, CONFIG, now=NOW)
    assert isinstance(left, EdgeLeft)
    assert (left.long_price, left.short_price) == (99.99, 20.004)
    assert left.premium == pytest.approx(0.004)
    # ETH's book carries 80 of 100, SOL's all 250.
    assert left.carried_quantity == pytest.approx(80)


@pytest.mark.parametrize(
    ("books", "rates", "reason"),
    [
        (BOOKS[:1], RATES, "order book of SOL/USDT:USDT is missing"),
        (BOOKS, RATES[:1], "funding of SOL/USDT:USDT is unknown"),
        ((BOOKS[0], book("SOL", 19.996, 20.004, quantity=1)), RATES, "insufficient depth: 20 of 5000 USD"),
    ],
)
def test_without_a_figure_there_is_a_reason(books: Books, rates: Rates, reason: str) -> None:
    expected = Expected(gain=0.01, short_per_long_usd=0.5, within=DAY)
    found = enter(expected, candidate("ETH", "SOL"), market(books, rates), 10_000, CONFIG, now=NOW, margin_fraction=0.5)
    assert isinstance(found, Unpriced)
    assert found.reason.startswith(reason)


def deep(each: OrderBook) -> OrderBook:
    """Return a book of thirty levels of 5,000 USD, a tenth of a percent apart."""
    bid, ask = each.bids[0].price, each.asks[0].price
    bids = tuple(Level(bid * (1 - step / 1000), 5_000 / bid) for step in range(30))
    asks = tuple(Level(ask * (1 + step / 1000), 5_000 / ask) for step in range(30))
    return each.model_copy(update={"bids": bids, "asks": asks})


DEEP = tuple(deep(each) for each in BOOKS)


@given(st.floats(0.1, 10), st.floats(100, 40_000), st.floats(1.01, 2))
def test_a_larger_notional_is_never_worth_more(ratio: float, notional_usd: float, more: float) -> None:
    expected = Expected(gain=0.01, short_per_long_usd=ratio, within=DAY)
    small, large = entered(expected, notional_usd, DEEP), entered(expected, notional_usd * more, DEEP)
    assert large.net_yield <= small.net_yield + 1e-12
