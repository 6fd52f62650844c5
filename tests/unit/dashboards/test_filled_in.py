"""Macros and variables are filled in as Grafana does it."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.dashboards.filled_in import Asked, filled_in

UNTIL = datetime(2026, 1, 5, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def asked(length: timedelta, interval_min: timedelta = 5 * SECOND) -> Asked:
    return Asked(UNTIL - length, UNTIL, interval_min)


@pytest.mark.parametrize(
    ("length", "interval"),
    [
        (timedelta(minutes=5), 5 * SECOND),
        (timedelta(hours=1), 5 * SECOND),
        (timedelta(hours=6), 20 * SECOND),
        (timedelta(days=1), timedelta(minutes=1)),
        (timedelta(days=7), timedelta(minutes=10)),
        (timedelta(days=30), timedelta(minutes=30)),
    ],
)
def test_a_point_stands_for_a_round_length_that_the_source_can_fill(length: timedelta, interval: timedelta) -> None:
    assert asked(length).interval == interval


def test_rates_are_taken_over_four_samples_at_least() -> None:
    assert asked(timedelta(minutes=5)).rate_interval == 20 * SECOND
    assert asked(timedelta(days=1)).rate_interval == 65 * SECOND


def test_ranges_intervals_and_variables_are_filled_in() -> None:
    question = "rate(x{a='$asset', w='${window}'}[$__rate_interval]) / y[$__range] [$__interval] $__interval_ms"
    said = filled_in(question, asked(timedelta(hours=1)), {"asset": "BTC", "window": "24h"})
    assert said == "rate(x{a='BTC', w='24h'}[20s]) / y[3600s] [5s] 5000"


def test_times_are_literals_with_their_offset() -> None:
    said = filled_in("$__timeFrom() $__timeTo()", asked(timedelta(hours=1)), {})
    assert said == "'2026-01-05T11:00:00+00:00' '2026-01-05T12:00:00+00:00'"


def test_what_is_not_known_is_not_sent_on() -> None:
    with pytest.raises(KeyError):
        filled_in("x{a='$asset'}", asked(timedelta(hours=1)), {})
