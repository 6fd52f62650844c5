import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.market.histories import HourlyHistories

HOUR_MS = 3_600_000
ONE, OTHER = InstrumentId("paper", "ETH/USDT:USDT"), InstrumentId("paper", "BTC/USDT:USDT")


def histories(hours: dict[InstrumentId, dict[int, float]], kept: int = 10) -> HourlyHistories:
    found = HourlyHistories(kept)
    for instrument, closes in hours.items():
        for hour, close in closes.items():
            found.put(instrument, hour * HOUR_MS, close, 2 * close)
    return found


def test_hours_come_back_in_order_whatever_order_they_came_in() -> None:
    found = histories({ONE: {5: 105.0, 3: 103.0, 4: 104.0, 6: 106.0}}).hours(ONE, 10)
    assert found is not None
    assert (found.newest_hour, found.closes.tolist()) == (6, [103.0, 104.0, 105.0, 106.0])
    assert found.volumes.tolist() == [206.0, 208.0, 210.0, 212.0]


def test_nothing_before_a_gap_is_returned_until_the_gap_is_filled() -> None:
    kept = histories({ONE: {1: 101.0, 2: 102.0, 4: 104.0}})
    found = kept.hours(ONE, 10)
    assert found is not None
    assert found.closes.tolist() == [104.0]
    kept.put(ONE, 3 * HOUR_MS, 103.0, 1.0)
    filled = kept.hours(ONE, 10)
    assert filled is not None
    assert filled.closes.tolist() == [101.0, 102.0, 103.0, 104.0]


def test_two_instruments_end_with_the_newest_hour_that_both_have() -> None:
    kept = histories({ONE: {1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0}, OTHER: {2: 20.0, 3: 30.0}})
    assert kept.newest_hour((ONE, OTHER)) == 3
    closes = kept.closes_together((ONE, OTHER), 10)
    assert closes is not None
    assert closes.tolist() == [[2.0, 20.0], [3.0, 30.0]]
    latest = kept.closes_together((ONE, OTHER), 1)
    assert latest is not None
    assert latest.tolist() == [[3.0, 30.0]]


def test_an_unknown_instrument_has_no_hours_alone_or_together() -> None:
    kept = histories({ONE: {1: 1.0}})
    assert kept.hours(OTHER, 5) is None
    assert kept.newest_hour((ONE, OTHER)) is None
    assert kept.closes_together((ONE, OTHER), 5) is None


@given(st.lists(st.tuples(st.integers(0, 60), st.floats(1, 100)), min_size=1, max_size=80))
def test_the_last_hours_are_kept_as_they_were_told_last(told: list[tuple[int, float]]) -> None:
    kept = HourlyHistories(24)
    expected: dict[int, float] = {}
    for hour, close in told:
        kept.put(ONE, hour * HOUR_MS, close, 1.0)
        if hour > max(expected, default=-1) - 24:
            expected[hour] = close
    newest = max(expected)
    run: list[float] = []
    while len(run) < 24 and newest - len(run) in expected:
        run.append(expected[newest - len(run)])
    found = kept.hours(ONE, 24)
    assert found is not None
    assert found.closes == pytest.approx(np.array(run[::-1]))
