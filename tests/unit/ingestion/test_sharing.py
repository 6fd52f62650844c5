from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingestion.desk import NOON, instrument

from poise_common.domain.ids import seeded_ids
from poise_common.domain.instruments import InstrumentId
from poise_ingestion.domain.effects import Followed
from poise_ingestion.domain.observations import ReplicasSeen
from poise_ingestion.domain.replica_share import ReplicaShare
from poise_ingestion.domain.sharing import owner_of

MANY = 300
INSTRUMENTS = [InstrumentId("paper", f"A{number}/USDT") for number in range(MANY)]
names = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12)
groups = st.sets(names, min_size=1, max_size=6)
TIER = 3
OVERLAP = timedelta(seconds=1)
FOLLOWED = {
    one.id: Followed(instrument=one, asset=one.base, tier=TIER)
    for one in (instrument(base) for base in ("ADA", "DOT", "LINK", "AVAX"))
}


@given(groups, st.randoms())
def test_all_who_see_the_same_replicas_name_the_same_owner(replicas: set[str], chance: Any) -> None:
    seen_otherwise = sorted(replicas)
    chance.shuffle(seen_otherwise)
    for one in INSTRUMENTS[:20]:
        assert owner_of(one, replicas) == owner_of(one, seen_otherwise)
        assert owner_of(one, replicas) in replicas


@given(groups, names)
def test_who_comes_or_goes_moves_nothing_but_its_own(replicas: set[str], other: str) -> None:
    with_other = replicas | {other}
    without = (replicas - {other}) or {f"not {other}"}
    for one in INSTRUMENTS[:50]:
        if owner_of(one, with_other) != other:
            assert owner_of(one, with_other) == owner_of(one, with_other - {other})
        if owner_of(one, without | {other}) != owner_of(one, without):
            assert owner_of(one, without | {other}) == other


@given(groups)
def test_shares_are_even_as_if_lots_were_drawn(replicas: set[str]) -> None:
    even = MANY / len(replicas)
    shares = Counter(owner_of(one, replicas) for one in INSTRUMENTS)
    assert max(shares.values()) <= even + 6 * sqrt(even)
    assert min(shares[replica] for replica in replicas) >= even - 6 * sqrt(even)


@dataclass
class Roll:
    """Redis and the processes around it, as they are to each other."""

    now: datetime = NOON
    shares: dict[str, ReplicaShare] = field(default_factory=dict)
    held: dict[str, set[InstrumentId]] = field(default_factory=dict)
    shown_by: dict[InstrumentId, str] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)

    def beat(self, name: str, *, shows: bool) -> None:
        """Let a process join or go on; where it shows, a book of all that it follows was published before."""
        share = self.shares.setdefault(name, ReplicaShare(name, OVERLAP))
        self.listed.add(name)
        for one in self.held.get(name, ()) if shows else ():
            share.note_shown(one)
        share.see(
            ReplicasSeen.first(
                seeded_ids(1)(self.now),
                "test",
                self.now,
                tier=TIER,
                replicas=tuple(sorted(self.listed)),
                shown_by=dict(self.shown_by),
            )
        )
        said = share.to_say(TIER, FOLLOWED)
        self.shown_by |= dict.fromkeys(said.begun, name) if said else {}
        self.held[name] = set(share.of(FOLLOWED, self.now))

    def kill(self, name: str) -> None:
        self.shares.pop(name, None)
        self.held.pop(name, None)

    def expire(self, name: str) -> None:
        """Let a lease end: of a process that is dead, or of one that was slow."""
        self.listed.discard(name)

    @property
    def followed(self) -> set[InstrumentId]:
        return set[InstrumentId]().union(*self.held.values())

    def settle(self) -> None:
        self.listed &= self.shares.keys()
        for _ in range(5):
            self.now += OVERLAP
            for name in sorted(self.shares):
                self.beat(name, shows=True)


steps = st.lists(
    st.tuples(st.sampled_from(["beat", "beat", "silent", "kill", "expire", "wait"]), st.sampled_from("ABC")),
    max_size=60,
)


@given(steps)
def test_whoever_comes_goes_or_stalls_nothing_that_lives_is_let_go_and_in_the_end_each_has_one(
    steps_taken: list[tuple[str, str]],
) -> None:
    roll = Roll()
    for step, name in steps_taken:
        before = roll.followed
        match step:
            case "beat":
                roll.beat(name, shows=True)
            case "silent":
                roll.beat(name, shows=False)
            case "kill":
                before -= roll.held.get(name, set())
                roll.kill(name)
            case "expire":
                roll.expire(name)
            case "wait":
                roll.now += OVERLAP / 2
        assert roll.followed >= before
    roll.beat("A", shows=True)
    roll.settle()
    assert Counter(one for held in roll.held.values() for one in held) == Counter(FOLLOWED.keys())
    owners = {one: name for name, held in roll.held.items() for one in held}
    assert owners == {one: owner_of(one, roll.shares) for one in FOLLOWED}
