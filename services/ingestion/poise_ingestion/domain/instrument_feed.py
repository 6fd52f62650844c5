"""What the core remembers of one instrument that is followed."""

from dataclasses import dataclass, field
from datetime import datetime

from poise_common.domain.instruments import InstrumentKind
from poise_ingestion.domain.candle_series import CandleSeries
from poise_ingestion.domain.effects import Followed
from poise_ingestion.domain.funding_terms import FundingSeries
from poise_ingestion.domain.parameters import IngestionConfig
from poise_ingestion.domain.trade_flow import TradeFlowMeter

_PERPETUALS = frozenset({InstrumentKind.LINEAR_PERPETUAL, InstrumentKind.INVERSE_PERPETUAL})


@dataclass(slots=True)
class InstrumentFeed:
    """One instrument's candles, trades and funding under way."""

    followed: Followed
    candles: CandleSeries
    trades: TradeFlowMeter
    taken_over_at: datetime | None
    """From another process; None where none published it before."""
    funding: FundingSeries | None = field(default=None)


def begin(followed: Followed, config: IngestionConfig, *, taken_over_at: datetime | None) -> InstrumentFeed:
    """Start with nothing known."""
    return InstrumentFeed(
        followed=followed,
        candles=CandleSeries(round(config.candles.close_grace_s * 1000)),
        trades=TradeFlowMeter(round(config.trades.close_grace_s * 1000), joins_midway=taken_over_at is not None),
        taken_over_at=taken_over_at,
        funding=FundingSeries(config.funding) if followed.instrument.kind in _PERPETUALS else None,
    )
