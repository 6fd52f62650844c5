"""Ingestion's core with a clock in hand, and what it takes and says in few words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import yaml

from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.market_data import Candle, OrderBook, Universe
from poise_common.contracts.message import Message
from poise_common.domain.ids import seeded_ids
from poise_common.domain.instruments import Instrument, InstrumentKind
from poise_common.domain.order_books import Level
from poise_ingestion.domain.core import IngestionCore
from poise_ingestion.domain.observations import DutyChanged, MarketsScanned, ScannedAsset
from poise_ingestion.domain.parameters import IngestionConfig, UniverseConfig

CONFIG = Path(__file__).parents[3] / "config"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
VENUE = "paper"
M = TypeVar("M", bound=Message)


def universe_values() -> dict[str, Any]:
    return dict(yaml.safe_load((CONFIG / "universe.yaml").read_text()))


def universe_config(**membership: Any) -> UniverseConfig:
    values = universe_values()
    values["membership"] |= membership
    return UniverseConfig.model_validate(values)


def ingestion_config() -> IngestionConfig:
    return IngestionConfig.model_validate(yaml.safe_load((CONFIG / "ingestion.yaml").read_text()))


def instrument(base: str, *, perpetual: bool = False) -> Instrument:
    return Instrument(
        venue=VENUE,
        symbol=f"{base}/USDT:USDT" if perpetual else f"{base}/USDT",
        kind=InstrumentKind.LINEAR_PERPETUAL if perpetual else InstrumentKind.SPOT,
        base=base,
        quote="USDT",
        settle="USDT",
        price_tick=Decimal("0.01"),
        quantity_step=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        min_notional=Decimal(5),
        taker_fee=Decimal("0.0005"),
        maker_fee=Decimal("0.0002"),
        funding_interval_s=28_800 if perpetual else None,
    )


def scanned(asset: str, **changes: Any) -> ScannedAsset:
    """An asset that meets every criterion of every tier, but for the changes."""
    good: dict[str, Any] = {
        "asset": asset,
        "venue": VENUE,
        "spot": instrument(asset),
        "hedge": instrument(asset, perpetual=True),
        "volume_24h_usd": 1e9,
        "hedge_volume_24h_usd": 2e9,
        "depth_usd": 1e7,
        "spread_pct": 0.01,
        "btc_correlation": 0.5,
        "funding_8h_pct": 0.01,
        "feed_reliability_pct": 100.0,
    }
    return ScannedAsset(**(good | changes))


def book(symbol: str, sequence: int, at: datetime, bid: float = 100.0, ask: float = 100.1) -> OrderBook:
    return OrderBook.first(
        seeded_ids(sequence)(at),
        "received",
        at,
        venue=VENUE,
        symbol=symbol,
        tier=1,
        sequence=sequence,
        venue_time=at,
        received_at=at,
        bids=(Level(bid, 1.0), Level(bid - 1, 2.0)),
        asks=(Level(ask, 1.0), Level(ask + 1, 2.0)),
    )


def minute(number: int, close: float = 100.0, volume: float = 1.0) -> Candle:
    """The candle of the n-th minute after noon."""
    opened_at_ms = round(NOON.timestamp() * 1000) + number * 60_000
    return Candle(opened_at_ms, 100.0, max(100.0, close) + 1, min(100.0, close) - 1, close, volume)


class Desk:
    """A core of some tiers, its clock and everything it said since the last call."""

    def __init__(self, *tiers: int, config: UniverseConfig | None = None, replica: str | None = None) -> None:
        self.now = NOON
        self.new_id = seeded_ids(7)
        self.core = IngestionCore(
            config or universe_config(),
            ingestion_config(),
            frozenset(tiers or (1, 2, 3)),
            self.new_id,
            replica=replica,
        )

    def tell(self, message: Message) -> Sequence[Output]:
        return self.core.handle(message, self.now)

    def say(self, kind: type[M], **fields: Any) -> Sequence[Output]:
        """Tell the core a message of a kind."""
        return self.tell(kind.first(self.new_id(self.now), "test", self.now, **fields))

    def wait(self, seconds: float) -> Sequence[Output]:
        self.now += timedelta(seconds=seconds)
        return self.core.tick(self.now)

    def on_duty(self) -> "Desk":
        self.say(DutyChanged, held=True)
        return self

    def scan(self, *assets: ScannedAsset, **fields: Any) -> Sequence[Output]:
        return self.say(
            MarketsScanned, assets=assets, peg_pairs=fields.pop("peg_pairs", ()), unreached_venues=(), **fields
        )

    def following(self, *assets: ScannedAsset) -> "Desk":
        """Be on duty, scan these assets, and follow the universe that comes of it."""
        (universe,) = published(self.on_duty().scan(*assets), Universe)
        self.tell(universe)
        return self


def published(outputs: Sequence[Output], kind: type[M]) -> list[M]:
    return [out.message for out in outputs if isinstance(out, Publish) and isinstance(out.message, kind)]


def effects(outputs: Sequence[Output], kind: type[Any]) -> list[Any]:
    return [out.effect for out in outputs if isinstance(out, Run) and isinstance(out.effect, kind)]
