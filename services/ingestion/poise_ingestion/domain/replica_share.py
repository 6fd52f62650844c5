"""What one replica follows of its tiers: what is its own, and what it lost until another shows it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.domain.instruments import InstrumentId
from poise_ingestion.domain.effects import Followed, SayShown
from poise_ingestion.domain.observations import ReplicasSeen
from poise_ingestion.domain.sharing import owner_of


class _TierView(NamedTuple):
    replicas: tuple[str, ...]
    shown_by: Mapping[InstrumentId, str]
    histories: frozenset[InstrumentId]


_NOBODY = _TierView((), {}, frozenset())


class ReplicaShare:
    """Hold what falls to this replica, by the newest view of who is there and who shows what.

    What falls to another is followed on until that one has shown a book of it, and a little longer. There is no other
    limit: while the other shows nothing, nothing is twice on the bus, and to let go would leave it dark.
    """

    def __init__(self, replica: str | None, overlap: timedelta) -> None:
        """None: this process is alone, and all is its own."""
        self._replica = replica
        self._overlap = overlap
        self._views: dict[int, _TierView] = {}
        self._held: frozenset[InstrumentId] = frozenset()
        self._relieved_at: dict[InstrumentId, datetime] = {}
        self._shown: set[InstrumentId] = set()
        self._histories: set[InstrumentId] = set()

    def note_shown(self, instrument: InstrumentId) -> None:
        """Note that a book of an instrument goes on the bus."""
        self._shown.add(instrument)

    def note_history(self, instrument: InstrumentId) -> None:
        """Note that an instrument's histories go on the bus."""
        self._histories.add(instrument)

    def see(self, seen: ReplicasSeen) -> None:
        """Take the newest view of a tier."""
        self._views[seen.tier] = _TierView(seen.replicas, seen.shown_by, seen.histories)

    def is_taken_over(self, followed: Followed) -> bool:
        """Say whether another process showed an instrument before."""
        view = self._views.get(followed.tier, _NOBODY)
        return view.shown_by.get(followed.instrument.id, self._replica) != self._replica

    def has_history(self, followed: Followed) -> bool:
        """Say whether an instrument's histories were published, here or by another."""
        known = self._views.get(followed.tier, _NOBODY).histories
        return followed.instrument.id in known or followed.instrument.id in self._histories

    def is_shown_by_another(self, followed: Followed) -> bool:
        """Say whether another replica that is there shows an instrument."""
        view = self._views.get(followed.tier, _NOBODY)
        shown_by = view.shown_by.get(followed.instrument.id, self._replica)
        return shown_by != self._replica and shown_by in view.replicas

    def of(self, all_of_tiers: Mapping[InstrumentId, Followed], now: datetime) -> dict[InstrumentId, Followed]:
        """Return what this replica follows from now on."""
        held = {
            instrument: followed
            for instrument, followed in all_of_tiers.items()
            if self._is_mine(followed) or (instrument in self._held and not self._may_let_go(followed, now))
        }
        self._held = frozenset(held)
        self._relieved_at = {one: at for one, at in self._relieved_at.items() if one in held}
        return held

    def to_say(self, tier: int, all_of_tiers: Mapping[InstrumentId, Followed]) -> SayShown | None:
        """Return what the others must be told of a tier, None where they know; asked once after each view.

        A book counts that was published since the view before: one of long ago says nothing of a connection that may
        have died since.
        """
        view = self._views[tier]
        shown = {one for one in self._shown if one in all_of_tiers and all_of_tiers[one].tier == tier}
        self._shown -= shown
        begun = tuple(
            one for one in sorted(shown) if view.shown_by.get(one) != self._replica and self._is_mine(all_of_tiers[one])
        )
        ended = tuple(
            one for one, replica in view.shown_by.items() if replica == self._replica and one not in all_of_tiers
        )
        of_tier = {one for one in self._histories if one in all_of_tiers and all_of_tiers[one].tier == tier}
        histories = tuple(sorted(of_tier - view.histories))
        if not (begun or ended or histories):
            return None
        return SayShown(tier=tier, begun=begun, ended=ended, histories=histories)

    def _is_mine(self, followed: Followed) -> bool:
        if self._replica is None:
            return True
        view = self._views.get(followed.tier)
        # Before the first view nothing is anybody's: to follow all for a moment would cost the others' budget.
        return view is not None and owner_of(followed.instrument.id, view.replicas) == self._replica

    def _may_let_go(self, lost: Followed, now: datetime) -> bool:
        """Say whether the one that an instrument falls to has shown it for long enough."""
        instrument, view = lost.instrument.id, self._views[lost.tier]
        if view.shown_by.get(instrument) != owner_of(instrument, view.replicas):
            self._relieved_at.pop(instrument, None)
            return False
        return now - self._relieved_at.setdefault(instrument, now) >= self._overlap
