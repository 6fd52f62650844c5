"""Which kills a run deals."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crash.plan import REACHABLE, SERVERS, SERVICES, Blow, Kill, coverage, plan


def kills_of(kills: int, seed: int) -> list[Kill]:
    return [kill for strike in plan(kills, seed) for kill in strike.kills]


@given(kills=st.integers(1, 300), seed=st.integers())
def test_a_plan_has_the_kills_it_was_asked_for(kills: int, seed: int) -> None:
    assert len(kills_of(kills, seed)) == kills


@given(seed=st.integers())
def test_a_hundred_kills_strike_every_failpoint_every_server_and_pause_execution(seed: int) -> None:
    dealt = kills_of(100, seed)
    struck = Counter((kill.victim, str(kill.place)) for kill in dealt if kill.blow is Blow.FAILPOINT)
    assert coverage(struck) == []
    assert {kill.victim for kill in dealt} >= {*SERVERS, *SERVICES} - {"notifier"}
    assert any(kill.blow is Blow.PAUSE and 1 <= kill.seconds <= 8 for kill in dealt)


@given(seed=st.integers())
def test_some_strikes_are_at_two_victims_at_once_never_at_one_twice(seed: int) -> None:
    strikes = plan(100, seed)
    doubles = [strike.kills for strike in strikes if len(strike.kills) > 1]
    assert doubles
    assert all(first.victim != second.victim for first, second in doubles)


def test_the_same_seed_deals_the_same_kills_and_another_seed_others() -> None:
    assert plan(100, 7) == plan(100, 7) != plan(100, 8)


@pytest.mark.parametrize(
    ("service", "place"), [(service, place) for service in REACHABLE for place in REACHABLE[service]]
)
def test_a_failpoint_that_was_not_struck_is_named(service: str, place: str) -> None:
    struck = Counter((one, str(other)) for one, reached in REACHABLE.items() for other in reached)
    del struck[service, place]
    assert coverage(struck) == [(service, place)]
