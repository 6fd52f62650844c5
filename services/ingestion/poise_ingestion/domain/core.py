"""Ingestion's core: what is followed, what may pass, and who belongs to the universe."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.core import Output
from poise_common.contracts.market_data import CandleHistory, OrderBook, Universe
from poise_common.contracts.message import Message
from poise_common.domain.ids import NewId
from poise_ingestion.domain.feed_desk import FeedDesk
from poise_ingestion.domain.following import Following
from poise_ingestion.domain.observations import (
    CandlesSeen,
    DutyChanged,
    FeedInterrupted,
    FundingSeen,
    FundingTermsRead,
    LastMinutesRead,
    MarketsScanned,
    MinutesRead,
    OverviewRead,
    ReplicasSeen,
    ScanFailed,
    TradesSeen,
)
from poise_ingestion.domain.overview_desk import OverviewDesk
from poise_ingestion.domain.parameters import IngestionConfig, UniverseConfig
from poise_ingestion.domain.universe_desk import UniverseDesk

_NAME = "ingestion"


class IngestionCore:
    """Pure: takes observations and the universe, answers with messages for the bus and effects."""

    def __init__(
        self,
        universe: UniverseConfig,
        config: IngestionConfig,
        tiers: frozenset[int],
        new_id: NewId,
        *,
        replica: str | None = None,
    ) -> None:
        """`replica` names this process among those that share its tiers, which it is told of; None: it is alone."""
        alerts = AlertBook(_NAME, new_id)
        following = Following(tiers, universe.membership.departed_watch_s)
        self._feeds = feeds = FeedDesk(config, following, alerts, new_id, replica=replica)
        self._universe = desk = UniverseDesk(universe, alerts, new_id)
        self._overview = overview = OverviewDesk(config.overview)
        self._handlers: dict[type[Message], Callable[[Any, datetime], Sequence[Output]]] = {
            OrderBook: feeds.take_book,
            TradesSeen: lambda message, _: feeds.take_trades(message),
            CandlesSeen: feeds.take_candles,
            MinutesRead: feeds.take_missing_minutes,
            LastMinutesRead: feeds.take_last_minutes,
            CandleHistory: feeds.take_history,
            FundingSeen: feeds.take_funding,
            FundingTermsRead: lambda message, _: feeds.take_funding_terms(message),
            FeedInterrupted: lambda message, _: feeds.interrupted(message),
            Universe: lambda message, now: feeds.follow(message, now) if desk.adopt(message) else (),
            ReplicasSeen: feeds.take_replicas,
            DutyChanged: self._duty_changed,
            OverviewRead: overview.read,
            MarketsScanned: desk.scanned,
            ScanFailed: desk.scan_failed,
        }

    def start(self, now: datetime) -> Sequence[Output]:  # noqa: ARG002  # the core's face; the universe comes off the bus
        """Wait for the universe, or for the duty to make one."""
        return ()

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Take one message of the bus, a source or an effect; what is not for ingestion changes nothing."""
        handler = self._handlers.get(type(message))
        return () if handler is None else handler(message, now)

    def tick(self, now: datetime) -> Sequence[Output]:
        """Let time pass."""
        return (*self._feeds.tick(now), *self._universe.tick(now), *self._overview.tick(now))

    def _duty_changed(self, message: DutyChanged, now: datetime) -> Sequence[Output]:
        return (*self._universe.duty_changed(message, now), *self._overview.duty_changed(message, now))
