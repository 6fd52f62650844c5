from collections.abc import Callable
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_signals.domain.config import StrategiesConfig
from poise_signals.domain.market.volatility import RecentVolatility, safety_buffer
from poise_signals.domain.parameters import SafetyBufferParameters

MINUTE = 60_000


@pytest.fixture(scope="module")
def parameters(shipped: Callable[..., StrategiesConfig]) -> SafetyBufferParameters:
    return shipped().costs.safety_buffer


def _closes(volatility: RecentVolatility, closes: list[float], start: int = 100) -> None:
    for minute, close in enumerate(closes, start):
        volatility.add(minute * MINUTE, close)


def test_volatility_is_unknown_until_enough_returns_are(parameters: SafetyBufferParameters) -> None:
    volatility = RecentVolatility(parameters)
    _closes(volatility, [100.0] * 10)
    assert volatility.bps is None
    volatility.add(110 * MINUTE, 100.0)
    assert volatility.bps == 0


def test_returns_of_seven_bps_each_way_are_a_volatility_of_seven_bps(parameters: SafetyBufferParameters) -> None:
    volatility = RecentVolatility(parameters)
    _closes(volatility, [100 * exp(0.0007 * (minute % 2)) for minute in range(30)])
    assert volatility.bps == pytest.approx(7)


def test_a_repeated_candle_counts_once_and_a_gap_makes_no_return(parameters: SafetyBufferParameters) -> None:
    once, twice = RecentVolatility(parameters), RecentVolatility(parameters)
    closes = [100 * exp(0.0007 * (minute % 2)) for minute in range(30)]
    _closes(once, closes)
    _closes(twice, closes)
    _closes(twice, closes)
    twice.add(500 * MINUTE, 250.0)
    assert twice.bps == once.bps


def test_the_buffer_is_usual_when_volatility_is_unknown_or_at_the_reference(parameters: SafetyBufferParameters) -> None:
    assert safety_buffer(None, parameters) == pytest.approx(0.0003)
    assert safety_buffer(7, parameters) == pytest.approx(0.0003)
    assert safety_buffer(0, parameters) == pytest.approx(0.0002)
    assert safety_buffer(14, parameters) == pytest.approx(0.0004)


@given(st.floats(0, 1_000), st.floats(0, 1_000))
def test_the_buffer_grows_with_volatility_between_floor_and_ceiling(
    parameters: SafetyBufferParameters, one: float, other: float
) -> None:
    low, high = (safety_buffer(bps, parameters) for bps in sorted((one, other)))
    assert 0.0002 <= low <= high <= 0.0005
