"""How the market stands as a whole: asked for now and then by the process that scans."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.market_data import MarketOverview
from poise_ingestion.domain.effects import ReadOverview
from poise_ingestion.domain.observations import DutyChanged, OverviewRead
from poise_ingestion.domain.parameters import OverviewParameters

_STAGE = "ingestion"


class OverviewDesk:
    """Ask at intervals while the duty is held; without an address, never."""

    def __init__(self, parameters: OverviewParameters) -> None:
        self._is_on = parameters.base_url is not None
        self._interval = timedelta(seconds=parameters.interval_s)
        self._due_at: datetime | None = None

    def duty_changed(self, message: DutyChanged, now: datetime) -> Sequence[Output]:
        """Begin to ask, at once, or leave it to another."""
        self._due_at = now if message.held and self._is_on else None
        return self.tick(now)

    def tick(self, now: datetime) -> Sequence[Output]:
        """Ask when it is due; what was not answered is asked again at the next time."""
        if self._due_at is None or now < self._due_at:
            return ()
        self._due_at = now + self._interval
        return (Run(ReadOverview()),)

    def read(self, seen: OverviewRead, now: datetime) -> Sequence[Output]:
        """Publish what a source says."""
        overview = MarketOverview.caused_by(
            seen,
            _STAGE,
            now,
            btc_dominance_pct=seen.btc_dominance_pct,
            total_market_cap_usd=seen.total_market_cap_usd,
            market_cap_change_24h_pct=seen.market_cap_change_24h_pct,
            updated_at=seen.updated_at,
        )
        return (Publish(overview),)
