from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import START, Desk, rebalancing_over, shipped_parameters

from poise_common.contracts.market_data import Candle, CandleClosed, CandleHistory, CandleInterval
from poise_common.contracts.state import CorrelationMatrix
from poise_common.domain.clock import from_ms, to_ms
from poise_portfolio.domain.records import Books, Candles, Matrix

MINUTE = timedelta(minutes=1)


def correlating(books: Books | None = None, **changes: Any) -> Desk:
    windows = [
        {"name": name, "interval": interval, "bars": 10, "min_points": 5}
        for name, interval in (("24h", "1m"), ("90d", "1h"), ("spread_returns", "1m"))
    ]
    correlations = {
        "publish_delay_s": 2,
        "repeat_interval_s": 300,
        "store_interval_s": 900,
        "keep_days": 90,
        "candle_rows_per_flush": 8,
        "cluster_rho_min": 0.9,
        "spikes": {"rise_min": 0.2, "ends_below": 0.15, "within_h": 24},
        "windows": windows,
    }
    parameters = shipped_parameters(correlations=correlations | changes, rebalancing=rebalancing_over(10))
    return Desk(books, parameters)


def matrices(desk: Desk, window: str | None = None) -> list[CorrelationMatrix]:
    return [
        message
        for message in desk.published
        if isinstance(message, CorrelationMatrix) and window in (None, message.window)
    ]


def candle(desk: Desk, asset: str, close: float, *, opened_at: datetime, symbol: str | None = None) -> CandleClosed:
    return desk.message(
        CandleClosed,
        venue="paper",
        symbol=symbol or f"{asset}/USDT",
        asset=asset,
        interval=CandleInterval.MINUTE,
        opened_at=opened_at,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=1.0,
    )


def history(
    desk: Desk, asset: str, closes: list[float], *, interval: CandleInterval, symbol: str | None = None
) -> CandleHistory:
    newest_ms = to_ms(desk.now) - interval.seconds * 1000
    rows = [
        Candle(newest_ms - (len(closes) - 1 - place) * interval.seconds * 1000, close, close, close, close, 1.0)
        for place, close in enumerate(closes)
    ]
    return desk.message(
        CandleHistory,
        venue="paper",
        symbol=symbol or f"{asset}/USDT",
        asset=asset,
        interval=interval,
        candles=tuple(rows),
    )


def test_a_matrix_follows_the_bar_once_its_candles_are_in() -> None:
    desk = correlating()
    for place in range(8):
        for asset, factor in (("BTC", 1.0), ("ETH", 2.0)):
            desk.tell(candle(desk, asset, factor * (100 + place % 3), opened_at=desk.now - MINUTE))
        desk.wait(1)
        assert len(matrices(desk)) == place
        desk.wait(1)
        assert len(matrices(desk)) == place + 1
        desk.wait(58)
    newest = matrices(desk)[-1]
    assert (newest.window, newest.assets, newest.points) == ("24h", ("BTC", "ETH"), 7)
    assert newest.rho[0][1] is not None
    assert abs(newest.rho[0][1] - 1) < 1e-9
    assert matrices(desk)[0].assets == ()


def test_a_backfill_is_known_at_once_and_written_a_flush_at_a_time() -> None:
    desk = correlating()
    closes = [100.0 + place % 4 for place in range(10)]
    desk.tell(
        history(desk, "BTC", closes, interval=CandleInterval.HOUR),
        history(desk, "SOL", closes, interval=CandleInterval.HOUR),
    )
    assert desk.stored(Candles) == []
    for _ in range(4):
        desk.wait(1)
    assert [len(stored.rows) for stored in desk.stored(Candles)] == [8, 8, 4]
    (matrix,) = matrices(desk)
    assert (matrix.window, matrix.assets, matrix.points) == ("90d", ("BTC", "SOL"), 9)


def test_what_is_told_again_is_neither_written_nor_published_again() -> None:
    desk = correlating()
    closes = [100.0 + place % 4 for place in range(6)]
    message = history(desk, "BTC", closes, interval=CandleInterval.HOUR)
    for _ in range(3):
        desk.tell(message).wait(3)
    assert len(matrices(desk)) == 1
    assert sum(len(stored.rows) for stored in desk.stored(Candles)) == 6


