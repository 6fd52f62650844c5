"""VWAP and depth, as properties of any book."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from poise_common.domain.order_books import InsufficientDepth, depth_within_usd, is_crossed, vwap

prices = st.floats(min_value=0.01, max_value=1e6)
quantities = st.floats(min_value=1e-6, max_value=1e6)
asks = st.lists(st.tuples(prices, quantities), min_size=1, max_size=40, unique_by=lambda level: level[0]).map(sorted)
shares = st.floats(min_value=0.001, max_value=0.999)


def total_usd(levels: list[tuple[float, float]]) -> float:
    return sum(price * quantity for price, quantity in levels)


@given(asks, shares)
def test_vwap_lies_between_the_best_and_the_worst_price_touched(
    levels: list[tuple[float, float]], share: float
) -> None:
    notional_usd = total_usd(levels) * share
    answer = vwap(levels, notional_usd)
    assert isinstance(answer, float)
    filled_usd = 0.0
    worst = levels[0][0]
    for price, quantity in levels:
        worst = price
        filled_usd += price * quantity
        if filled_usd >= notional_usd:
            break
    assert levels[0][0] * (1 - 1e-9) <= answer <= worst * (1 + 1e-9)


@given(asks, shares, shares)
def test_buying_more_never_costs_less_a_unit(levels: list[tuple[float, float]], one: float, other: float) -> None:
    smaller, larger = (vwap(levels, total_usd(levels) * share) for share in sorted((one, other)))
    assert isinstance(smaller, float)
    assert isinstance(larger, float)
    assert smaller <= larger * (1 + 1e-9)


@given(asks, shares)
def test_selling_more_never_brings_more_a_unit(levels: list[tuple[float, float]], share: float) -> None:
    bids = levels[::-1]
    whole, part = vwap(bids, total_usd(bids) * 0.999), vwap(bids, total_usd(bids) * 0.999 * share)
    assert isinstance(whole, float)
    assert isinstance(part, float)
    assert whole <= part * (1 + 1e-9)


@given(asks, st.floats(min_value=1.001, max_value=100))
def test_more_than_the_book_holds_is_insufficient_depth_and_no_number(
    levels: list[tuple[float, float]], factor: float
) -> None:
    answer = vwap(levels, total_usd(levels) * factor)
    assert isinstance(answer, InsufficientDepth)
    assert answer.available_usd == pytest.approx(total_usd(levels), rel=1e-6, abs=1e-6)
    assert answer.wanted_usd == total_usd(levels) * factor


def test_an_empty_side_has_no_depth() -> None:
    assert vwap([], 1.0) == InsufficientDepth(1.0, 0.0)


def test_vwap_is_the_notional_over_the_quantity() -> None:
    assert vwap([(100.0, 1.0), (110.0, 1.0)], 155.0) == pytest.approx(155 / 1.5)


@given(asks, asks)
def test_a_book_is_crossed_when_the_best_bid_reaches_the_best_ask(
    first: list[tuple[float, float]], second: list[tuple[float, float]]
) -> None:
    bids = second[::-1]
    assert is_crossed(bids, first) == (bids[0][0] >= first[0][0])


def test_a_side_without_levels_crosses_nothing() -> None:
    assert not is_crossed([], [(1.0, 1.0)])
    assert not is_crossed([(1.0, 1.0)], [])


@given(asks, st.floats(min_value=0, max_value=0.5), st.floats(min_value=0, max_value=0.5))
def test_depth_grows_with_the_reach_and_never_beyond_the_book(
    levels: list[tuple[float, float]], one: float, other: float
) -> None:
    mid = levels[0][0]
    assume(mid > 0)
    narrow, wide = (depth_within_usd(levels, mid, fraction) for fraction in sorted((one, other)))
    assert narrow <= wide <= total_usd(levels) * (1 + 1e-9)
