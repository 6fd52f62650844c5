"""Packages that others opened by a strategy of signals."""

from typing import Any

import pytest

from poise_common.contracts.packages import ClosePackage, CloseReason, OpenPackage, PackageState


def refresh(rig: Any, seconds: float = 1) -> None:
    rig.wait(seconds)
    rig.hear(rig.risk())
    rig.hear(rig.portfolio())
    rig.hear(rig.funding())


def closings(rig: Any) -> list[ClosePackage]:
    return [request for request in rig.requests if isinstance(request, ClosePackage)]


@pytest.mark.parametrize("own", [False, True])
def test_the_edge_of_a_package_that_others_opened_is_watched_like_that_of_our_own(ready_rig: Any, own: bool) -> None:
    rig = ready_rig
    if own:
        rig.open()
    else:
        rig.premium(10)
    news = rig.opened_by_others()
    rig.hear(news)
    assert rig.records[news.package_id].opened_by_others
    refresh(rig)
    rig.premium(-20)
    assert news.package_id in {request.package_id for request in closings(rig)}
    assert {request.reason for request in closings(rig)} == {CloseReason.CONVERGED}
    assert len({request.package_id for request in closings(rig)}) == (2 if own else 1)


def test_while_others_hold_a_candidate_none_of_our_own_is_opened(ready_rig: Any) -> None:
    rig = ready_rig
    rig.premium(10)
    rig.hear(rig.opened_by_others())
    refresh(rig)
    rig.premium(50)
    assert rig.requests == []
    assert rig.evaluations[-1].held


def test_it_is_watched_after_a_restart_too(ready_rig: Any, new_rig: Any) -> None:
    rig = ready_rig
    rig.open()
    rig.hear(rig.opened_by_others())
    again = new_rig(list(rig.records.values()))
    again.now = rig.now
    again.ready()
    refresh(again)
    again.premium(-20)
    assert {request.package_id for request in closings(again)} == set(rig.records)


@pytest.mark.parametrize("strange", [{"strategy": "by_hand"}, {"asset": "BTC"}])
def test_what_is_no_candidate_of_ours_is_left_to_risk(ready_rig: Any, strange: dict[str, str]) -> None:
    ready_rig.hear(ready_rig.opened_by_others(**strange))
    assert ready_rig.records == {}


def test_the_end_of_it_is_the_end_of_it_whatever_is_told_again(ready_rig: Any) -> None:
    rig = ready_rig
    rig.premium(10)
    news = rig.opened_by_others()
    rig.hear(news)
    for told in rig.closed_by_others(news.package_id, CloseReason.AGE):
        rig.hear(told)
    assert rig.records[news.package_id].state is PackageState.CLOSED
    assert rig.hear(news) == ()
    refresh(rig)
    rig.premium(50)
    (request,) = rig.requests
    assert isinstance(request, OpenPackage)
    assert request.package_id != news.package_id


def test_what_was_closed_to_rebalance_is_not_entered_again_before_its_edge_rises_clearly(ready_rig: Any) -> None:
    rig = ready_rig
    package = rig.open(50)
    for told in rig.closed_by_others(package.package_id, CloseReason.REBALANCE):
        rig.hear(told)
    for _ in range(3):
        refresh(rig, 60)
        rig.premium(50)
    assert len(rig.requests) == 1
    assert rig.why_not() == "waiting after closed to rebalance"
    rig.premium(60)
    assert len(rig.requests) == 2
