"""A feed's candles as messages for the bus."""

from datetime import datetime

from poise_common.contracts.market_data import Candle, CandleClosed, CandleHistory, CandleInterval
from poise_common.domain.clock import from_ms
from poise_common.domain.ids import NewId
from poise_ingestion.domain.candle_series import aggregated
from poise_ingestion.domain.effects import Followed

_STAGE = "ingestion"


class CandleMessages:
    """Make messages of candles."""

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id

    def closed(self, followed: Followed, interval: CandleInterval, candle: Candle, now: datetime) -> CandleClosed:
        """Return one closed candle's message."""
        return CandleClosed.first(
            self._new_id(now),
            _STAGE,
            now,
            venue=followed.instrument.venue,
            symbol=followed.instrument.symbol,
            asset=followed.asset,
            interval=interval,
            opened_at=from_ms(candle.opened_at_ms),
            open=candle.open,
            high=candle.high,
            low=candle.low,
            close=candle.close,
            volume=candle.volume,
        )

    def five_minutes_of(self, minutes: CandleHistory, now: datetime) -> CandleHistory:
        """Return the history of five-minute candles that a history of minutes makes."""
        return CandleHistory.first(
            self._new_id(now),
            _STAGE,
            now,
            venue=minutes.venue,
            symbol=minutes.symbol,
            asset=minutes.asset,
            interval=CandleInterval.FIVE_MINUTES,
            candles=aggregated(minutes.candles, CandleInterval.FIVE_MINUTES),
        )
