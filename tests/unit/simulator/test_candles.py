"""Candles: history before start, live trades after it, consistent at every interval."""

import itertools
import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.candles import CLOSE, CandleSeries, PastRows
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.events import TradePrinted
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.history import MINUTES_PER_DAY, History
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.places import outlook
from poise_simulator.domain.premiums import BPS
from poise_simulator.domain.regimes import DEMO
from poise_simulator.domain.rejections import Rejected

START_MS = 1_790_000_000_000
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
SPOT, FUTURES = Market.SPOT, Market.FUTURES


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    built = Exchange(ExchangeConfig(assets=CATALOGUE[:2]), seed=4, start_ms=START_MS)
    built.advance(START_MS + 200_000)
    return built


@pytest.mark.parametrize("market", [SPOT, FUTURES])
@pytest.mark.parametrize(("interval_ms", "least"), [(MINUTE_MS, 1_500), (5 * MINUTE_MS, 500), (HOUR_MS, 1_500)])
def test_history_runs_without_gaps_up_to_now(market: Market, interval_ms: int, least: int, exchange: Exchange) -> None:
    klines = exchange.klines(market, "ETHUSDT", interval_ms, limit=1_500)
    assert len(klines) == 1_500 or len(klines) >= least
    assert {b.open_time_ms - a.open_time_ms for a, b in itertools.pairwise(klines)} == {interval_ms}
    assert klines[-1].open_time_ms <= exchange.now_ms <= klines[-1].close_time_ms
    for kline in klines:
        assert kline.open_time_ms % interval_ms == 0
        assert kline.low <= min(kline.open, kline.close) <= max(kline.open, kline.close) <= kline.high
        assert 0 <= kline.taker_buy_volume <= kline.volume


def test_ninety_days_of_hours_are_there(exchange: Exchange) -> None:
    assert len(exchange.klines(SPOT, "BTCUSDT", HOUR_MS, limit=5_000)) >= 90 * 24


