"""Limits read anew: who ordered it, what came of it, and that it counts at once."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.limits_room import LimitsRoom
from tests.unit.risk.risk_desk import (
    EQUITY,
    START,
    alerts,
    closings,
    decision,
    every,
    figures,
    limits_with,
    restored_from,
)

from poise_common.contracts.control import Severity
from poise_common.contracts.packages import PackageDecided, Verdict
from poise_common.contracts.state import RiskState, SystemMode
from poise_risk.domain.rules.changes import LimitOutcome
from poise_risk.domain.rules.limit_set import LimitSet
from poise_risk.domain.rules.parameters import LimitsConfig


def test_a_desks_first_limits_are_put_on_record_by_its_start() -> None:
    desk = LimitsRoom()
    (first,) = desk.record
    assert (first.operator, first.outcome, first.changes, first.digest_before) == ("start", "taken", {}, None)
    assert first.limits == LimitSet.of(limits_with())
    assert (desk.in_force.set_by, desk.in_force.profile, desk.in_force.since) == ("start", "focused", START)
    assert desk.in_force.digest == first.digest_after
    assert not alerts(desk.published, "limits_changed")


def test_a_change_says_who_ordered_it_when_and_what() -> None:
    desk = LimitsRoom().ready()
    desk.wait(60)
    command = desk.order("grace", "calmer markets")
    desk.wait(1)
    said = desk.answer(limits_with(position_size_pct=7.5, slots=None))
    first, change = desk.record
    assert (change.operator, change.reason, change.change_id) == ("grace", "calmer markets", command.id)
    assert ((change.ordered_at - START).seconds, change.settled_at) == (60, desk.now)
    assert change.changes == {
        "limits.position_size_pct": ("10", "7.5"),
        "limits.slots.reserved_for_tier_1": (2, None),
        "limits.slots.tier_2_max": (2, None),
        "limits.slots.tier_3_max": (1, None),
    }
    assert (change.digest_before, change.outcome) == (first.digest_after, "taken")
    (told,) = alerts(said, "limits_changed")
    assert (told.severity, told.firing) == (Severity.INFO, False)
    assert "grace (calmer markets): limits.position_size_pct 10 → 7.5" in told.text


def test_the_answer_stands_in_the_commands_trace() -> None:
    desk = LimitsRoom().ready()
    command = desk.order("grace")
    states = [each for each in every(desk.answer(limits_with(drawdown_pct=15)), RiskState) if each.limits is not None]
    (answer,) = (state for state in states if state.trace_id == command.trace_id)
    assert answer.limits is not None
    assert (answer.limits.set_by, answer.limits.since, answer.limits.refusal) == ("grace", desk.now, None)
    assert answer.limits.digest == desk.record[-1].digest_after


def test_a_new_limit_counts_for_the_next_decision() -> None:
    desk = LimitsRoom().ready()
    assert decision(desk.send(desk.request("BTC", 12_000))).approved_exposure_usd == 10_000
    desk.reload(position_size_pct=5)
    made = decision(desk.send(desk.request("ETH", 12_000)))
    assert (made.verdict, made.binding_limit) == (Verdict.APPROVED_SMALLER, "position_size")
    assert made.approved_exposure_usd == 5_000


def test_what_is_held_is_watched_by_the_new_exits_at_once() -> None:
    desk = LimitsRoom().ready()
    held = desk.hold("BTC", 8_000, unrealised_pnl_usd=Decimal(-240))
    desk.portfolio()
    tighter = {**limits_with().limits.exits.model_dump(), "stop_loss_pct": 3}
    (closing,) = closings(desk.reload(exits=tighter))
    assert closing.package_id == held.package_id
    assert desk.record[-1].changes == {"limits.exits.stop_loss_pct": ("5", "3")}


def test_a_loss_beyond_a_new_limit_pulls_the_kill_switch_at_once() -> None:
    desk = LimitsRoom().ready()
    desk.portfolio(equity_usd=EQUITY * Decimal("0.97"))
    assert desk.state.mode is SystemMode.ACTIVE
    desk.reload(portfolio_daily_loss_pct=2)
    assert (desk.state.mode, desk.state.set_by) == (SystemMode.HALTED, "risk")


def test_what_was_approved_under_the_old_limits_stays_approved() -> None:
    desk = LimitsRoom().ready()
    approval = desk.open("BTC", 10_000)
    shorter = {**limits_with().model_dump()}
    shorter["approvals"]["ttl_s"] = 1
    desk.order()
    desk.answer(LimitsConfig.model_validate(shorter))
    assert approval.expires_at - approval.issued_at > desk.open("ETH", 5_000).expires_at - desk.now
    desk.opened(approval)
    desk.show(approval)
    desk.reload(position_size_pct=5, packages_open_max=1, slots=None, total_exposure_alert_pct=4, total_exposure_pct=6)
    assert not closings(desk.wait(1)), "a smaller maximum closes nothing"
    assert decision(desk.send(desk.request("SOL", 5_000))).verdict is Verdict.REJECTED


def test_who_waits_for_a_last_slot_is_judged_by_the_limits_of_when_the_wait_ends() -> None:
    desk = LimitsRoom().ready()
    for asset in ("BTC", "ETH", "SOL", "BNB"):
        desk.hold(asset, 5_000)
    desk.portfolio()
    request = desk.request("BTC", 5_000)
    assert not every(desk.send(request), PackageDecided), "it waits for the fifth"
    said = [*desk.reload(packages_open_max=4), *desk.wait(1), *desk.wait(5)]
    decided = decision(said)
    assert (decided.request_id, decided.verdict, decided.binding_limit) == (
        request.id,
        Verdict.REJECTED,
        "packages_open",
    )


def test_limits_that_do_not_pass_change_nothing_and_say_why() -> None:
    desk = LimitsRoom().ready()
    before = desk.in_force
    command = desk.order("grace")
    said = desk.answer(None, "limits.yaml is refused: phase = 9")
    refused = desk.record[-1]
    assert (refused.outcome, refused.refusal) == (LimitOutcome.REFUSED, "limits.yaml is refused: phase = 9")
    assert (refused.digest_after, refused.changes, refused.limits) == (before.digest, {}, None)
    assert desk.in_force == before.model_copy(update={"refusal": "limits.yaml is refused: phase = 9"})
    assert {state.trace_id for state in every(said, RiskState)} >= {command.trace_id}
    (told,) = alerts(said, "limits_refused")
    assert (told.severity, "phase = 9" in told.text) == (Severity.WARNING, True)
    desk.reload(drawdown_pct=15)
    assert desk.in_force.refusal is None


def test_a_file_that_says_what_counts_already_is_no_change() -> None:
    desk = LimitsRoom().ready()
    before = desk.in_force
    desk.wait(5)
    said = desk.reload()
    assert desk.record[-1].outcome is LimitOutcome.UNCHANGED
    assert desk.in_force == before
    assert not alerts(said, "limits_changed")


def test_a_command_that_comes_again_is_carried_out_once() -> None:
    desk = LimitsRoom().ready()
    command = desk.order()
    desk.send(command)
    assert len(desk.asked) == 1
    read = desk.read(command, limits_with(drawdown_pct=15))
    desk.send(read)
    record = desk.record
    assert not desk.send(read)
    desk.send(command)
    assert desk.record == record
    assert len(desk.asked) == 1


def test_two_orders_are_read_for_one_after_the_other() -> None:
    desk = LimitsRoom().ready()
    first, second = desk.order("ada"), desk.order("grace")
    assert [asked.order.id for asked in desk.asked] == [first.id]
    desk.answer(limits_with(drawdown_pct=15))
    assert [asked.order.id for asked in desk.asked] == [second.id]
    desk.answer(limits_with(drawdown_pct=12))
    assert [change.changes for change in desk.record[1:]] == [
        {"limits.drawdown_pct": ("20", "15")},
        {"limits.drawdown_pct": ("15", "12")},
    ]
    assert desk.in_force.set_by == "grace"


def test_an_order_that_a_crash_left_unanswered_is_settled_by_the_start() -> None:
    desk = LimitsRoom().ready()
    first, second = desk.order("ada"), desk.order("grace")
    desk.wait(30)
    desk = desk.started_anew(limits_with(drawdown_pct=15))
    _, taken, unchanged = desk.record
    assert (taken.change_id, taken.operator, taken.outcome) == (first.id, "ada", "taken")
    assert taken.changes == {"limits.drawdown_pct": ("20", "15")}
    assert (unchanged.change_id, unchanged.outcome) == (second.id, "unchanged")
    assert (desk.in_force.set_by, desk.asked) == ("ada", [])
    assert {first.trace_id, second.trace_id} <= {state.trace_id for state in every(desk.published, RiskState)}


def test_a_file_changed_while_risk_was_down_is_put_on_record_by_the_start() -> None:
    desk = LimitsRoom().ready()
    desk.reload(drawdown_pct=15)
    desk = desk.started_anew(limits_with(drawdown_pct=12))
    assert (desk.record[-1].operator, desk.record[-1].changes) == ("start", {"limits.drawdown_pct": ("15", "12")})
    assert desk.in_force.set_by == "start"
    (told,) = alerts(desk.published, "limits_changed")
    assert "limits.drawdown_pct 15 → 12" in told.text


def test_a_start_with_the_limits_on_record_keeps_who_set_them_and_since_when() -> None:
    desk = LimitsRoom().ready()
    desk.wait(60)
    desk.reload(drawdown_pct=15)
    before, record = desk.in_force, desk.record
    desk.order()
    desk.answer(None, "unreadable")
    desk.wait(60)
    again = desk.started_anew(limits_with(drawdown_pct=15))
    assert (again.in_force, again.record[:2]) == (before, record)
    assert len(again.record) == 3
    assert not alerts(again.published, "limits_changed")


def test_the_other_profiles_are_no_limits_in_force_until_the_desk_runs_them() -> None:
    focused = limits_with()
    raw = focused.model_dump()
    raw["profiles"]["wide"]["drawdown_pct"] = 10
    with_other_wide = LimitsConfig.model_validate(raw)
    assert LimitSet.of(with_other_wide).digest == LimitSet.of(focused).digest
    wide = LimitSet.of(LimitsConfig.model_validate({**raw, "profile": "wide"}))
    changes = wide.changes_from(LimitSet.of(focused))
    assert changes["profile"] == ("focused", "wide")
    assert figures(*changes["limits.packages_open_max"], *changes["limits.drawdown_pct"]) == (5, 20, "20", "10")


def test_the_same_limits_in_another_spelling_have_the_same_digest() -> None:
    raw = limits_with().model_dump()
    raw["stablecoins"] = sorted(raw["stablecoins"], reverse=True)
    raw["phase_assets"][2] = tuple(reversed(raw["phase_assets"][2]))
    raw["profiles"]["focused"]["position_size_pct"] = "10.00"
    assert LimitSet.of(LimitsConfig.model_validate(raw)).digest == LimitSet.of(limits_with()).digest


DRAWDOWNS = st.integers(6, 20)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), DRAWDOWNS),
        st.tuples(st.just("answer"), DRAWDOWNS),
        st.tuples(st.just("refuse"), DRAWDOWNS),
        st.tuples(st.just("crash"), DRAWDOWNS),
    ),
    max_size=12,
)


@given(steps=STEPS)
def test_any_course_of_orders_answers_and_crashes_leaves_a_record_without_a_gap(
    steps: list[tuple[str, int]],
) -> None:
    desk = LimitsRoom()
    ordered, file = 0, 20
    for step, drawdown_pct in steps:
        desk.wait(1, quiet=True)
        match step:
            case "order":
                desk.order()
                ordered += 1
            case "answer" if desk.asked:
                file = drawdown_pct
                desk.answer(limits_with(drawdown_pct=file))
            case "refuse" if desk.asked:
                desk.answer(None, "refused")
            case "crash":
                file = drawdown_pct
                desk = desk.started_anew(limits_with(drawdown_pct=file))
        settled = [change for change in desk.record if change.outcome is not None]
        assert len(desk.asked) == min(1, len(desk.record) - len(settled))
        desk.wait(1, quiet=True)
        assert desk.in_force.digest == LimitSet.of(limits_with(drawdown_pct=file)).digest
        assert desk.in_force.digest == settled[-1].digest_after
    desk = desk.started_anew(limits_with(drawdown_pct=file))
    record = desk.record
    assert sum(change.operator == "ada" for change in record) == ordered
    assert [change.sequence for change in record] == list(range(1, len(record) + 1))
    assert all(change.outcome is not None for change in record)
    for before, after in pairwise(record):
        assert after.digest_before == before.digest_after
        assert bool(after.changes) == (after.outcome is LimitOutcome.TAKEN)
    assert restored_from(desk.stored).limit_changes
