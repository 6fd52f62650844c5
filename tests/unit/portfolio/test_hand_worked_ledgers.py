"""Average-cost P&L of ledgers worked by hand, beside what first in, first out says of the same trades."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_portfolio.domain.ledger.positions import FLAT, ZERO, Position

D = Decimal


class Worked(NamedTuple):
    """Trades (signed quantity, price), and by hand: what each realises, and what is left at what cost."""

    name: str
    trades: tuple[tuple[str, str], ...]
    realised: tuple[str, ...]
    left: tuple[str, str]
    first_in_first_out: tuple[str, ...]
    first_in_left_cost: str


WORKED = (
    Worked(
        "bought twice, sold in part: 110 on average; first the ten at 100, then five of those at 120",
        (("10", "100"), ("10", "120"), ("-15", "130")),
        ("0", "0", "300"),
        ("5", "550"),
        ("0", "0", "350"),
        "600",
    ),
    Worked(
        "a falling market: the oldest are the dearest",
        (("4", "50"), ("4", "40"), ("-4", "45"), ("-4", "30")),
        ("0", "0", "0", "-60"),
        ("0", "0"),
        ("0", "0", "-20", "-40"),
        "0",
    ),
    Worked(
        "sold short twice, bought back in part",
        (("-2", "300"), ("-6", "260"), ("4", "250")),
        ("0", "0", "80"),
        ("-4", "-1080"),
        ("0", "0", "120"),
        "-1040",
    ),
    Worked(
        "bought again after a sale: what was sold does not change what is left per piece",
        (("3", "10"), ("3", "16"), ("-2", "20"), ("4", "22"), ("-8", "25")),
        ("0", "0", "14", "0", "60"),
        ("0", "0"),
        ("0", "0", "20", "0", "54"),
        "0",
    ),
    Worked(
        "through flat and out on the other side",
        (("5", "100"), ("-8", "110"), ("3", "90")),
        ("0", "50", "60"),
        ("0", "0"),
        ("0", "50", "60"),
        "0",
    ),
)


def average_cost(trades: Iterable[tuple[Decimal, Decimal]]) -> tuple[list[Decimal], Position]:
    position, realised = FLAT, []
    for quantity, price in trades:
        position, gain = position.traded(quantity, price)
        realised.append(gain)
    return realised, position


def first_in_first_out(trades: Iterable[tuple[Decimal, Decimal]]) -> tuple[list[Decimal], Decimal]:
    """Match each trade with the oldest lots of the other side; return what each realised, and what is left at cost."""
    lots: deque[tuple[Decimal, Decimal]] = deque()
    realised = []
    for traded, price in trades:
        left, gain = traded, ZERO
        while left and lots and lots[0][0] * left < 0:
            held, paid = lots.popleft()
            matched = min(abs(held), abs(left)) * (1 if held > 0 else -1)
            gain += matched * (price - paid)
            left += matched
            if held != matched:
                lots.appendleft((held - matched, paid))
        if left:
            lots.append((left, price))
        realised.append(gain)
    return realised, sum((quantity * paid for quantity, paid in lots), ZERO)


def figures(texts: Iterable[str]) -> list[Decimal]:
    return [D(text) for text in texts]


def trades_of(worked: Worked) -> list[tuple[Decimal, Decimal]]:
    return [(D(quantity), D(price)) for quantity, price in worked.trades]


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: worked.name)
def test_the_ledger_realises_what_average_cost_says(worked: Worked) -> None:
    realised, left = average_cost(trades_of(worked))
    assert realised == figures(worked.realised)
    assert (left.quantity, left.cost) == tuple(figures(worked.left))


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: worked.name)
def test_first_in_first_out_realises_other_figures_and_the_same_in_the_end(worked: Worked) -> None:
    realised, left_cost = first_in_first_out(trades_of(worked))
    assert realised == figures(worked.first_in_first_out)
    assert left_cost == D(worked.first_in_left_cost)
    assert sum(realised) - left_cost == sum(figures(worked.realised)) - D(worked.left[1])


def test_the_tax_offices_pooled_holding() -> None:
    # HM Revenue & Customs, helpsheet HS284, example 3: 1,000 shares at £4 and 500 at £4.10, with dealing costs of £150
    # and £80; 700 sold at £4.80 less £100, 400 at £5.20 less £105. Gains of £329 and £300; 800, then 400 left.
    bought = [(D(1000), (D(1000) * 4 + 150) / 1000), (D(500), (D(500) * D("4.1") + 80) / 500)]
    sold = [(D(-700), (D(700) * D("4.8") - 100) / 700), (D(-400), (D(400) * D("5.2") - 105) / 400)]
    pool = average_cost([*bought, sold[0]])[1]
    assert (pool.quantity, round(pool.cost)) == (800, 3349)
    realised, pool = average_cost([*bought, *sold])
    assert [round(gain) for gain in realised] == [0, 0, 329, 300]
    assert (pool.quantity, round(pool.cost)) == (400, 1675)


@given(
    st.lists(
        st.tuples(
            st.integers(-50, 50).filter(bool).map(lambda steps: D(steps) / 1000),
            st.integers(1, 10**7).map(lambda ticks: D(ticks) / 100),
        ),
        max_size=30,
    ),
    st.integers(1, 10**7).map(lambda ticks: D(ticks) / 100),
)
def test_at_any_price_both_ways_of_counting_have_earned_the_same(
    trades: list[tuple[Decimal, Decimal]], mark: Decimal
) -> None:
    averaged, position = average_cost(trades)
    matched, left_cost = first_in_first_out(trades)
    held = sum((quantity for quantity, _ in trades), ZERO)
    assert sum(averaged, ZERO) + position.unrealised_pnl(mark) == pytest.approx(
        sum(matched, ZERO) + held * mark - left_cost, abs=D("1e-12")
    )
