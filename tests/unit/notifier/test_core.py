"""Alerts are told once when they begin and end, and again while they last."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from poise_common.contracts.control import Alert, Halt, Severity
from poise_common.contracts.core import Output, Run
from poise_common.domain.ids import seeded_ids
from poise_notifier.domain.core import NotifierCore, Occasion, Tell

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
new_id = seeded_ids(1)


def alert(*, firing: bool = True, severity: Severity = Severity.WARNING, subject: str = "BTC") -> Alert:
    return Alert.first(
        new_id(NOW),
        "risk",
        NOW,
        name="stale_feed",
        subject=subject,
        severity=severity,
        firing=firing,
        text="no book for 31 s",
        raised_by="risk",
        raised_at=NOW,
    )


def occasions(outputs: object) -> list[Occasion]:
    found: list[Occasion] = []
    for output in outputs if isinstance(outputs, tuple) else ():
        assert isinstance(output, Run)
        assert isinstance(output.effect, Tell)
        found.append(output.effect.occasion)
    return found


def test_an_alert_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    core = NotifierCore(HOUR)
    told = [core.handle(alert(firing=firing), NOW) for firing in (True, True, False)]
    assert [occasions(outputs) for outputs in told] == [[Occasion.BEGAN], [], [Occasion.ENDED]]


def test_a_change_of_severity_is_told() -> None:
    core = NotifierCore(HOUR)
    core.handle(alert(), NOW)
    assert occasions(core.handle(alert(severity=Severity.CRITICAL), NOW)) == [Occasion.CHANGED]


def test_what_does_not_last_is_told_each_time() -> None:
    core = NotifierCore(HOUR)
    for _ in range(2):
        assert occasions(core.handle(alert(firing=False), NOW)) == [Occasion.HAPPENED]


def test_an_alert_is_told_again_for_each_interval_that_it_lasts() -> None:
    core = NotifierCore(HOUR)
    core.handle(alert(), NOW)
    assert core.tick(NOW + HOUR - timedelta(seconds=1)) == ()
    assert occasions(core.tick(NOW + HOUR)) == [Occasion.LASTS]
    assert core.tick(NOW + HOUR) == ()
    core.handle(alert(firing=False), NOW + HOUR)
    assert core.tick(NOW + 9 * HOUR) == ()


def test_messages_that_are_no_alerts_are_not_told() -> None:
    halt = Halt.first(new_id(NOW), "console", NOW, operator="me", reason="lunch")
    assert NotifierCore(HOUR).handle(halt, NOW) == ()


@given(st.lists(st.tuples(st.sampled_from(["BTC", "ETH"]), st.booleans())))
def test_begin_and_end_are_told_in_turn_for_each_subject(history: list[tuple[str, bool]]) -> None:
    core = NotifierCore(HOUR)
    firing: set[str] = set()
    for subject, is_firing in history:
        outputs: object = core.handle(alert(firing=is_firing, subject=subject), NOW)
        if is_firing:
            assert occasions(outputs) == ([] if subject in firing else [Occasion.BEGAN])
            firing.add(subject)
        else:
            assert occasions(outputs) == [Occasion.ENDED if subject in firing else Occasion.HAPPENED]
            firing.discard(subject)


def test_the_core_begins_with_nothing_to_do() -> None:
    nothing: tuple[Output, ...] = ()
    assert NotifierCore(HOUR).start(NOW) == nothing
