"""The driver of a simulated desk: the shell's promises on a virtual clock."""

from datetime import timedelta
from itertools import pairwise

from tests.unit.cli.stage import EVERYTHING_TWICE, START, Stage, risk_state

from poise_common.contracts.control import Alert
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.contracts.streams import Service


def test_a_repeated_delivery_has_one_effect() -> None:
    stage = Stage(Service.RISK, Service.NOTIFIER, faults=EVERYTHING_TWICE)
    stage.order("once")
    stage.run(10_000)
    assert stage.orders() == ["once"]
    assert stage.venue.ran == [(Service.RISK, "do once")]
    assert len([each for each in stage.core(Service.NOTIFIER).taken if isinstance(each, Alert)]) == 1


def test_a_decision_is_stored_told_and_done() -> None:
    stage = Stage(Service.RISK, Service.NOTIFIER)
    stage.order("now")
    stage.run(100)
    assert list(stage.desk.records(Service.RISK)) == ["now"]
    assert tuple(type(message) for message in stage.told) == (RiskState, Alert)
    assert stage.venue.ran == [(Service.RISK, "do now")]
    assert stage.desk.mode is SystemMode.HALTED


def test_a_core_starts_once_and_ticks_at_its_interval() -> None:
    core = Stage(Service.RISK).run(1_000).core()
    assert core.starts == [START]
    assert len(core.ticks) == 5
    assert {after - before for before, after in pairwise(core.ticks[1:])} == {timedelta(milliseconds=240)}


def test_what_the_venue_says_goes_to_the_service_it_says_it_to() -> None:
    stage = Stage(Service.RISK, Service.EXECUTION)
    said = risk_state(START, "said")
    stage.venue.says = [(Service.EXECUTION, said)]
    stage.run(100)
    assert stage.core(Service.EXECUTION).taken == [said]
    assert stage.core().taken == []


def test_the_digest_is_of_what_was_published() -> None:
    def digest(reason: str) -> str:
        stage = Stage(Service.RISK)
        stage.order(reason)
        return stage.run(1_000).desk.digest

    assert digest("one") == digest("one")
    assert digest("one") != digest("other")
