"""Books that fell silent: one alert a venue and tier, whichever replicas follow them."""

from collections.abc import Iterable
from datetime import datetime

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Severity
from poise_common.contracts.core import Output, Run
from poise_common.domain.instruments import InstrumentId
from poise_ingestion.domain.effects import Followed, SaySilent
from poise_ingestion.domain.observations import ReplicasSeen

_Feeds = tuple[str, int]
"""Venue and tier."""


class SilenceWatch:
    """Tell the other replicas what is silent here; one of them raises the alert for all, and closes it."""

    def __init__(self, alert_after_s: float, tiers: Iterable[int], alerts: AlertBook, replica: str | None) -> None:
        self._alert_after_s = alert_after_s
        self._alerts = alerts
        self._replica = replica
        self._said: dict[int, frozenset[InstrumentId]] = {tier: frozenset() for tier in tiers}
        self._others: dict[int, frozenset[InstrumentId]] = {}
        self._speaks_for: set[int] = set(self._said) if replica is None else set()
        self._raised: set[_Feeds] = set()

    def see(self, seen: ReplicasSeen) -> None:
        """Take what is silent at the others of a tier; the first by name speaks for all."""
        others = (silent for replica, silent in seen.silent.items() if replica != self._replica)
        self._others[seen.tier] = frozenset(one for silent in others for one in silent)
        if min(seen.replicas) == self._replica:
            self._speaks_for.add(seen.tier)
        else:
            self._speaks_for.discard(seen.tier)

    def check(self, silent: Iterable[Followed], now: datetime) -> Iterable[Output]:
        """Take all that is silent here now, and nobody else shows."""
        by_feeds: dict[_Feeds, set[str]] = {}
        own = list(silent)
        for tier, said in self._said.items():
            here = frozenset(followed.instrument.id for followed in own if followed.tier == tier)
            if here != said and self._replica is not None:
                yield Run(SaySilent(tier=tier, silent=tuple(sorted(here))))
            self._said[tier] = here
            for venue, symbol in here | self._others.get(tier, frozenset()):
                by_feeds.setdefault((venue, tier), set()).add(symbol)
        for feeds in sorted(by_feeds.keys() | self._raised):
            yield from self._watch(feeds, by_feeds.get(feeds, set()), now)

    def _watch(self, feeds: _Feeds, symbols: set[str], now: datetime) -> Iterable[Output]:
        venue, tier = feeds
        if symbols and tier in self._speaks_for:
            self._raised.add(feeds)
        elif not symbols:
            self._raised.discard(feeds)
        elif feeds not in self._raised:
            return
        named = ", ".join(sorted(symbols))
        yield from self._alerts.watch(
            "stale_feed",
            f"{venue}/tier{tier}",
            firing=bool(symbols),
            severity=Severity.WARNING,
            text=f"no book for over {self._alert_after_s:g} s of {named}" if symbols else "all books are fresh again",
            now=now,
        )
