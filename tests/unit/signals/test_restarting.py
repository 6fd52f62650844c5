from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.signals.moves import MOVES, STEPS, market_and_desk

from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.message import Message
from poise_common.contracts.packages import CandidateEvaluated, Verdict


def _lasting(outputs: Any) -> list[Output]:
    """What is stored and asked; what is only told may differ, as a new process starts telling anew."""
    return [
        output
        for output in outputs
        if isinstance(output, Store)
        or (isinstance(output, Publish) and not isinstance(output.message, CandidateEvaluated))
    ]


@settings(max_examples=60)
@given(STEPS, st.integers(0, 24))
def test_a_core_rebuilt_from_its_records_goes_on_as_if_nothing_had_happened(
    new_rig: Any, steps: list[tuple[float, str, float]], restart_at: int
) -> None:
    rig = new_rig()
    rig.ready()
    twin: Any = None
    for number, (premium_bps, move, pause_s) in enumerate(steps):
        if number == restart_at % len(steps):
            twin = new_rig(list(rig.records.values()))
            twin.now = rig.now
            assert twin.core.start(rig.now) == ()
            if number:
                _hears_the_market_again(rig, twin, steps[number - 1][0])
        for message in market_and_desk(rig, premium_bps):
            _both_hear(rig, twin, message)
        if rig.requests:
            _both_hear(rig, twin, MOVES[move](rig))
        rig.wait(pause_s)
    assert twin is not None
    assert {**rig.records} == {**twin.records}


def _hears_the_market_again(rig: Any, twin: Any, premium_bps: float) -> None:
    """Let the rebuilt core hear what the other knew, at a moment when that is no reason to act.

    Where it is, the rebuilt one acts a message later, on another cause and so under another id.
    """
    messages = market_and_desk(rig, premium_bps)
    assume(not [output for message in messages for output in _lasting(rig.hear(message))])
    assert [output for message in messages for output in _lasting(twin.hear(message))] == []


def _both_hear(rig: Any, twin: Any, message: Message | None) -> None:
    if message is None:
        return
    outputs = rig.hear(message)
    if twin is not None:
        twin.now = rig.now
        assert _lasting(twin.hear(message)) == _lasting(outputs)


def test_a_package_that_was_asked_for_before_a_restart_is_not_asked_for_again(new_rig: Any, ready_rig: Any) -> None:
    ready_rig.premium(50)
    rig = new_rig(list(ready_rig.records.values()))
    rig.ready()
    rig.premium(80)
    assert not rig.requests


def test_a_wait_survives_a_restart(new_rig: Any, ready_rig: Any) -> None:
    ready_rig.premium(50)
    ready_rig.hear(ready_rig.decided(Verdict.REJECTED))
    rig = new_rig(list(ready_rig.records.values()))
    rig.ready()
    rig.premium(50)
    assert not rig.requests
    rig.wait(2.1)
    rig.premium(50)
    assert len(rig.requests) == 1