@pytest.mark.parametrize("interval_ms", [3 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS])
def test_coarse_candles_are_made_of_the_minutes(interval_ms: int, exchange: Exchange) -> None:
    minutes = exchange.klines(SPOT, "ETHUSDT", MINUTE_MS, limit=1_440)
    for kline in exchange.klines(SPOT, "ETHUSDT", interval_ms, limit=1_440 * MINUTE_MS // interval_ms - 1):
        inside = [m for m in minutes if kline.open_time_ms <= m.open_time_ms <= kline.close_time_ms]
        assert (kline.open, kline.close) == (inside[0].open, inside[-1].close)
        assert kline.high == max(m.high for m in inside)
        assert kline.low == min(m.low for m in inside)
        assert float(kline.volume) == pytest.approx(float(sum(m.volume for m in inside)), rel=1e-6)
        assert kline.trade_count == sum(m.trade_count for m in inside)


def test_history_ends_at_the_start_price() -> None:
    exchange = Exchange(ExchangeConfig(assets=CATALOGUE[:3]), seed=4, start_ms=START_MS)
    for asset in CATALOGUE[:3]:
        klines = exchange.klines(SPOT, asset.symbol, MINUTE_MS, limit=2)
        assert float(klines[0].close) == pytest.approx(asset.price, rel=1e-4)
        assert float(klines[1].open) == pytest.approx(asset.price, rel=1e-4)


@pytest.mark.parametrize("start_ms", [START_MS // HOUR_MS * HOUR_MS, START_MS // HOUR_MS * HOUR_MS + 59_999])
def test_history_reaches_a_start_on_or_just_after_the_hour(start_ms: int) -> None:
    exchange = Exchange(ExchangeConfig(assets=CATALOGUE[:1]), seed=4, start_ms=start_ms)
    klines = exchange.klines(SPOT, "BTCUSDT", MINUTE_MS, limit=100)
    assert {b.open_time_ms - a.open_time_ms for a, b in itertools.pairwise(klines)} == {MINUTE_MS}
    assert len(exchange.funding_history("BTCUSDT", limit=1_000)) >= 100


def test_live_candles_are_made_of_the_trades_that_were_printed() -> None:
    exchange = Exchange(ExchangeConfig(assets=CATALOGUE[:1]), seed=8, start_ms=START_MS)
    exchange.advance(START_MS + 300_000)
    trades = [e for e in exchange.drain_events() if isinstance(e, TradePrinted) and e.market is FUTURES]
    for kline in exchange.klines(FUTURES, "BTCUSDT", MINUTE_MS, start_ms=START_MS + 60_000):
        inside = [t for t in trades if kline.open_time_ms <= t.time_ms <= kline.close_time_ms]
        assert kline.trade_count == len(inside)
        assert kline.volume == sum(t.quantity for t in inside)
        assert (kline.open, kline.close) == (inside[0].price, inside[-1].price)
        assert (kline.high, kline.low) == (max(t.price for t in inside), min(t.price for t in inside))
        assert kline.taker_buy_volume == sum(t.quantity for t in inside if not t.buyer_is_maker)


def test_pages_start_where_asked(exchange: Exchange) -> None:
    first_ms = START_MS // HOUR_MS * HOUR_MS - 10 * HOUR_MS
    page = exchange.klines(SPOT, "BTCUSDT", HOUR_MS, start_ms=first_ms - 5, limit=3)
    assert [k.open_time_ms for k in page] == [first_ms + n * HOUR_MS for n in range(3)]
    bounded = exchange.klines(SPOT, "BTCUSDT", HOUR_MS, start_ms=first_ms, end_ms=first_ms + HOUR_MS, limit=500)
    assert [k.open_time_ms for k in bounded] == [first_ms, first_ms + HOUR_MS]
    last = exchange.klines(SPOT, "BTCUSDT", HOUR_MS, end_ms=first_ms, limit=2)
    assert [k.open_time_ms for k in last] == [first_ms - HOUR_MS, first_ms]
    assert exchange.klines(SPOT, "BTCUSDT", HOUR_MS, start_ms=START_MS + DAY_MS) == []


@pytest.mark.parametrize("interval_ms", [0, -1, 1_000, MINUTE_MS + 1])
def test_an_interval_of_no_whole_minutes_is_refused(interval_ms: int, exchange: Exchange) -> None:
    with pytest.raises(Rejected):
        exchange.klines(SPOT, "BTCUSDT", interval_ms)


def test_weeks_start_on_mondays(exchange: Exchange) -> None:
    weeks = exchange.klines(SPOT, "BTCUSDT", 7 * DAY_MS, limit=4)
    assert all((week.open_time_ms // DAY_MS + 3) % 7 == 0 for week in weeks)
    assert len(weeks) == 4


def test_the_day_s_ticker_sums_its_minutes(exchange: Exchange) -> None:
    ticker = exchange.ticker_24h(FUTURES, "ETHUSDT")
    minutes = exchange.klines(FUTURES, "ETHUSDT", MINUTE_MS, start_ms=exchange.now_ms - DAY_MS, limit=1_500)
    assert float(ticker.quote_volume) == pytest.approx(float(sum(m.quote_volume for m in minutes)), rel=1e-6)
    assert (ticker.open, ticker.last) == (minutes[0].open, minutes[-1].close)
    assert (ticker.high, ticker.low) == (max(m.high for m in minutes), min(m.low for m in minutes))
    assert ticker.last_trade_id - ticker.first_trade_id + 1 == ticker.trade_count


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 1_000)), max_size=30))
def test_a_minute_without_trades_is_flat(trades: list[tuple[int, int]]) -> None:
    history = History(CATALOGUE[:1], outlook(CATALOGUE[:1], DEMO, None, 1), start_ms=START_MS, days=3)
    series = CandleSeries(START_MS, 100.0, lambda: history.rows(0, SPOT))
    now_ms, last = START_MS, 100.0
    for seconds, ticks in trades:
        now_ms += seconds * 1_000
        last = ticks / 10
        series.add(now_ms, last, 1.0, buyer_is_maker=False)
    series.roll(now_ms + 120_000)
    rows = series.rows(MINUTE_MS, START_MS - MINUTE_MS, None, 1_000)
    assert list(rows[1:, 0] - rows[:-1, 0]) == [MINUTE_MS] * (len(rows) - 1)
    assert rows[-1, 1:5].tolist() == [last] * 4
    assert rows[:, 7][rows[:, 0] >= START_MS - MINUTE_MS].sum() >= len(trades)


def test_long_runs_keep_hours_of_what_minutes_they_drop() -> None:
    empty = History(CATALOGUE[:1], outlook(CATALOGUE[:1], DEMO, None, 1), start_ms=START_MS, days=3)
    series = CandleSeries(START_MS, 100.0, lambda: PastRows(*empty.rows(0, SPOT)))
    for minute in range(5 * 1_440):
        series.add(START_MS + minute * MINUTE_MS, 100.0 + minute, 2.0, buyer_is_maker=True)
    hours = series.rows(HOUR_MS, START_MS + HOUR_MS, None, 90)
    assert {row[7] for row in hours.tolist()} == {60.0}
    assert {row[5] for row in hours.tolist()} == {120.0}
    assert len(hours) == 90
    oldest_minutes = series.rows(MINUTE_MS, START_MS, START_MS + DAY_MS, 10)
    assert len(oldest_minutes) == 0


def test_before_start_premiums_come_and_go_each_on_its_own() -> None:
    history = History(CATALOGUE[:6], outlook(CATALOGUE[:6], DEMO, None, 1), start_ms=START_MS, days=3)
    premiums = [
        np.log(history.rows(asset, FUTURES).minutes[:, CLOSE] / history.rows(asset, SPOT).minutes[:, CLOSE])
        for asset in range(6)
    ]
    for asset, premium in zip(CATALOGUE, premiums, strict=False):
        assert premium[-1] == pytest.approx(math.log1p(asset.base_premium_bps * 1e-4), abs=1e-12)
        assert premium[-MINUTES_PER_DAY:].max() - premium[-1] > DEMO.contango_peak_bps.low * BPS
    rho = np.corrcoef(np.diff(premiums)[:, -MINUTES_PER_DAY:])
    assert np.abs(rho - np.eye(6)).max() < 0.4


def test_the_same_seed_has_the_same_past_whenever_it_is_asked() -> None:
    early = Exchange(ExchangeConfig(assets=CATALOGUE[:2]), seed=6, start_ms=START_MS)
    first = early.klines(FUTURES, "ETHUSDT", HOUR_MS, end_ms=START_MS - DAY_MS, limit=500)
    late = Exchange(ExchangeConfig(assets=CATALOGUE[:2]), seed=6, start_ms=START_MS)
    late.advance(START_MS + 60_000)
    assert late.klines(FUTURES, "ETHUSDT", HOUR_MS, end_ms=START_MS - DAY_MS, limit=500) == first
    other = Exchange(ExchangeConfig(assets=CATALOGUE[:2]), seed=7, start_ms=START_MS)
    assert other.klines(FUTURES, "ETHUSDT", HOUR_MS, end_ms=START_MS - DAY_MS, limit=500) != first
    assert first[0].close > Decimal(0)
