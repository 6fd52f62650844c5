"""Candles of the lengths that OKX has, on days that begin where it has them begin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.okx.bars import BARS, DAY_MS, HOUR_MS

MIDNIGHT_MS = 1_789_948_800_000
"""2026-09-21T00:00:00Z."""


@pytest.mark.parametrize(
    ("bar", "hour"), [("1Dutc", 0), ("1D", 16), ("12Hutc", 12), ("12H", 16), ("6Hutc", 18), ("6H", 16), ("1H", 19)]
)
def test_the_candle_that_runs_at_half_past_seven_in_the_evening_opened(bar: str, hour: int) -> None:
    opened_ms = BARS[bar].opened_ms(MIDNIGHT_MS + 19 * HOUR_MS + HOUR_MS // 2)
    assert opened_ms == MIDNIGHT_MS + hour * HOUR_MS


@given(bar=st.sampled_from(sorted(BARS)), time_ms=st.integers(min_value=0, max_value=3 * 10**12))
def test_a_candle_holds_the_time_it_was_found_by(bar: str, time_ms: int) -> None:
    length_ms = BARS[bar].length_ms
    opened_ms = BARS[bar].opened_ms(time_ms)
    assert opened_ms <= time_ms < opened_ms + length_ms
    assert BARS[bar].opened_ms(opened_ms) == opened_ms
    assert DAY_MS % length_ms == 0
