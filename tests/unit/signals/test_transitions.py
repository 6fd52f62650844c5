from collections.abc import Callable
from typing import Any

import pytest

from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.packages import PackageState, Verdict

S = PackageState


def _opening(rig: Any) -> None:
    rig.premium(50)
    rig.hear(rig.decided(Verdict.APPROVED))


def _halted_opening(rig: Any) -> None:
    _opening(rig)
    rig.hear(rig.halted())


def _halted_closing(rig: Any) -> None:
    _closing(rig)
    rig.hear(rig.halted())


def _closing(rig: Any) -> None:
    rig.open()
    rig.premium(0)
    rig.hear(rig.decided(Verdict.APPROVED))


@pytest.mark.parametrize(
    ("before", "news", "after"),
    [
        (lambda rig: rig.premium(50), lambda rig: rig.decided(Verdict.APPROVED), S.OPENING),
        (lambda rig: rig.premium(50), lambda rig: rig.decided(Verdict.APPROVED_SMALLER), S.OPENING),
        (lambda rig: rig.premium(50), lambda rig: rig.decided(Verdict.REJECTED), S.ABORTED),
        (lambda rig: rig.premium(50), lambda rig: rig.opened(), S.OPEN),
        (lambda rig: rig.premium(50), lambda rig: rig.aborted(), S.ABORTED),
        (_opening, lambda rig: rig.opened(), S.OPEN),
        (_opening, lambda rig: rig.aborted(), S.ABORTED),
        (_opening, lambda rig: rig.halted(), S.HALTED),
        (_opening, lambda rig: rig.refused(RefusalReason.EXPIRED), S.ABORTED),
        (_opening, lambda rig: rig.refused(RefusalReason.USED), S.OPENING),
        (_opening, lambda rig: rig.refused(RefusalReason.UNSIGNED), S.OPENING),
        (_opening, lambda rig: rig.decided(Verdict.REJECTED), S.OPENING),
        (_closing, lambda rig: rig.closed(), S.CLOSED),
        (_closing, lambda rig: rig.closed_partly("1", "1"), S.OPEN),
        (_closing, lambda rig: rig.halted(), S.HALTED),
        (_closing, lambda rig: rig.refused(RefusalReason.STALE_EPOCH), S.OPEN),
        (_closing, lambda rig: rig.refused(RefusalReason.USED), S.CLOSING),
        (_halted_opening, lambda rig: rig.opened(), S.OPEN),
        (_halted_opening, lambda rig: rig.aborted(), S.ABORTED),
        (_halted_closing, lambda rig: rig.closed(), S.CLOSED),
        (_halted_closing, lambda rig: rig.closed_partly("1", "1"), S.OPEN),
        (_halted_closing, lambda rig: rig.refused(RefusalReason.LOCKED), S.HALTED),
    ],
)
def test_a_package_follows_what_is_said_of_it_and_a_repeat_changes_nothing(
    ready_rig: Any, before: Callable[[Any], None], news: Callable[[Any], Any], after: PackageState
) -> None:
    before(ready_rig)
    message = news(ready_rig)
    ready_rig.hear(message)
    assert ready_rig.package.state is after
    known = ready_rig.package
    assert ready_rig.hear(message) == ()
    assert ready_rig.package == known


def test_what_opened_is_held_net_of_fees(ready_rig: Any) -> None:
    record = ready_rig.open()
    assert str(record.long_quantity) == "79.60107955"
    assert str(record.short_quantity) == "79.601"


@pytest.mark.parametrize("outcome", ["opened", "aborted", "refused"])
def test_an_approval_that_is_read_after_its_outcome_changes_nothing(ready_rig: Any, outcome: str) -> None:
    ready_rig.premium(50)
    ready_rig.hear(ready_rig.refused(RefusalReason.EXPIRED) if outcome == "refused" else getattr(ready_rig, outcome)())
    known = ready_rig.package
    ready_rig.hear(ready_rig.decided(Verdict.APPROVED))
    assert ready_rig.package == known


def test_an_approved_close_that_is_read_after_its_partial_outcome_does_not_bar_the_next(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.premium(0)
    ready_rig.hear(ready_rig.closed_partly("30", "30"))
    ready_rig.hear(ready_rig.decided(Verdict.APPROVED))
    ready_rig.wait(1)
    ready_rig.premium(0)
    assert len(ready_rig.requests) == 3


def test_a_close_that_risk_ordered_by_itself_is_not_asked_for_again(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.premium(0)
    own = ready_rig.requests.pop()
    ready_rig.hear(ready_rig.decided(Verdict.REJECTED, request=own))
    foreign = ready_rig.decided(Verdict.APPROVED, request=own.model_copy(update={"id": own.package_id}))
    ready_rig.wait(3)
    ready_rig.hear(foreign)
    assert ready_rig.package.state is S.CLOSING
    ready_rig.wait(30)
    ready_rig.hear(ready_rig.risk())
    asked = len(ready_rig.requests)
    ready_rig.premium(0)
    assert len(ready_rig.requests) == asked


def test_news_of_a_package_that_is_not_ours_is_ignored(ready_rig: Any, new_rig: Any) -> None:
    other = new_rig()
    other.ready()
    other.premium(50)
    assert ready_rig.hear(other.decided(Verdict.APPROVED)) == ()
    assert ready_rig.hear(other.opened().model_copy(update={"strategy": "by_hand"})) == ()


def test_a_halted_package_that_risk_closes_by_an_approval_of_its_own_is_closed(ready_rig: Any) -> None:
    _halted_opening(ready_rig)
    own = ready_rig.closed()
    ready_rig.hear(own.model_copy(update={"approval_id": ready_rig.package.package_id}))
    assert ready_rig.package.state is S.CLOSED


def test_a_halted_package_takes_the_quantities_it_is_said_to_have_left(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.hear(ready_rig.acknowledged("3", "0"))
    known = ready_rig.package
    assert (known.state, known.long_quantity, known.short_quantity) == (S.HALTED, 3, 0)
    assert ready_rig.hear(ready_rig.acknowledged("3", "0")) == ()


@pytest.mark.parametrize("halted_first", [True, False])
def test_a_package_that_lost_all_it_held_frees_its_candidate(ready_rig: Any, halted_first: bool) -> None:
    ready_rig.open()
    news = [ready_rig.halted(), ready_rig.acknowledged("0", "0")]
    for message in news if halted_first else reversed(news):
        ready_rig.hear(message)
    assert ready_rig.package.state is S.CLOSED


def test_what_others_lost_changes_nothing(ready_rig: Any) -> None:
    ready_rig.open()
    known = ready_rig.package
    message = ready_rig.acknowledged("0", "0")
    (left,) = message.packages
    others = left.model_copy(update={"package_id": known.request_id})
    assert ready_rig.hear(message.model_copy(update={"packages": (others,)})) == ()
    assert ready_rig.package == known
