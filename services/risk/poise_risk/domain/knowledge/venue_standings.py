"""How execution stands with each venue: locks, reconciliation and the venue's clock."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from poise_common.contracts.execution import Difference, DifferenceKind, VenueLock, VenueState
from poise_common.domain.instruments import InstrumentId, base_of
from poise_common.domain.wallets import Wallet
from poise_risk.domain.knowledge.symbols import is_derivative
from poise_risk.domain.rules.rulebook import Rulebook

_LINES_TOLD = 3
_OF_SPOT = frozenset({Wallet.SPOT, Wallet.UNIFIED})


class VenueStandings:
    """The newest state of every venue, and since when its clock has been off."""

    def __init__(self, rules: Rulebook) -> None:
        self._rules = rules
        self._states: dict[str, VenueState] = {}
        self._clock_off_since: dict[str, datetime] = {}
        self._clock_off_until: dict[str, datetime] = {}

    def take(self, state: VenueState) -> bool:
        """Take a newer state of a venue; say whether it was newer."""
        known = self._states.get(state.venue)
        if known is not None and state.as_of < known.as_of:
            return False
        self._states[state.venue] = state
        self._note_clock(state)
        return True

    @property
    def venues(self) -> frozenset[str]:
        """Venues that execution has told of."""
        return frozenset(self._states)

    @property
    def locks(self) -> Mapping[str, VenueLock]:
        """The locks that last, by venue."""
        return {venue: state.lock for venue, state in sorted(self._states.items()) if state.lock is not None}

    def lock_danger(self) -> str | None:
        """Say which venue's account differs from our books and in what, or None."""
        for venue, lock in self.locks.items():
            return f"{venue} differs from our books: {told_lines(lock.differences)}"
        return None

    def clock_danger(self) -> str | None:
        """Say which venue's clock has been off over more than one reading, or None."""
        confirmed_after = timedelta(seconds=float(self._rules.venues.clock_confirm_after_s))
        for venue, since in sorted(self._clock_off_since.items()):
            if self._clock_off_until[venue] - since >= confirmed_after:
                offset_ms, allowed_ms = self._states[venue].clock_offset_ms, self._rules.venues.clock_offset_max_ms
                return f"the clock of {venue} is {offset_ms} ms off ours, {allowed_ms} are allowed"
        return None

    def doubt(self, venue: str, now: datetime) -> str | None:
        """Say why nothing may be opened at a venue, or None."""
        state = self._states.get(venue)
        locked = state is not None and state.lock is not None
        return f"{venue} is locked" if locked else self.unreconciled(venue, now)

    def unreconciled(self, venue: str, now: datetime) -> str | None:
        """Say for how long a venue's account has not been found to agree with our books, where that is too long."""
        reconciled_at = self.reconciled_at(venue)
        if reconciled_at is None:
            return f"{venue} has not been reconciled since execution started"
        age_s = (now - reconciled_at).total_seconds()
        allowed_s = self._rules.venues.reconciled_max_age_s
        return f"{venue} was last reconciled {age_s:.0f} s ago, {allowed_s} are allowed" if age_s > allowed_s else None

    def reconciled_at(self, venue: str) -> datetime | None:
        state = self._states.get(venue)
        return None if state is None else state.reconciled_at

    def all_reconciled_after(self, venues: Iterable[str], time: datetime) -> bool:
        """Say whether each of these accounts was found to agree with our books later than a time."""
        return all((at := self.reconciled_at(venue)) is not None and at > time for venue in venues)

    def bars_closing_in(self, instrument_id: InstrumentId) -> bool:
        """Say whether an instrument is among what a lock of its venue is about: nobody knows what is held of it."""
        lock = self.locks.get(instrument_id.venue)
        return lock is not None and any(touches(difference, instrument_id.symbol) for difference in lock.differences)

    def _note_clock(self, state: VenueState) -> None:
        offset_ms = state.clock_offset_ms
        if offset_ms is None or abs(offset_ms) <= self._rules.venues.clock_offset_max_ms:
            self._clock_off_since.pop(state.venue, None)
            return
        self._clock_off_since.setdefault(state.venue, state.as_of)
        self._clock_off_until[state.venue] = state.as_of


def touches(difference: Difference, symbol: str) -> bool:
    """Say whether a difference is about what an instrument's closing would trade away."""
    if difference.expected == difference.actual:
        return False
    match difference.kind:
        case DifferenceKind.POSITION:
            return difference.name == symbol
        case DifferenceKind.BALANCE:
            is_of_spot = difference.wallet in _OF_SPOT and not is_derivative(symbol)
            return is_of_spot and difference.name == base_of(symbol)
        case DifferenceKind.ORDER:
            return False


def told_lines(differences: tuple[Difference, ...]) -> str:
    """Say the first differences in words."""
    lines = [
        f"{each.kind.value} {each.name} ({each.wallet}) is {each.actual}, not {each.expected}"
        for each in differences[:_LINES_TOLD]
    ]
    more = len(differences) - _LINES_TOLD
    return "; ".join(lines) + (f"; and {more} more" if more > 0 else "")
