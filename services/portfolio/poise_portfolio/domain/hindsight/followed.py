"""Which refused packages are followed, found by what may concern them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from poise_common.domain.instruments import InstrumentId
from poise_portfolio.domain.hindsight.records import RefusalKey, RefusedPackage


class FollowedPackages:
    """The newest package of each key; those that are followed by candidate, by instrument, and by when to look."""

    def __init__(self, newest: Iterable[RefusedPackage], look_every: timedelta) -> None:
        self._look_every = look_every
        self._newest: dict[RefusalKey, RefusedPackage] = {}
        self._by_candidate: dict[tuple[str, str], dict[RefusalKey, None]] = defaultdict(dict)
        self._by_instrument: dict[InstrumentId, dict[RefusalKey, None]] = defaultdict(dict)
        self._look_at: dict[RefusalKey, datetime] = {}
        for package in sorted(newest, key=lambda package: package.valued_at):
            self.keep(package)

    def newest(self, key: RefusalKey) -> RefusedPackage | None:
        """Return the newest of a key, followed or not."""
        return self._newest.get(key)

    def of_candidate(self, strategy: str, asset: str) -> Sequence[RefusedPackage]:
        """Return those of a strategy and asset."""
        return [self._newest[key] for key in self._by_candidate.get((strategy, asset), ())]

    def of_instrument(self, instrument: InstrumentId) -> Sequence[RefusedPackage]:
        """Return those with a leg in an instrument."""
        return [self._newest[key] for key in self._by_instrument.get(instrument, ())]

    def due(self, now: datetime, packages_max: int) -> Sequence[RefusedPackage]:
        """Return those to be looked at, whose turn comes again an interval from now; at most so many."""
        due: list[RefusalKey] = []
        for key, at in self._look_at.items():
            if at > now or len(due) == packages_max:
                break
            due.append(key)
        for key in due:
            del self._look_at[key]
            self._look_at[key] = now + self._look_every
        return [self._newest[key] for key in due]

    def keep(self, package: RefusedPackage) -> RefusedPackage:
        """Keep what became of a package; one that has ended is followed no further."""
        key = package.key
        self._newest[key] = package
        if package.is_followed:
            self._look_at.setdefault(key, package.valued_at + self._look_every)
            self._by_candidate[key.strategy, key.asset][key] = None
            for instrument in (key.long_id, key.short_id):
                self._by_instrument[instrument][key] = None
            return package
        self._look_at.pop(key, None)
        self._by_candidate[key.strategy, key.asset].pop(key, None)
        for instrument in (key.long_id, key.short_id):
            self._by_instrument[instrument].pop(key, None)
        return package
