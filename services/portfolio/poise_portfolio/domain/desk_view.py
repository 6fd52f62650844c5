"""What the portfolio's parts may look at: markets, books, and what they are worth together."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from poise_common.contracts.market_data import CandleInterval, Universe
from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.correlations.clusters import Clusters
from poise_portfolio.domain.correlations.windows import CorrelationWindows
from poise_portfolio.domain.ledger.booking import Bookings
from poise_portfolio.domain.worth.marks import Marks
from poise_portfolio.domain.worth.valuation import Valuation


class DeskView:
    """The desk as of the newest message."""

    def __init__(
        self, marks: Marks, bookings: Bookings, correlations: CorrelationWindows, mark_wait: timedelta
    ) -> None:
        self.marks = marks
        self.bookings = bookings
        self.universe: Universe | None = None
        self._correlations = correlations
        self._mark_wait = mark_wait
        self._started_at: datetime | None = None
        self._is_marked = False

    def start(self, now: datetime) -> None:
        self._started_at = now

    @property
    def is_open(self) -> bool:
        """Say whether every venue's account has been read once."""
        assets = () if self.universe is None else self.universe.assets
        venues = frozenset(leg.venue for asset in assets for leg in asset.instruments)
        return self.bookings.ledger.is_open(venues)

    def may_be_valued(self, now: datetime) -> bool:
        """Say whether what is held has been marked since the start, or was waited for long enough.

        With one leg of a hedge at today's price and the other at yesterday's, equity would jump.
        """
        if not self._is_marked:
            is_waited_for = self._started_at is not None and now - self._started_at >= self._mark_wait
            self._is_marked = is_waited_for or self.bookings.is_all_marked()
        return self._is_marked

    def valuation(self, now: datetime) -> Valuation:
        """Mark everything at one time."""
        return Valuation(self.bookings.ledger, self.bookings.packages, self.marks, now)

    def clusters(self) -> Clusters:
        """Return which assets move as one over the longest window of prices; none while nothing is known."""
        return self._correlations.clusters()

    def closes(self, interval: CandleInterval, bars: int) -> Mapping[str, Floats]:
        """Return each asset's last spot closes, oldest first, NaN where one is missing; all of them as long.

        Empty where no window follows candles of that interval.
        """
        return self._correlations.spot_closes(interval, bars)

    def matrices_as_of(self) -> Mapping[str, datetime]:
        """Return by window when the newest bar of its correlation matrix ended; those without one are left out."""
        return self._correlations.as_of()
