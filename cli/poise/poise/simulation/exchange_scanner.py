"""Measures the exchange's markets, as ingestion's scanner would over REST."""

from datetime import datetime
from decimal import Decimal

from poise_common.contracts.market_data import Candle, CandleInterval
from poise_common.contracts.message import Message
from poise_common.domain.clock import from_ms
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import Instrument, InstrumentKind
from poise_common.domain.order_books import Level
from poise_ingestion.domain import observations
from poise_ingestion.domain.correlation import return_correlation
from poise_ingestion.domain.measurements import measure_book, worse_of
from poise_ingestion.domain.parameters import UniverseConfig
from poise_simulator.domain import instruments as venue_instruments
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market, TradingStatus
from poise_simulator.domain.views import Kline

STAGE = "received"


class ExchangeScanner:
    """Scan an exchange that shares the process; correlations to the benchmark are measured once."""

    def __init__(self, exchange: Exchange, venue: str, universe: UniverseConfig, new_id: NewId) -> None:
        self._exchange = exchange
        self._venue = venue
        self._config = universe
        self._new_id = new_id
        self._correlations: dict[str, float | None] = {}

    def scan(self, now: datetime) -> Message:
        """Measure every asset whose spot pair and perpetual both trade."""
        listed = {key: one for key, one in self._exchange.instruments.items() if one.status is TradingStatus.TRADING}
        bases = sorted(
            one.base for key, one in listed.items() if key[0] is Market.FUTURES and (Market.SPOT, key[1]) in listed
        )
        pegs = tuple(
            converted
            for (market, _), one in listed.items()
            if market is Market.SPOT and (converted := convert(one, self._venue)).symbol in self._config.peg_pairs
        )
        return observations.MarketsScanned.first(
            self._new_id(now),
            STAGE,
            now,
            assets=tuple(self._scanned(base) for base in bases),
            peg_pairs=pegs,
            unreached_venues=(),
        )

    def _scanned(self, base: str) -> observations.ScannedAsset:
        spot_key, hedge_key = (Market.SPOT, f"{base}USDT"), (Market.FUTURES, f"{base}USDT")
        within_pct = self._config.scan.depth_within_pct
        book = worse_of(*(measure_book(*self._levels(key), within_pct=within_pct) for key in (spot_key, hedge_key)))
        return observations.ScannedAsset(
            asset=base,
            venue=self._venue,
            spot=convert(self._exchange.instruments[spot_key], self._venue),
            hedge=convert(self._exchange.instruments[hedge_key], self._venue),
            volume_24h_usd=float(self._exchange.ticker_24h(*spot_key).quote_volume),
            hedge_volume_24h_usd=float(self._exchange.ticker_24h(*hedge_key).quote_volume),
            depth_usd=book.depth_usd if book else None,
            spread_pct=book.spread_pct if book else None,
            btc_correlation=self._correlation(base),
            funding_8h_pct=0.0,
            feed_reliability_pct=None,
            futures=tuple(convert(one, self._venue) for one in self._futures(base)),
        )

    def _futures(self, base: str) -> list[venue_instruments.Instrument]:
        trading = [
            (one.expires_ms, one)
            for one in self._exchange.instruments.values()
            if one.expires_ms is not None and one.base == base and one.status is TradingStatus.TRADING
        ]
        return [one for _, one in sorted(trading, key=lambda dated: dated[0])]

    def _levels(self, key: tuple[Market, str]) -> tuple[list[Level], list[Level]]:
        view = self._exchange.book(*key)
        return (
            [Level(float(price), float(quantity)) for price, quantity in view.bids],
            [Level(float(price), float(quantity)) for price, quantity in view.asks],
        )

    def _correlation(self, base: str) -> float | None:
        if base not in self._correlations:
            self._correlations[base] = return_correlation(
                self._hours(base),
                self._hours(self._config.benchmark),
                step_ms=CandleInterval.HOUR.seconds * 1000,
                points_min=self._config.scan.correlation_points_min,
            )
        return self._correlations[base]

    def _hours(self, base: str) -> tuple[Candle, ...]:
        limit = self._config.scan.correlation_days * 24
        klines = self._exchange.klines(Market.SPOT, f"{base}USDT", CandleInterval.HOUR.seconds * 1000, limit=limit)
        return tuple(candle(kline) for kline in klines)


def convert(instrument: venue_instruments.Instrument, venue: str) -> Instrument:
    """Turn the exchange's own instrument into the desk's."""
    derivative = instrument.market is Market.FUTURES
    expires_at = None if instrument.expires_ms is None else from_ms(instrument.expires_ms)
    symbol = f"{instrument.base}/{instrument.quote}" + (f":{instrument.quote}" if derivative else "")
    bracket = instrument.leverage_brackets[0] if derivative else None
    return Instrument(
        venue=venue,
        symbol=symbol if expires_at is None else f"{symbol}-{expires_at:%y%m%d}",
        kind=_kind_of(instrument),
        base=instrument.base,
        quote=instrument.quote,
        settle=instrument.quote,
        price_tick=instrument.tick_size,
        quantity_step=instrument.step_size,
        min_quantity=instrument.min_quantity,
        min_notional=instrument.min_notional,
        taker_fee=instrument.taker_fee_rate,
        maker_fee=instrument.maker_fee_rate,
        max_leverage=Decimal(bracket.max_leverage) if bracket else Decimal(1),
        maintenance_margin_rate=bracket.maintenance_margin_rate if bracket else Decimal(0),
        funding_interval_s=instrument.funding_interval_s,
        expires_at=expires_at,
    )


def _kind_of(instrument: venue_instruments.Instrument) -> InstrumentKind:
    if instrument.market is Market.SPOT:
        return InstrumentKind.SPOT
    return InstrumentKind.LINEAR_FUTURE if instrument.is_dated else InstrumentKind.LINEAR_PERPETUAL


def candle(kline: Kline) -> Candle:
    """Turn the exchange's candle into the desk's."""
    return Candle(
        kline.open_time_ms,
        float(kline.open),
        float(kline.high),
        float(kline.low),
        float(kline.close),
        float(kline.volume),
    )
