from math import exp, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingestion.desk import NOON

from poise_common.contracts.market_data import Candle
from poise_common.domain.order_books import Level
from poise_ingestion.domain.correlation import return_correlation
from poise_ingestion.domain.measurements import eight_hour_rate_pct, measure_book, worse_of

HOUR_MS = 3_600_000
NOON_MS = round(NOON.timestamp() * 1000)


def hours(returns: list[float], start: float = 100.0) -> list[Candle]:
    closes = [start]
    for one in returns:
        closes.append(closes[-1] * exp(one))
    return [Candle(NOON_MS + number * HOUR_MS, c, c, c, c, 1.0) for number, c in enumerate(closes)]


def test_depth_is_that_of_the_thinner_side_within_reach_and_spread_is_relative_to_mid() -> None:
    measures = measure_book(
        bids=(Level(99.9, 10.0), Level(98.0, 1000.0)), asks=(Level(100.1, 5.0), Level(100.9, 5.0)), within_pct=1.0
    )
    assert measures is not None
    assert measures.depth_usd == pytest.approx(999.0)  # asks hold 1,005; the bid at 98 is out of reach
    assert measures.spread_pct == pytest.approx(0.2)


def test_an_empty_side_measures_nothing_and_one_unknown_book_makes_both_unknown() -> None:
    assert measure_book((), (Level(1.0, 1.0),), within_pct=1) is None
    known = measure_book((Level(1.0, 1.0),), (Level(1.1, 1.0),), within_pct=10)
    assert worse_of(known, None) is None


def test_a_rate_of_thirty_six_seconds_is_scaled_to_eight_hours() -> None:
    assert eight_hour_rate_pct(0.0001, 8 * 3600) == pytest.approx(0.01)
    assert eight_hour_rate_pct(0.000001, 36) == pytest.approx(0.08)


@given(st.lists(st.floats(-0.05, 0.05), min_size=30, max_size=80).filter(lambda one: max(one) - min(one) > 1e-3))
def test_an_asset_correlates_fully_with_itself_and_inversely_with_its_mirror(returns: list[float]) -> None:
    mirrored = [-one for one in returns]
    itself = return_correlation(hours(returns), hours(returns, 7.0), step_ms=HOUR_MS, points_min=20)
    mirror = return_correlation(hours(returns), hours(mirrored), step_ms=HOUR_MS, points_min=20)
    assert itself == pytest.approx(1.0, abs=1e-6)
    assert mirror == pytest.approx(-1.0, abs=1e-6)


def test_too_few_common_hours_or_a_price_that_never_moves_are_unknown() -> None:
    moving = hours([0.01 * sin(number) for number in range(50)])
    assert return_correlation(moving[:10], moving, step_ms=HOUR_MS, points_min=20) is None
    assert return_correlation(hours([0.0] * 50), moving, step_ms=HOUR_MS, points_min=20) is None


def test_a_hole_is_not_a_return() -> None:
    wild = hours([0.01 * sin(number) for number in range(60)])
    jump = [candle._replace(close=candle.close * (10 if number > 30 else 1)) for number, candle in enumerate(wild)]
    holed = [candle for number, candle in enumerate(jump) if number not in (30, 31)]
    found = return_correlation(holed, wild, step_ms=HOUR_MS, points_min=20)
    assert found == pytest.approx(1.0, abs=1e-9)
