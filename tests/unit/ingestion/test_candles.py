from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingestion.desk import NOON, VENUE, Desk, effects, minute, published, scanned

from poise_common.contracts.market_data import Candle, CandleClosed, CandleHistory, CandleInterval
from poise_ingestion.domain.candle_series import CandleSeries, Closed, MissingMinutes, aggregated, merged
from poise_ingestion.domain.effects import ReadMissingMinutes
from poise_ingestion.domain.observations import CandlesSeen, MinutesRead

GRACE_MS = 3_000
NOON_MS = round(NOON.timestamp() * 1000)


def end_of(number: int) -> int:
    return NOON_MS + (number + 1) * 60_000


def closed_minutes(found: list[Closed | MissingMinutes]) -> list[int]:
    return [
        (one.candle.opened_at_ms - NOON_MS) // 60_000
        for one in found
        if isinstance(one, Closed) and one.interval is CandleInterval.MINUTE
    ]


candles = st.builds(
    minute,
    st.integers(0, 130),
    st.floats(1, 1000),
    st.floats(0, 1000),
)


@given(
    st.lists(st.floats(1, 1000), min_size=60, max_size=130),
    st.lists(st.integers(1, 4), min_size=130, max_size=130),
)
def test_minutes_close_once_in_order_and_coarser_candles_are_what_they_are_made_of(
    closes: list[float], repeats: list[int]
) -> None:
    series, found = CandleSeries(GRACE_MS), []
    truth = [minute(number, close, volume=number) for number, close in enumerate(closes)]
    for number, (candle, times) in enumerate(zip(truth, repeats, strict=False)):
        for _ in range(times):
            found += series.observe([candle], end_of(number) - 1)
    found += series.close_due(end_of(len(truth)) + GRACE_MS)
    assert closed_minutes(found) == list(range(len(truth)))
    for interval in (CandleInterval.FIVE_MINUTES, CandleInterval.HOUR):
        made = [one.candle for one in found if isinstance(one, Closed) and one.interval is interval]
        assert tuple(made) == aggregated(truth, interval)


@given(st.lists(candles, max_size=60), st.integers(0, 200))
def test_whatever_the_feed_shows_no_minute_closes_twice_or_out_of_order(seen: list[Candle], minutes_later: int) -> None:
    series, found = CandleSeries(GRACE_MS), []
    for candle in seen:
        found += series.observe([candle], candle.opened_at_ms + 1)
    found += series.close_due(end_of(minutes_later))
    numbers = closed_minutes(found)
    assert numbers == sorted(set(numbers))


@given(st.lists(candles, min_size=1, max_size=20))
def test_a_merged_candle_spans_all_its_parts(parts: list[Candle]) -> None:
    whole = merged(parts)
    assert whole.open == parts[0].open
    assert whole.close == parts[-1].close
    assert whole.low <= min(part.low for part in parts)
    assert whole.high >= max(part.high for part in parts)


def test_the_running_minute_is_not_closed() -> None:
    series = CandleSeries(GRACE_MS)
    assert series.observe([minute(0)], end_of(0) + GRACE_MS - 1) == []


def test_a_minute_closes_when_a_later_one_begins() -> None:
    series = CandleSeries(GRACE_MS)
    series.observe([minute(0, 101.0)], end_of(0) - 1)
    assert closed_minutes(series.observe([minute(1)], end_of(0) + 1)) == [0]


def test_a_minute_nobody_follows_up_closes_after_the_grace() -> None:
    series = CandleSeries(GRACE_MS)
    series.observe([minute(0)], end_of(0) - 1)
    assert closed_minutes(series.close_due(end_of(0) + GRACE_MS)) == [0]


def test_the_last_state_of_a_minute_is_what_closes() -> None:
    series = CandleSeries(GRACE_MS)
    series.observe([minute(0, 101.0)], end_of(0) - 100)
    series.observe([minute(0, 105.0)], end_of(0) - 1)
    (closed,) = series.observe([minute(1)], end_of(0) + 1)
    assert isinstance(closed, Closed)
    assert closed.candle.close == 105.0