def test_one_market_speaks_for_an_asset() -> None:
    desk = correlating()
    newest = START - timedelta(hours=1)
    for symbol, close in (("BTC/USDT:USDT", 100.0), ("BTC/USDT", 100.0), ("BTC/USDC", 900.0), ("BTC/USD:BTC", 900.0)):
        told = candle(desk, "BTC", close, opened_at=newest, symbol=symbol)
        desk.tell(told.model_copy(update={"interval": CandleInterval.HOUR}))
    (stored,) = desk.wait().stored(Candles)
    assert [(row.symbol, row.close) for row in stored.rows] == [("BTC/USDT", 100.0)]


def test_a_candle_from_the_future_is_not_believed() -> None:
    desk = correlating()
    for place in range(8):
        desk.tell(candle(desk, "BTC", 100.0 + place % 3, opened_at=START - MINUTE * (8 - place)))
    desk.tell(candle(desk, "BTC", 100.0, opened_at=START + timedelta(days=30)))
    desk.wait(3)
    assert matrices(desk)[-1].points == 7


def test_matrices_are_stored_at_their_interval_and_say_what_may_go() -> None:
    desk = correlating(store_interval_s=180)
    for place in range(8):
        desk.tell(candle(desk, "BTC", 100.0 + place % 3, opened_at=desk.now - MINUTE)).wait(2).wait(58)
    stored = desk.stored(Matrix)
    assert len(matrices(desk)) == 8
    assert len(stored) == 3
    first_told_at = START + timedelta(seconds=2)
    assert stored[0].keep_since == first_told_at - timedelta(days=90)


def test_a_matrix_that_knows_more_than_the_stored_one_is_stored_at_once() -> None:
    desk = correlating()
    known: list[str] = []
    for asset in ("BTC", "ETH", "SOL"):
        closes = [100.0 + place % (len(known) + 3) for place in range(10)]
        desk.tell(history(desk, asset, closes, interval=CandleInterval.HOUR)).wait(3)
        known.append(asset)
        assert [stored.matrix.assets for stored in desk.stored(Matrix)][-1] == tuple(known)
    desk.tell(history(desk, "SOL", [105.0, 100.0] * 5, interval=CandleInterval.HOUR)).wait(3)
    assert len(matrices(desk)) == 4
    assert len(desk.stored(Matrix)) == 3, "it knows of no more pairs: its turn comes with the interval"


def test_correlations_outlive_a_restart() -> None:
    desk = correlating()
    for asset, step in (("BTC", 3), ("ETH", 4)):
        desk.tell(history(desk, asset, [100.0 + place % step for place in range(11)], interval=CandleInterval.MINUTE))
    for _ in range(4):
        desk.wait(1)
    again = correlating(books_of(desk.records))
    again.now = desk.now
    for each in (desk, again):
        each.wait(60 - (each.now - START).total_seconds())
        for asset in ("BTC", "ETH"):
            each.tell(candle(each, asset, 105.0, opened_at=from_ms(to_ms(START))))
        each.wait(3)
    assert matrices(again)[-1].rho == matrices(desk)[-1].rho
    assert matrices(again)[-1].points == 10


def test_the_three_matrices_come_and_only_those_of_prices_have_clusters() -> None:
    desk = correlating()
    tell_histories(desk)
    desk.wait(2)
    told = {matrix.window: matrix for matrix in matrices(desk)}
    assert told.keys() == {"24h", "90d", "spread_returns"}
    assert {window: matrix.assets for window, matrix in told.items()} == dict.fromkeys(told, ("BTC", "ETH"))
    assert told["24h"].clusters == told["90d"].clusters == (("BTC", "ETH"),)
    assert told["spread_returns"].clusters == ()
    rho = told["spread_returns"].rho[0][1]
    assert rho is not None
    assert abs(rho) < 0.9, "the spreads do not move as the prices do"


