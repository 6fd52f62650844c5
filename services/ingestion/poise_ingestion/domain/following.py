"""Which instruments a process of some tiers follows, given the universe."""

from datetime import datetime, timedelta

from poise_common.contracts.market_data import Universe
from poise_common.domain.instruments import InstrumentId
from poise_ingestion.domain.effects import Followed

_PEG_TIER = 1


class Following:
    """Keep the instruments to follow: the universe's, and those of departed assets for a while."""

    def __init__(self, tiers: frozenset[int], departed_watch_s: float) -> None:
        self._tiers = tiers
        self._departed_watch = timedelta(seconds=departed_watch_s)
        self._followed: dict[InstrumentId, Followed] = {}
        self._departed_at: dict[InstrumentId, datetime] = {}

    @property
    def instruments(self) -> dict[InstrumentId, Followed]:
        return self._followed

    def take(self, universe: Universe, now: datetime) -> tuple[Followed, ...]:
        """Take a new universe; return the instruments that are followed from now on and were not before."""
        wanted = {followed.instrument.id: followed for followed in self._wanted(universe)}
        for instrument in self._followed:
            if instrument not in wanted:
                self._departed_at.setdefault(instrument, now)
        for instrument in wanted:
            self._departed_at.pop(instrument, None)
        lingering = {
            instrument: self._followed[instrument]
            for instrument, departed_at in self._departed_at.items()
            if now - departed_at < self._departed_watch
        }
        self._departed_at = {instrument: at for instrument, at in self._departed_at.items() if instrument in lingering}
        before = self._followed
        self._followed = wanted | lingering
        return tuple(followed for instrument, followed in self._followed.items() if instrument not in before)

    def _wanted(self, universe: Universe) -> tuple[Followed, ...]:
        followed = [
            Followed(instrument=instrument, asset=asset.asset, tier=asset.tier)
            for asset in universe.assets
            if asset.tier in self._tiers
            for instrument in (asset.spot, asset.hedge)
        ]
        if _PEG_TIER in self._tiers:
            followed += [
                Followed(instrument=pair, asset=pair.base, tier=_PEG_TIER, price_only=True)
                for pair in universe.peg_pairs
            ]
        return tuple(followed)
