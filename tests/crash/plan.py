"""Which kills a run deals: seeded, so that a run can be dealt again, and so that every failpoint gets its turn."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from poise_common.contracts.streams import TIERS
from poise_common.platform.failpoints import Failpoint


class Blow(StrEnum):
    """How a victim is struck."""

    KILL = "kill"
    """SIGKILL at any moment."""
    FAILPOINT = "failpoint"
    """SIGKILL at a named place of the code."""
    PAUSE = "pause"
    """SIGSTOP, and SIGCONT some seconds later."""


REDIS, POSTGRES = "redis", "postgres"
SERVERS = (REDIS, POSTGRES)
INGESTION = tuple(f"ingestion-tier{tier}" for tier in TIERS)
SERVICES = ("risk", "execution", "portfolio", "signals", "notifier", *INGESTION)

_WEIGHTS = {"execution": 6, "risk": 5, "portfolio": 5, "signals": 2, "notifier": 1} | dict.fromkeys(INGESTION, 1)
_KEEPERS = ("risk", "execution", "portfolio", "signals")
"""Services with a book: they commit and acknowledge."""

_OF_KEEPERS = (
    Failpoint.COMMIT_BEFORE,
    Failpoint.COMMIT_AFTER,
    Failpoint.PUBLISH_BEFORE,
    Failpoint.PUBLISH_AFTER,
    Failpoint.ACK_BEFORE,
    Failpoint.ACK_AFTER,
)
REACHABLE: dict[str, tuple[Failpoint, ...]] = {
    **dict.fromkeys(_KEEPERS, _OF_KEEPERS),
    "execution": (*_OF_KEEPERS, Failpoint.POST_BEFORE, Failpoint.POST_AFTER),
    "notifier": (Failpoint.COMMIT_BEFORE, Failpoint.COMMIT_AFTER, Failpoint.ACK_BEFORE, Failpoint.ACK_AFTER),
    **dict.fromkeys(INGESTION, (Failpoint.PUBLISH_BEFORE, Failpoint.PUBLISH_AFTER)),
}
"""Where each service gets to in its work."""

_SERVER_KILL_SHARE = 0.05  # of all kills, for each server
_PAUSE_SHARE = 0.06
_DOUBLE_SHARE = 0.08
_HITS_MAX = 4
_PAUSE_S = (1.0, 8.0)
_SERVER_DOWN_S = {REDIS: (0.0, 1.5), POSTGRES: (0.0, 0.5)}
"""Beside what it takes until all its processes are gone: some two seconds for PostgreSQL."""
_WAIT_BEFORE_S = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Kill:
    """One blow at one victim; `seconds` is how long it stays down or paused, where that is ours to say."""

    victim: str
    blow: Blow
    place: Failpoint | None = None
    hits: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        match self.blow:
            case Blow.FAILPOINT:
                return f"{self.victim} at {self.place} (hit {self.hits})"
            case Blow.PAUSE:
                return f"{self.victim} paused for {self.seconds:.1f} s"
            case Blow.KILL:
                return f"{self.victim} (down {self.seconds:.1f} s)" if self.victim in SERVERS else self.victim


@dataclass(frozen=True, slots=True)
class Strike:
    """Kills that fall at the same moment, `wait_s` after the one before has been got over."""

    kills: tuple[Kill, ...]
    wait_s: float


def plan(kills: int, seed: int) -> list[Strike]:
    """Return the strikes of a run: all failpoints once (as far as `kills` allows), the rest at random moments."""
    random = Random(f"crashes {seed}")
    servers = max(1, round(kills * _SERVER_KILL_SHARE))
    dealt = [
        Kill(server, Blow.KILL, seconds=round(random.uniform(*_SERVER_DOWN_S[server]), 2))
        for server in SERVERS
        for _ in range(servers)
    ]
    dealt += [
        Kill("execution", Blow.PAUSE, seconds=round(random.uniform(*_PAUSE_S), 1))
        for _ in range(max(1, round(kills * _PAUSE_SHARE)))
    ]
    places = [(service, place) for service, reached in REACHABLE.items() for place in reached]
    random.shuffle(places)
    dealt += [
        Kill(service, Blow.FAILPOINT, place, hits=random.randint(1, _HITS_MAX))
        for service, place in places * max(1, round(kills / 4 / len(places)))
    ]
    dealt = dealt[:kills]
    dealt += [_at_random(random) for _ in range(kills - len(dealt))]
    random.shuffle(dealt)
    return _paired(dealt, random, doubles=round(kills * _DOUBLE_SHARE))


def coverage(struck: Counter[tuple[str, str]]) -> list[tuple[str, Failpoint]]:
    """Return each service's failpoints that were never struck."""
    return [
        (service, place) for service, reached in REACHABLE.items() for place in reached if not struck[service, place]
    ]


def _at_random(random: Random) -> Kill:
    (victim,) = random.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))
    return Kill(victim, Blow.KILL)


def _paired(dealt: list[Kill], random: Random, *, doubles: int) -> list[Strike]:
    """Let some plain kills fall together: two services, or a service and a server."""
    strikes: list[Strike] = []
    waiting = list(dealt)
    while waiting:
        together = [waiting.pop()]
        if doubles and together[0].blow is Blow.KILL:
            other = next((k for k in waiting if k.blow is Blow.KILL and k.victim != together[0].victim), None)
            if other is not None:
                waiting.remove(other)
                together.append(other)
                doubles -= 1
        strikes.append(Strike(tuple(together), round(random.uniform(*_WAIT_BEFORE_S), 2)))
    random.shuffle(strikes)
    return strikes