def test_an_asset_with_a_short_history_is_in_no_cluster() -> None:
    desk = correlating()
    tell_histories(desk)
    desk.tell(history(desk, "NEW", [1.0, 2.0, 1.5], interval=CandleInterval.HOUR)).wait(2)
    (matrix,) = matrices(desk, "90d")
    assert matrix.assets == ("BTC", "ETH", "NEW")
    assert matrix.clusters == (("BTC", "ETH"),)


def test_candles_of_hedges_are_kept_where_spreads_are_made_of_them() -> None:
    desk = correlating(candle_rows_per_flush=1_000)
    tell_histories(desk)
    desk.wait(1)
    stored = {(row.symbol, row.interval) for record in desk.stored(Candles) for row in record.rows}
    spots, hedges = ("BTC/USDT", "ETH/USDT"), ("BTC/USDT:USDT", "ETH/USDT:USDT")
    assert stored == {(symbol, "1m") for symbol in spots + hedges} | {(symbol, "1h") for symbol in spots}


def test_what_spreads_return_outlives_a_restart_also_between_the_candles_of_two_legs() -> None:
    desk = correlating(candle_rows_per_flush=1_000)
    tell_histories(desk)
    desk.wait(60)
    for asset in ("BTC", "ETH"):
        desk.tell(candle(desk, asset, 107.0, opened_at=START))
    desk.wait(1)
    again = correlating(books_of(desk.records))
    again.now = desk.now
    for each in (desk, again):
        for asset in ("BTC", "ETH"):
            each.tell(candle(each, asset, 107.5, opened_at=START, symbol=f"{asset}/USDT:USDT"))
        each.wait(2)
    before, after = matrices(desk, "spread_returns")[-1], matrices(again, "spread_returns")[-1]
    assert (after.points, after.as_of) == (before.points, before.as_of)
    assert after.rho[0] == pytest.approx(before.rho[0], abs=1e-12)
    assert after.as_of == START + MINUTE


def test_a_matrix_is_as_of_its_newest_bar_however_late_that_is_told() -> None:
    desk = correlating()
    tell_histories(desk)
    desk.wait(2)
    assert {matrix.as_of for matrix in matrices(desk)} == {START}
    desk.wait(40)
    desk.tell(candle(desk, "BTC", 50.0, opened_at=START - 3 * MINUTE)).wait(2)
    assert len(matrices(desk, "24h")) == 2
    assert matrices(desk, "24h")[-1].as_of == START


def test_a_matrix_without_news_is_told_again_as_of_the_bar_it_has() -> None:
    desk = correlating(repeat_interval_s=100)
    tell_histories(desk)
    desk.wait(2)
    first = matrices(desk, "90d")
    for _ in range(10):
        desk.wait(25)
    told = matrices(desk, "90d")
    assert len(told) == 3
    assert {(matrix.as_of, matrix.rho, matrix.clusters) for matrix in told} == {
        (first[0].as_of, first[0].rho, first[0].clusters)
    }


def test_after_a_start_what_is_known_is_told_at_once_and_nothing_where_nothing_is() -> None:
    desk = correlating(candle_rows_per_flush=1_000)
    assert matrices(desk.wait(400)) == []
    tell_histories(desk)
    desk.wait(2)
    again = correlating(books_of(desk.records))
    again.now = desk.now + timedelta(hours=1)
    told = {matrix.window: matrix for matrix in matrices(again.wait(1))}
    assert {window: matrix.rho for window, matrix in told.items()} == {
        matrix.window: matrix.rho for matrix in matrices(desk)
    }
    assert {matrix.as_of for matrix in told.values()} == {matrix.as_of for matrix in matrices(desk)}


def tell_histories(desk: Desk) -> None:
    """Two assets whose prices move as one and whose spreads do not, in minutes and hours."""
    closes = [100.0 + place % 4 for place in range(11)]
    for interval in (CandleInterval.MINUTE, CandleInterval.HOUR):
        for asset, step in (("BTC", 2), ("ETH", 3)):
            hedge = [close * (1.0 + place % step / 1_000) for place, close in enumerate(closes)]
            desk.tell(history(desk, asset, hedge, interval=interval, symbol=f"{asset}/USDT:USDT"))
            desk.tell(history(desk, asset, closes, interval=interval))
