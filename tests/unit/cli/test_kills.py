"""Processes of a simulated desk that are lost, and come back."""

from datetime import timedelta

import pytest
from tests.unit.cli.stage import START, Stage, risk_state

from poise.simulation.kills import Kill, KillMoment, Kills
from poise_common.contracts.control import Alert, Halt
from poise_common.contracts.state import RiskState
from poise_common.contracts.streams import Service


def kills(*moments: KillMoment, ms: float = 100) -> Kills:
    return Kills([Kill(START, Service.RISK, moment) for moment in moments], downtime=timedelta(milliseconds=ms))


def test_a_process_lost_before_its_commit_leaves_nothing_and_takes_the_work_again() -> None:
    stage = Stage(Service.RISK, Service.NOTIFIER, kills=kills(KillMoment.BEFORE_COMMIT))
    stage.order("again")
    stage.run(60)
    assert list(stage.desk.records(Service.RISK)) == []
    assert (stage.told, stage.venue.ran) == ([], [])
    stage.run(1_000)
    assert stage.orders() == ["again", "again"]
    assert [core.built_from for core in stage.built[Service.RISK]] == [(), ()]
    assert list(stage.desk.records(Service.RISK)) == ["again"]
    assert stage.venue.ran == [(Service.RISK, "do again")]
    assert tuple(type(message) for message in stage.told) == (RiskState, Alert)


def test_a_process_lost_after_its_commit_keeps_its_records_and_what_it_owes_and_nothing_else() -> None:
    stage = Stage(Service.RISK, Service.NOTIFIER, kills=kills(KillMoment.AFTER_COMMIT))
    stage.order("kept")
    stage.run(60)
    assert list(stage.desk.records(Service.RISK)) == ["kept"]
    assert (stage.told, stage.venue.ran) == ([], [])
    stage.run(1_000)
    assert stage.orders() == ["kept"], "taken once, by the process that died of it"
    assert stage.core().built_from == ("kept",)
    assert stage.core().starts != []
    assert [type(message) for message in stage.told] == [Alert], "a state is lost, work is owed"
    assert stage.venue.ran == []


def test_while_a_process_is_away_work_waits_for_it_in_order_and_all_else_is_lost() -> None:
    stage = Stage(Service.RISK, Service.EXECUTION, kills=kills(KillMoment.AFTER_COMMIT, ms=1_000))
    stage.order("first")
    stage.run(100)
    stage.order("second")
    stage.venue.says = [(Service.RISK, risk_state(START, "unheard"))]
    stage.run(20)
    stage.order("third")
    stage.run(700)
    assert stage.orders() == ["first"]
    assert stage.core().ticks == []
    stage.run(1_000)
    assert stage.orders() == ["first", "second", "third"]
    assert stage.core().ticks != []
    assert all(not isinstance(message, RiskState) for core in stage.built[Service.RISK] for message in core.taken)


def test_a_process_that_comes_back_hears_the_last_state_before_the_work_that_waited() -> None:
    plan = Kills([Kill(START, Service.EXECUTION, KillMoment.AFTER_COMMIT)], downtime=timedelta(seconds=1))
    stage = Stage(Service.EXECUTION, Service.RISK, kills=plan)
    stage.order("first")
    stage.run(100)
    stage.order("second")
    stage.run(2_000)
    state, work = stage.core(Service.EXECUTION).taken[:2]
    assert isinstance(state, RiskState)
    assert isinstance(work, Halt)
    assert (state.reason, work.reason) == ("second", "second")


def test_the_venue_hears_of_a_loss_and_of_the_return() -> None:
    stage = Stage(Service.RISK, kills=kills(KillMoment.AFTER_COMMIT))
    stage.order("now")
    stage.run(60)
    assert stage.venue.lives == ["risk lost"]
    stage.run(1_000)
    assert stage.venue.lives == ["risk lost", "risk returned"]


@pytest.mark.parametrize("first", list(KillMoment))
def test_a_process_lost_again_as_it_comes_back_still_comes_back(first: KillMoment) -> None:
    plan = kills(first, KillMoment.BEFORE_COMMIT, KillMoment.AFTER_COMMIT)
    stage = Stage(Service.RISK, kills=plan)
    stage.order("one")
    stage.order("two")
    stage.run(3_000)
    assert len(plan.struck) == 3
    assert list(stage.desk.records(Service.RISK)) == ["one", "two"]
    assert stage.venue.lives.count("risk lost") == 3
    assert stage.venue.lives[-1] == "risk returned"


def test_a_kill_waits_for_a_decision_that_has_something_to_lose_and_strikes_its_own_service() -> None:
    plan = Kills([Kill(START + timedelta(milliseconds=200), Service.RISK, KillMoment.AFTER_COMMIT)])
    stage = Stage(Service.RISK, Service.EXECUTION, kills=plan)
    stage.order("too early")
    stage.run(1_000)
    assert plan.struck == []
    stage.order("now")
    stage.run(40)
    assert [kill.service for kill in plan.struck] == [Service.RISK]
    assert len(stage.built[Service.EXECUTION]) == 1


def test_no_kill_strikes_after_the_end_of_its_plan() -> None:
    plan = Kills([Kill(START, Service.RISK, KillMoment.AFTER_COMMIT)], until=START + timedelta(milliseconds=100))
    stage = Stage(Service.RISK, kills=plan)
    stage.run(200)
    stage.order("late")
    stage.run(1_000)
    assert plan.struck == []
    assert len(stage.built[Service.RISK]) == 1


def test_a_kill_spares_as_many_decisions_as_it_says() -> None:
    plan = Kills([Kill(START, Service.RISK, KillMoment.BEFORE_COMMIT, spared=2)])
    stage = Stage(Service.RISK, kills=plan)
    for reason in ("one", "two", "three"):
        stage.order(reason)
    stage.run(60)
    assert list(stage.desk.records(Service.RISK)) == ["one", "two"]
    assert len(plan.struck) == 1
