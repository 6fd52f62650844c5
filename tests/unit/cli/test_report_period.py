"""Which stretch of time `poise report` is of."""

from datetime import UTC, datetime, timedelta

import pytest

from poise.report.period import NoSuchPeriod, Period, moment, period_of

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
FIRST, LAST = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "days", "period"),
    [
        (None, None, None, (NOW - timedelta(days=30), NOW)),
        (None, None, 7.0, (NOW - timedelta(days=7), NOW)),
        (None, LAST, 31.0, (FIRST, LAST)),
        (None, LAST, None, (LAST - timedelta(days=30), LAST)),
        (FIRST, None, None, (FIRST, NOW)),
        (FIRST, None, 31.0, (FIRST, LAST)),
        (FIRST, LAST, None, (FIRST, LAST)),
    ],
)
def test_two_of_beginning_end_and_length_make_a_period(
    since: datetime | None, until: datetime | None, days: float | None, period: tuple[datetime, datetime]
) -> None:
    assert period_of(NOW, since=since, until=until, days=days) == Period(since=period[0], until=period[1])


@pytest.mark.parametrize(
    ("since", "until", "days", "why"),
    [
        (FIRST, LAST, 7.0, "leave one out"),
        (LAST, FIRST, None, "a beginning before the end would pass"),
        (NOW, None, None, "a beginning before the end would pass"),
    ],
)
def test_what_makes_no_period_is_refused(since: datetime, until: datetime | None, days: float | None, why: str) -> None:
    with pytest.raises(NoSuchPeriod, match=why):
        period_of(NOW, since=since, until=until, days=days)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2026-10-01", FIRST),
        ("2026-10-01T02:00+02:00", FIRST),
        ("2026-10-01T00:00:00Z", FIRST),
        ("2026-11-21 20:30", NOW),
    ],
)
def test_a_time_without_an_offset_is_utc(given: str, read: datetime) -> None:
    assert moment(given) == read
    assert moment(given).utcoffset() == timedelta(0)


def test_what_is_no_time_is_said_with_what_would_pass() -> None:
    with pytest.raises(NoSuchPeriod, match="'yesterday' is no date or time; 2026-11-01"):
        moment("yesterday")


@pytest.mark.parametrize(
    ("days", "step"),
    [
        (0.01, timedelta(minutes=1)),
        (6, timedelta(minutes=1)),
        (30, timedelta(minutes=5)),
        (365, timedelta(hours=1)),
        (3_650, timedelta(days=1)),
    ],
)
def test_a_curve_is_as_fine_as_its_period_lets_it_be(days: float, step: timedelta) -> None:
    assert Period(since=NOW - timedelta(days=days), until=NOW).step == step
