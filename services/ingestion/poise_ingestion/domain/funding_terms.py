"""A perpetual's funding: the running rate together with its interval and what was settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from poise_common.contracts.market_data import FundingRate
from poise_ingestion.domain.observations import FundingSeen, FundingTermsRead
from poise_ingestion.domain.parameters import FundingParameters


@dataclass(slots=True)
class FundingSeries:
    """Put together what feed and REST say of one perpetual; ask again after each settlement."""

    parameters: FundingParameters
    terms: FundingTermsRead | None = None
    next_funding_at: datetime | None = None
    awaited_settlement_at: datetime | None = None
    ask_at: datetime | None = None

    def ask_due(self, now: datetime) -> bool:
        """Say, once each time, whether interval and settlements should be read now."""
        if self.ask_at is None or now < self.ask_at:
            return False
        self.ask_at = now + timedelta(seconds=self.parameters.settlement_retry_s)
        return True

    def begin(self, now: datetime) -> None:
        """Have the terms asked for from now on, until they are there."""
        self.ask_at = now

    def read(self, terms: FundingTermsRead) -> None:
        """Take interval and settlements; go on asking while the awaited settlement is not among them."""
        self.terms = terms
        settled = self.awaited_settlement_at
        if settled is None or (terms.settled_at and terms.settled_at[-1] >= settled):
            self.awaited_settlement_at = None
            self.ask_at = None

    def see(self, seen: FundingSeen) -> None:
        """Take the running rate; when the next funding time moved on, a settlement lies behind."""
        before = self.next_funding_at
        self.next_funding_at = seen.next_funding_at
        if before is not None and seen.next_funding_at > before:
            self.awaited_settlement_at = before
            self.ask_at = before + timedelta(seconds=self.parameters.settlement_grace_s)

    def message(self, id_: UUID, seen: FundingSeen, now: datetime) -> FundingRate | None:
        """Return what goes on the bus; None before the interval is known."""
        if self.terms is None:
            return None
        return FundingRate.first(
            id_,
            "ingestion",
            now,
            venue=seen.venue,
            symbol=seen.symbol,
            funding_rate_per_interval=seen.funding_rate_per_interval,
            predicted_next_rate_per_interval=seen.predicted_next_rate_per_interval,
            next_funding_at=seen.next_funding_at,
            interval_s=self.terms.interval_s,
            settled_rates_per_interval=self.terms.settled_rates_per_interval,
            last_settled_at=self.terms.settled_at[-1] if self.terms.settled_at else None,
            mark_price=seen.mark_price,
            index_price=seen.index_price,
            received_at=seen.received_at,
        )
