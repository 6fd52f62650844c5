"""The contest for the last free slot: who waits for one, and who is displaced by whom."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from poise_common.contracts.packages import LimitCheck, OpenPackage
from poise_risk.domain.gate.merits import Merits
from poise_risk.domain.gate.waiting import WaitingRequest
from poise_risk.domain.limits.slots import SlotGroup, slot_groups
from poise_risk.domain.rules.profiles import Profile

MeritsOf = Callable[[OpenPackage], Merits]


@dataclass(frozen=True, slots=True)
class Displaced:
    """A request that lost its slot to a better one."""

    waiting: WaitingRequest
    check: LimitCheck
    """The slots that were contested, the winner, and what decided."""


@dataclass(frozen=True, slots=True)
class Contested:
    """What came of a request that would take a last free slot: it waits (None: it lost), and others were displaced."""

    waits: WaitingRequest | None
    displaced: tuple[Displaced, ...]


@dataclass(frozen=True, slots=True)
class _Contender:
    waiting: WaitingRequest
    merits: Merits

    @property
    def tier(self) -> int:
        return self.waiting.tier


class Contest:
    """The requests that wait: always the best of those that came, as far as the free slots go.

    Slot groups lie within one another, so dropping the least of the narrowest group that is too full leaves the same
    requests whatever order they came in.
    """

    def __init__(self, waiting: Sequence[WaitingRequest]) -> None:
        self._waiting: dict[UUID, WaitingRequest] = {each.request.id: each for each in waiting}

    @property
    def package_ids(self) -> frozenset[UUID]:
        return frozenset(each.request.package_id for each in self._waiting.values())

    def enter(
        self, newcomer: WaitingRequest, taken: Counter[int], limits: Profile, merits_of: MeritsOf
    ) -> Contested | None:
        """Let a request that passed every limit compete; None where a slot stays free beside it, so nobody must wait.

        `taken` is how many packages are held or reserved of each tier.
        """
        groups = slot_groups(newcomer.tier, limits)
        claimed = taken + Counter([each.tier for each in self._waiting.values()]) if self._waiting else taken
        if all(group.of(claimed) + 1 < group.allowed for group in groups):
            return None
        contenders = [_Contender(each, merits_of(each.request)) for each in (*self._waiting.values(), newcomer)]
        displaced = _displaced(contenders, groups, taken)
        for each in displaced:
            self._waiting.pop(each.waiting.request.id, None)
        if any(each.waiting is newcomer for each in displaced):
            return Contested(None, displaced)
        waits = newcomer.instead_of(*(each.waiting for each in displaced))
        self._waiting[newcomer.request.id] = waits
        return Contested(waits, displaced)

    def take_due(self, now: datetime, merits_of: MeritsOf, *, everyone: bool = False) -> tuple[WaitingRequest, ...]:
        """Take out who has waited long enough, the best first."""
        due = [each for each in self._waiting.values() if everyone or each.is_due(now)]
        for each in due:
            del self._waiting[each.request.id]
        return tuple(sorted(due, key=lambda each: merits_of(each.request).rank, reverse=True))


def _displaced(contenders: list[_Contender], groups: Sequence[SlotGroup], taken: Counter[int]) -> tuple[Displaced, ...]:
    """Drop the least of each group that is too full; the last contender is the one that just came."""
    newcomer = contenders[-1]
    ranked = sorted(contenders, key=lambda each: each.merits.rank, reverse=True)
    displaced: list[Displaced] = []
    for group in groups:
        inside = [each for each in ranked if group.takes(each.tier)]
        free = group.allowed - group.of(taken)
        staying, fallen = inside[:free], inside[free:]
        for each in fallen:
            winner = newcomer if newcomer in staying else staying[-1]
            displaced.append(Displaced(each.waiting, _lost(group, winner, each)))
            ranked.remove(each)
    return tuple(displaced)


def _lost(group: SlotGroup, winner: _Contender, loser: _Contender) -> LimitCheck:
    request = winner.waiting.request
    whose = f"{group.name}: " if group.name else ""
    return group.check(
        group.allowed + 1,
        f"{whose}the last slot is for {request.asset}, package {request.package_id}, by"
        f" {winner.merits.advantage_over(loser.merits)}",
    )
