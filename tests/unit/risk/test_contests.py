"""A request for a last free slot waits a moment, and a better one takes its place."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.risk.risk_desk import (
    RiskDesk,
    decision,
    every,
    figures,
    limits_with,
    only,
    perpetual,
    restored_from,
    spot,
)

from poise_common.contracts.control import Halt, Resume
from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageAction, PackageApproved, PackageDecided, Verdict
from poise_risk.domain.gate.waiting import WAITED, WaitingRequest

SIZE_USD = 2_000
FOUR_OF_TIER_1 = ("BTC", "BTC", "ETH", "ETH")


@pytest.fixture
def full_but_one(desk: RiskDesk) -> RiskDesk:
    """Four of five slots are taken, all of them by tier 1."""
    return holding(desk, *FOUR_OF_TIER_1)


def holding(desk: RiskDesk, *assets: str) -> RiskDesk:
    for asset in assets:
        desk.hold(asset, SIZE_USD)
    desk.portfolio()
    return desk


def ask(desk: RiskDesk, asset: str, edge: str = "0.3", **changes: Any) -> list[Message]:
    return desk.send(desk.request(asset, SIZE_USD, edge_score=Decimal(edge), **changes))


def openings(messages: list[Message]) -> list[PackageDecided]:
    """The decisions on requests to open among these messages."""
    return [each for each in every(messages, PackageDecided) if each.action is PackageAction.OPEN]


def waiting(desk: RiskDesk) -> list[str]:
    """The assets of the requests that wait, as a restart would find them."""
    return [each.request.asset for each in restored_from(desk.stored).waiting]


def test_a_request_for_the_last_slot_waits_and_is_then_approved(full_but_one: RiskDesk) -> None:
    assert ask(full_but_one, "BTC") == []
    assert every(full_but_one.wait(0.399), PackageDecided) == []
    assert decision(full_but_one.wait(0.001)).verdict is Verdict.APPROVED
    assert waiting(full_but_one) == []


def test_nobody_waits_while_several_slots_are_free(desk: RiskDesk) -> None:
    holding(desk, "BTC", "ETH", "BTC")
    assert decision(ask(desk, "ETH")).verdict is Verdict.APPROVED


@pytest.mark.parametrize(("held", "asked"), [(("SOL",), "BNB"), ((), "ADA")])
def test_the_last_slot_of_a_tier_is_waited_for_too(desk: RiskDesk, held: tuple[str, ...], asked: str) -> None:
    holding(desk, *held)
    assert ask(desk, asked) == []
    assert decision(desk.wait(0.4)).verdict is Verdict.APPROVED


def test_the_last_slot_that_is_not_reserved_for_tier_1_is_waited_for() -> None:
    desk = RiskDesk(limits_with(slots={"reserved_for_tier_1": 2, "tier_2_max": 5, "tier_3_max": 5})).ready()
    holding(desk, "SOL", "ADA")
    assert ask(desk, "BNB", "0.3") == []
    lost = decision(ask(desk, "DOT", "0.4"))
    assert figures(lost.asset, lost.binding_limit) == ("BNB", "tier_slots")
    assert "outside tier 1: the last slot is for DOT" in lost.reason


def test_where_tiers_have_no_slots_of_their_own_the_last_of_all_is_waited_for() -> None:
    desk = holding(RiskDesk(limits_with(slots=None)).ready(), *FOUR_OF_TIER_1)
    assert ask(desk, "ADA") == []


def test_without_a_contest_a_request_for_the_last_slot_is_decided_with_the_next_tick() -> None:
    desk = holding(RiskDesk(limits_with(slot_contest_ms=0)).ready(), *FOUR_OF_TIER_1)
    ask(desk, "BTC")
    assert decision(desk.tick()).verdict is Verdict.APPROVED


def test_a_better_request_displaces_the_waiting_one_which_is_told_by_whom_and_why(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC", "0.30")
    winner = full_but_one.request("SOL", SIZE_USD, edge_score=Decimal("0.35"))
    lost = decision(full_but_one.send(winner))
    assert figures(lost.asset, lost.verdict, lost.binding_limit) == ("BTC", Verdict.REJECTED, "packages_open")
    assert lost.reason == (
        f"packages_open 6 against 5 (the last slot is for SOL, package {winner.package_id}, by edge score 0.35"
        " against 0.3)"
    )
    assert [each.limit for each in lost.checks if not each.passed] == ["packages_open"]
    assert waiting(full_but_one) == ["SOL"]
    assert decision(full_but_one.wait(0.4)).asset == "SOL"


def test_a_request_that_is_no_better_is_rejected_at_once(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC", "0.3")
    lost = decision(ask(full_but_one, "ETH", "0.2"))
    assert figures(lost.asset, lost.verdict, lost.binding_limit) == ("ETH", Verdict.REJECTED, "packages_open")
    assert "is for BTC" in lost.reason
    assert "edge score 0.3 against 0.2" in lost.reason
    assert waiting(full_but_one) == ["BTC"]


def test_of_requests_that_are_equal_in_everything_the_earlier_one_stays(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC")
    lost = decision(ask(full_but_one, "BTC"))
    assert "being first, with equal merits" in lost.reason
    assert decision(full_but_one.wait(0.4)).verdict is Verdict.APPROVED


@pytest.mark.parametrize(("rho", "winner"), [(0.1, "SOL"), (0.3, "BTC"), (None, "BTC")])
def test_of_equal_edges_the_one_that_correlates_less_with_what_is_held_wins(
    desk: RiskDesk, rho: float | None, winner: str
) -> None:
    holding(desk, "ETH", "ETH", "BNB", "ETH")
    desk.correlations(rho={"BTC ETH": 0.2, "BTC BNB": 0.2, "SOL ETH": rho, "SOL BNB": rho})
    ask(desk, "BTC")
    lost = decision(ask(desk, "SOL"))
    assert figures(lost.asset, f"is for {winner}" in lost.reason) == ("SOL" if winner == "BTC" else "BTC", True)
    assert f"correlation to what is held {min(0.2, rho or 1)} against {max(0.2, rho or 1)}" in lost.reason


def test_of_equal_edges_and_correlations_the_more_liquid_one_wins(full_but_one: RiskDesk) -> None:
    full_but_one.correlations(rho={"BTC ETH": 1.0})
    full_but_one.universe(
        [(spot("BTC"), perpetual("BTC"), 1), (spot("ETH"), perpetual("ETH"), 1)], depth_usd={"ETH": 2e7}
    )
    ask(full_but_one, "BTC")
    lost = decision(ask(full_but_one, "ETH"))
    assert figures(lost.asset, "depth 2e+07 against 1e+07" in lost.reason) == ("BTC", True)


def test_a_contest_ends_when_its_first_request_has_waited_long_enough(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC", "0.3")
    full_but_one.wait(0.3)
    ask(full_but_one, "ETH", "0.4")
    assert decision(full_but_one.wait(0.1)).asset == "ETH"


def test_requests_compete_until_the_tick_that_settles_them(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC", "0.3")
    full_but_one.now += timedelta(seconds=0.5)
    assert decision(ask(full_but_one, "ETH", "0.4")).asset == "BTC"
    assert decision(full_but_one.tick()).asset == "ETH"


def test_an_approved_package_is_never_displaced(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC", "0.1")
    full_but_one.wait(0.4)
    late = decision(ask(full_but_one, "ETH", "0.9"))
    assert figures(late.verdict, late.binding_limit) == (Verdict.REJECTED, "packages_open")
    assert "last slot" not in late.reason


def test_tiers_compete_only_for_slots_that_they_share(desk: RiskDesk) -> None:
    holding(desk, "BTC", "SOL")
    assert ask(desk, "BNB", "0.1") == []
    assert ask(desk, "ADA", "0.9") == []
    assert [each.asset for each in every(desk.wait(0.4), PackageDecided)] == ["ADA", "BNB"]


def test_a_slot_that_somebody_waits_for_is_not_free(desk: RiskDesk) -> None:
    holding(desk, "BTC", "ETH", "SOL")
    ask(desk, "BNB", "0.2")
    assert ask(desk, "BTC", "0.1") == []
    lost = decision(ask(desk, "ETH", "0.3"))
    assert figures(lost.asset, lost.binding_limit) == ("BTC", "packages_open")
    assert [each.asset for each in every(desk.wait(0.4), PackageDecided)] == ["ETH", "BNB"]


def test_the_winner_is_judged_anew_and_may_come_out_smaller(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC")
    full_but_one.now += timedelta(seconds=0.4)
    full_but_one.books()
    full_but_one.repeat_correlations()
    poorer = dict.fromkeys(("equity_usd", "high_water_mark_usd", "day_start_equity_usd"), Decimal(24_000))
    full_but_one.portfolio(**poorer)
    (decided,) = openings(full_but_one.tick())
    assert figures(decided.verdict, decided.binding_limit) == (Verdict.APPROVED_SMALLER, "total_exposure")


def test_the_winner_is_rejected_when_the_slot_is_no_longer_free(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC")
    full_but_one.hold("ETH", SIZE_USD)
    assert decision(full_but_one.wait(0.4)).binding_limit == "packages_open"


def test_the_winner_is_rejected_on_stale_books(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC", expires_at=full_but_one.now + timedelta(seconds=5))
    assert decision(full_but_one.wait(1.5, quiet=True)).binding_limit == "books_fresh"


def test_a_waiting_request_that_expires_is_rejected_for_that(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC", expires_at=full_but_one.now + timedelta(seconds=0.2))
    decided = decision(full_but_one.wait(0.2))
    assert figures(decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "request_in_time")


def test_a_halt_rejects_who_waits_at_once(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC")
    decided = decision(full_but_one.command(Halt))
    assert figures(decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "system_mode")
    full_but_one.command(Resume)
    assert every(full_but_one.wait(1), PackageDecided) == []


def test_thin_margin_rejects_who_waits_with_the_change_to_reducing(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC")
    thin = full_but_one.account(margin_balance_usd=Decimal(100), maintenance_margin_usd=Decimal(100))
    (decided,) = openings(full_but_one.portfolio(accounts=(thin,)))
    assert decided.binding_limit == "system_mode"


def test_a_package_that_waits_is_not_asked_for_twice(full_but_one: RiskDesk) -> None:
    first = full_but_one.request("BTC", SIZE_USD)
    full_but_one.send(first)
    again = decision(ask(full_but_one, "BTC", "0.9", package_id=first.package_id))
    assert again.binding_limit == "package_new"
    assert decision(full_but_one.wait(0.4)).request_id == first.id


def test_a_request_told_twice_while_it_waits_is_decided_once(full_but_one: RiskDesk) -> None:
    request = full_but_one.request("BTC", SIZE_USD)
    assert full_but_one.send(request) == full_but_one.send(request) == []
    assert decision(full_but_one.wait(0.4)).request_id == request.id
    assert full_but_one.send(request) == []


def test_waiting_reserves_nothing(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC")
    assert not full_but_one.core._reservations.commitments


def test_a_restart_loses_no_request_that_waits(full_but_one: RiskDesk) -> None:
    request = full_but_one.request("BTC", SIZE_USD)
    full_but_one.send(request)
    again = full_but_one.restarted().ready()
    assert again.send(request) == []
    assert decision(ask(again, "ETH", "0.2")).asset == "ETH"
    decided = decision(again.wait(0.4))
    assert figures(decided.request_id, decided.verdict) == (request.id, Verdict.APPROVED)
    assert waiting(again) == []


def test_what_waited_through_a_restart_into_the_unknown_is_rejected(full_but_one: RiskDesk) -> None:
    ask(full_but_one, "BTC")
    again = full_but_one.restarted()
    again.now += timedelta(seconds=0.4)
    decided = decision(again.tick())
    assert figures(decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "portfolio_known")


def test_the_wait_is_told_apart_in_the_trace(full_but_one: RiskDesk) -> None:
    asked_at = full_but_one.now
    ask(full_but_one, "BTC")
    hops = only(full_but_one.wait(0.4), PackageApproved).hops
    assert [each.stage for each in hops] == ["test", WAITED, "risk"]
    assert hops[1].at - asked_at == timedelta(seconds=0.4)


def test_what_waited_is_kept_with_its_times(full_but_one: RiskDesk) -> None:
    asked_at = full_but_one.now
    ask(full_but_one, "BTC")
    full_but_one.wait(0.5)
    first, last = (each for each in full_but_one.stored if isinstance(each, WaitingRequest))
    assert figures(first.since, first.until - first.since, first.ended_at) == (asked_at, timedelta(seconds=0.4), None)
    assert last == first.ended(full_but_one.now)
