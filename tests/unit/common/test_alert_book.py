"""An alert is raised once when it begins, kept while it lasts, and closed once when it ends."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Alert, Severity
from poise_common.contracts.core import Publish
from poise_common.domain.ids import seeded_ids

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def alerts(outputs: tuple[Publish, ...]) -> list[tuple[bool, Severity]]:
    return [(one.message.firing, one.message.severity) for one in outputs if isinstance(one.message, Alert)]


def watch(book: AlertBook, *, firing: bool, severity: Severity = Severity.WARNING) -> list[tuple[bool, Severity]]:
    return alerts(book.watch("stale", "BTC", firing=firing, severity=severity, text="…", now=NOW))


@given(st.lists(st.booleans()))
def test_an_alert_is_said_only_when_it_begins_or_ends(history: list[bool]) -> None:
    book = AlertBook("risk", seeded_ids(1))
    said = [firing for state in history for firing, _ in watch(book, firing=state)]
    changes = [now for before, now in zip([False, *history], history, strict=False) if before != now]
    assert said == changes
    assert bool(book.firing) == (bool(history) and history[-1])


def test_an_alert_that_grows_more_severe_is_said_again() -> None:
    book = AlertBook("risk", seeded_ids(1))
    assert watch(book, firing=True) == [(True, Severity.WARNING)]
    assert watch(book, firing=True, severity=Severity.CRITICAL) == [(True, Severity.CRITICAL)]
    assert watch(book, firing=False) == [(False, Severity.CRITICAL)]


def test_subjects_are_told_apart() -> None:
    book = AlertBook("risk", seeded_ids(1))
    for subject in ("BTC", "ETH"):
        assert book.watch("stale", subject, firing=True, severity=Severity.INFO, text="", now=NOW)
    assert [alert.subject for alert in book.firing] == ["BTC", "ETH"]


def test_what_does_not_last_is_said_and_not_kept() -> None:
    book = AlertBook("risk", seeded_ids(1))
    assert alerts(book.tell("opened", "BTC", severity=Severity.INFO, text="", now=NOW)) == [(False, Severity.INFO)]
    assert book.firing == ()