def test_a_history_is_the_past_and_lets_the_running_hour_be_whole() -> None:
    series = CandleSeries(GRACE_MS)
    assert series.absorb_history([minute(number) for number in range(58)], end_of(57)) == []
    found = series.observe([minute(58), minute(59), minute(60)], end_of(59) + 1)
    assert closed_minutes(found) == [58, 59]
    assert CandleInterval.HOUR in {one.interval for one in found if isinstance(one, Closed)}


def test_a_history_that_comes_after_the_feed_still_makes_the_hour_whole() -> None:
    series = CandleSeries(GRACE_MS)
    series.observe([minute(57), minute(58)], end_of(57) + 1)
    series.absorb_history([minute(number) for number in range(57)], end_of(57) + 2)
    found = series.observe([minute(59), minute(60)], end_of(59) + 1)
    assert closed_minutes(found) == [58, 59]
    assert CandleInterval.HOUR in {one.interval for one in found if isinstance(one, Closed)}


def test_missing_minutes_are_asked_for_once_and_hold_back_what_comes_after() -> None:
    series = CandleSeries(GRACE_MS)
    series.observe([minute(0), minute(1)], end_of(0) + 1)
    series.close_due(end_of(1) + GRACE_MS)
    assert series.observe([minute(5)], end_of(5) - 1) == []
    assert series.close_due(end_of(5) + GRACE_MS) == [MissingMinutes(NOON_MS + 2 * 60_000)]
    assert series.close_due(end_of(5) + GRACE_MS + 1) == []
    found = series.fill([minute(2), minute(3), minute(4)], end_of(5) + GRACE_MS)
    assert closed_minutes(found) == [2, 3, 4, 5]


def test_minutes_that_the_venue_does_not_have_are_left_out_and_no_coarser_candle_hides_the_hole() -> None:
    series = CandleSeries(GRACE_MS)
    series.observe([minute(0), minute(1)], end_of(0) + 1)
    series.observe([minute(4), minute(5)], end_of(4) + 1)
    found = series.fill([], end_of(4) + 2)
    assert closed_minutes(found) == [4]
    assert {one.interval for one in found if isinstance(one, Closed)} == {CandleInterval.MINUTE}


def test_closed_candles_of_a_followed_instrument_are_published() -> None:
    desk = Desk().following(scanned("BTC"))
    desk.say(CandlesSeen, venue=VENUE, symbol="BTC/USDT", candles=(minute(0, 105.0),))
    (candle,) = published(desk.wait(63), CandleClosed)
    assert (candle.asset, candle.interval, candle.opened_at, candle.close) == (
        "BTC",
        CandleInterval.MINUTE,
        NOON,
        105.0,
    )


def test_a_gap_in_the_minutes_is_read_over_rest_and_published() -> None:
    desk = Desk().following(scanned("BTC"))
    desk.say(CandlesSeen, venue=VENUE, symbol="BTC/USDT", candles=(minute(0),))
    desk.wait(63)
    desk.say(CandlesSeen, venue=VENUE, symbol="BTC/USDT", candles=(minute(3),))
    (asked,) = effects(desk.wait(180), ReadMissingMinutes)
    assert asked.since == NOON + timedelta(minutes=1)
    filled = desk.say(MinutesRead, venue=VENUE, symbol="BTC/USDT", candles=(minute(1), minute(2)))
    assert [one.opened_at.minute for one in published(filled, CandleClosed)] == [1, 2, 3]


def test_a_history_of_minutes_is_published_with_the_five_minute_candles_made_of_it() -> None:
    desk = Desk().following(scanned("BTC"))
    history = [minute(number) for number in range(-60, 0)]
    out = desk.say(
        CandleHistory, venue=VENUE, symbol="BTC/USDT", asset="BTC", interval=CandleInterval.MINUTE, candles=history
    )
    by_interval = {one.interval: one for one in published(out, CandleHistory)}
    assert len(by_interval[CandleInterval.MINUTE].candles) == 60
    assert by_interval[CandleInterval.FIVE_MINUTES].candles == aggregated(history, CandleInterval.FIVE_MINUTES)
