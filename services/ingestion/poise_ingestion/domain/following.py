"""Which instruments the processes of some tiers follow between them, given the universe."""

from datetime import datetime, timedelta

from poise_common.contracts.market_data import Universe
from poise_common.domain.instruments import InstrumentId
from poise_ingestion.domain.effects import Followed

_PEG_TIER = 1


class Following:
    """Keep the instruments to follow: the universe's, and those of departed assets for a while; none that expired."""

    def __init__(self, tiers: frozenset[int], departed_watch_s: float) -> None:
        self.tiers = tiers
        self._departed_watch = timedelta(seconds=departed_watch_s)
        self._followed: dict[InstrumentId, Followed] = {}
        self._departed_at: dict[InstrumentId, datetime] = {}

    @property
    def instruments(self) -> dict[InstrumentId, Followed]:
        return self._followed

    def take(self, universe: Universe, now: datetime) -> None:
        """Take a new universe."""
        wanted = {one.instrument.id: one for one in self._wanted(universe) if not _is_over(one, now)}
        for instrument in self._followed:
            if instrument not in wanted:
                self._departed_at.setdefault(instrument, now)
        for instrument in wanted:
            self._departed_at.pop(instrument, None)
        lingering = {
            instrument: self._followed[instrument]
            for instrument, departed_at in self._departed_at.items()
            if now - departed_at < self._departed_watch and not _is_over(self._followed[instrument], now)
        }
        self._departed_at = {instrument: at for instrument, at in self._departed_at.items() if instrument in lingering}
        self._followed = wanted | lingering

    def _wanted(self, universe: Universe) -> tuple[Followed, ...]:
        followed = [
            Followed(instrument=instrument, asset=asset.asset, tier=asset.tier)
            for asset in universe.assets
            if asset.tier in self.tiers
            for instrument in asset.instruments
        ]
        if _PEG_TIER in self.tiers:
            followed += [
                Followed(instrument=pair, asset=pair.base, tier=_PEG_TIER, price_only=True)
                for pair in universe.peg_pairs
            ]
        return tuple(followed)


def _is_over(followed: Followed, now: datetime) -> bool:
    expires_at = followed.instrument.expires_at
    return expires_at is not None and expires_at <= now
