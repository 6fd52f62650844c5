"""When a process is lost: a plan from a seed, struck where a loss costs most."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from poise.simulation.memory_bus import is_work
from poise_common.contracts.core import Output, Publish
from poise_common.contracts.streams import Service

_SPARED_MAX = 8
"""About as many decisions as execution makes of one package."""


class KillMoment(StrEnum):
    """Where in a decision the process is lost."""

    BEFORE_COMMIT = "before commit"
    """Nothing of the decision remains; the work it took comes again."""
    AFTER_COMMIT = "after commit"
    """The decision stands, but no effect of it ran and nothing of it was told; what is owed goes out later."""


@dataclass(frozen=True, slots=True)
class Kill:
    """From `not_before` on, a decision of the service that has something to lose is its process' last."""

    not_before: datetime
    service: Service
    moment: KillMoment
    spared: int = 0
    """How many such decisions it lets pass first: work comes in bursts, and the first of one is not the only target."""


class Kills:
    """Strike according to a plan."""

    def __init__(
        self,
        plan: Sequence[Kill] = (),
        *,
        until: datetime | None = None,
        downtime: timedelta = timedelta(seconds=1),
    ) -> None:
        self._waiting = sorted(plan, key=lambda kill: kill.not_before)
        self._spared: Counter[Kill] = Counter()
        self._until = until
        self._downtime = downtime
        self.struck: list[Kill] = []

    def strike(self, service: Service, outputs: Sequence[Output], now: datetime) -> KillMoment | None:
        """Say whether the process that has just decided this dies of it, and where."""
        if not self._waiting or (self._until is not None and now >= self._until) or not _loses(service, outputs):
            return None
        due = next((kill for kill in self._waiting if kill.service is service and kill.not_before <= now), None)
        if due is None:
            return None
        self._spared[due] += 1
        if self._spared[due] <= due.spared:
            return None
        self._waiting.remove(due)
        self.struck.append(due)
        return due.moment

    def downtime(self) -> timedelta:
        """Return how long a lost process stays away."""
        return self._downtime


def seeded_kills(random: Random, *, count: int, start: datetime, until: datetime) -> Kills:
    """Plan kills of any service at any moment before `until`; every lost process stays away equally long."""
    services = (Service.INGESTION, Service.SIGNALS, Service.RISK, Service.EXECUTION, Service.PORTFOLIO)
    span_s = (until - start).total_seconds()
    plan = [
        Kill(
            not_before=start + timedelta(seconds=random.uniform(0, span_s)),
            service=random.choice(services),
            moment=random.choice(list(KillMoment)),
            spared=random.randrange(_SPARED_MAX),
        )
        for _ in range(count)
    ]
    return Kills(plan, until=until, downtime=timedelta(milliseconds=random.uniform(100, 2_000)))


def _loses(service: Service, outputs: Sequence[Output]) -> bool:
    """Say whether a decision holds more than feeds and states, which go stale by themselves."""
    if service is Service.INGESTION:
        return bool(outputs)
    return any(not isinstance(output, Publish) or is_work(output.message) for output in outputs)
