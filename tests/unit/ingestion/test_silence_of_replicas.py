"""One alert for what is silent at any of a tier's replicas: none closes it over what is silent at another."""

from datetime import timedelta
from typing import Any

from tests.unit.ingestion.desk import NOON, instrument

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Alert
from poise_common.contracts.core import Publish, Run
from poise_common.domain.ids import seeded_ids
from poise_ingestion.domain.effects import Followed, SaySilent
from poise_ingestion.domain.observations import ReplicasSeen
from poise_ingestion.domain.silence_watch import SilenceWatch

TIER = 3
ADA, DOT = (Followed(instrument=instrument(base), asset=base, tier=TIER) for base in ("ADA", "DOT"))


class Watcher:
    """One replica's watch, among others it is told of."""

    def __init__(self, name: str | None) -> None:
        self.now = NOON
        self.watch = SilenceWatch(15, [TIER], AlertBook("ingestion", seeded_ids(1)), name)

    def sees(self, *replicas: str, **silent: Followed) -> None:
        said: Any = {replica: (one.instrument.id,) for replica, one in silent.items()}
        seen = ReplicasSeen.first(
            seeded_ids(2)(NOON), "test", NOON, tier=TIER, replicas=replicas, shown_by={}, silent=said
        )
        self.watch.see(seen)

    def check(self, *silent: Followed) -> tuple[list[Alert], list[SaySilent]]:
        """Return the alerts raised or closed, and what the others are told."""
        self.now += timedelta(seconds=1)
        outputs = list(self.watch.check(silent, self.now))
        alerts = [out.message for out in outputs if isinstance(out, Publish) and isinstance(out.message, Alert)]
        return alerts, [out.effect for out in outputs if isinstance(out, Run) and isinstance(out.effect, SaySilent)]


def test_a_process_that_is_alone_tells_nobody_but_people() -> None:
    alone = Watcher(None)
    (raised,), said = alone.check(ADA)
    assert (raised.subject, raised.firing, said) == ("paper/tier3", True, [])
    (closed,), said = alone.check()
    assert (closed.firing, said) == (False, [])


def test_the_first_by_name_raises_the_alert_for_what_is_silent_at_another() -> None:
    speaker, other = Watcher("a"), Watcher("b")
    other.sees("a", "b")
    alerts, (said,) = other.check(DOT)
    assert (alerts, said.silent) == ([], (DOT.instrument.id,))
    assert other.check(DOT) == ([], []), "told once"
    speaker.sees("a", "b", b=DOT)
    (raised,), said_here = speaker.check()
    assert (raised.firing, said_here) == (True, [])
    assert "DOT/USDT" in raised.text


def test_the_alert_is_not_closed_while_another_replica_has_a_silent_book() -> None:
    speaker = Watcher("a")
    speaker.sees("a", "b", b=DOT)
    speaker.check(ADA)
    assert speaker.check()[0] == []
    speaker.sees("a", "b")
    (closed,), _ = speaker.check()
    assert not closed.firing


def test_who_raised_the_alert_closes_it_though_another_speaks_by_then() -> None:
    raiser = Watcher("b")
    raiser.sees("b")
    raiser.check(ADA)
    raiser.sees("a", "b")
    (closed,), _ = raiser.check()
    assert not closed.firing


def test_who_speaks_after_the_one_before_died_raises_what_is_silent_still() -> None:
    heir = Watcher("b")
    heir.sees("a", "b", a=ADA)
    assert heir.check()[0] == []
    heir.sees("b")
    (raised,), _ = heir.check(ADA)
    assert raised.firing
