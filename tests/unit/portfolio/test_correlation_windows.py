from datetime import datetime, timedelta
from typing import Any

from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import START, Desk, shipped_parameters

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
        "windows": windows,
    }
    return Desk(books, shipped_parameters(correlations=correlations | changes))


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
    assert stored[0].keep_candles_since == first_told_at - timedelta(minutes=12)


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
