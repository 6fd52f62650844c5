"""When the big tables get parts and lose them: by the calendar, beforehand, and never one that is still needed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.portfolio.desk import START, Desk, shipped_parameters

from poise_common.contracts.core import Output, Store
from poise_common.contracts.market_data import CandleInterval
from poise_portfolio.domain.retention.records import PartedTable, PartsDue
from poise_portfolio.domain.retention.retention import Period, Retention

PARAMETERS = shipped_parameters().retention
DAY = timedelta(days=1)
TIMES = st.integers(0, 80 * 365 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def tables(outputs: list[Output] | tuple[Output, ...]) -> dict[str, PartedTable]:
    (output,) = outputs
    assert isinstance(output, Store)
    assert isinstance(output.record, PartsDue)
    return {table.name: table for table in output.record.tables}


def due(now: datetime) -> dict[str, PartedTable]:
    return tables(tuple(Retention(PARAMETERS).start(now)))


def test_a_start_asks_for_parts_before_anything_is_written() -> None:
    assert isinstance(Desk().records[0], PartsDue)


def test_parts_are_looked_at_again_at_their_interval_and_not_between() -> None:
    retention = Retention(PARAMETERS)
    interval = timedelta(seconds=PARAMETERS.check_interval_s)
    retention.start(START)
    assert not retention.tick(START + interval - timedelta(seconds=1))
    assert retention.tick(START + interval)
    assert not retention.tick(START + interval + timedelta(seconds=1))


def test_minute_candles_have_a_part_a_day_from_the_oldest_that_is_kept_to_two_ahead() -> None:
    now = datetime(2026, 12, 30, 15, 30, tzinfo=UTC)
    parts = due(now)["candles_1m"].parts
    midnight = datetime(2026, 12, 28, tzinfo=UTC)
    assert parts == tuple((midnight + n * DAY, midnight + (n + 1) * DAY) for n in range(5))


def test_snapshots_have_a_part_a_month_from_this_one_to_two_ahead() -> None:
    parts = due(datetime(2026, 11, 21, 20, tzinfo=UTC))["equity_snapshots"].parts
    firsts = [datetime(year, month, 1, tzinfo=UTC) for year, month in ((2026, 11), (2026, 12), (2027, 1), (2027, 2))]
    assert parts == tuple(pairwise(firsts))


@given(TIMES)
def test_a_part_is_there_for_every_time_that_is_kept_or_comes_soon(now: datetime) -> None:
    for interval in CandleInterval:
        table = due(now)[f"candles_{interval.value}"]
        kept = PARAMETERS.candles_kept(interval)
        assert table.keep_since == now - kept
        assert table.parts[0][0] <= table.keep_since < table.parts[0][1]
        assert sum(end > now for _, end in table.parts) == 1 + PARAMETERS.parts_ahead


@given(TIMES, st.sampled_from(Period))
def test_parts_follow_each_other_without_a_gap(now: datetime, period: Period) -> None:
    start = period.start(now)
    assert start <= now < period.next(start)
    assert period.start(start) == start
    assert period.start(period.next(start)) == period.next(start)
    for table in due(now).values():
        assert all(end == start for (_, end), (start, _) in pairwise(table.parts))


@given(TIMES, st.integers(0, 400))
def test_a_part_that_two_checks_ask_for_is_the_same_one(now: datetime, days: int) -> None:
    earlier, later = due(now), due(now + days * DAY)
    for name, table in earlier.items():
        ends = dict(table.parts)
        assert all(ends.get(start, end) == end for start, end in later[name].parts)


def test_candles_that_a_window_needs_cannot_be_let_go() -> None:
    shipped = PARAMETERS.model_dump()
    days = shipped["candles_keep_days"] | {CandleInterval.HOUR: 90}
    with pytest.raises(ValidationError, match=r"1h: 90 days are less than the 90\.08 .* from 91 on passes"):
        shipped_parameters(retention=shipped | {"candles_keep_days": days})


def test_every_interval_says_how_long_its_candles_are_kept() -> None:
    shipped = PARAMETERS.model_dump()
    with pytest.raises(ValidationError, match=r"says nothing of 5m, 1h"):
        shipped_parameters(retention=shipped | {"candles_keep_days": {"1m": 2}})
