"""ACTIVE, REDUCING, HALTED: by hand and by itself."""

from datetime import timedelta
from decimal import Decimal

from tests.unit.risk.risk_desk import RiskDesk, alerts, closings, decision, every, figures, only

from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.packages import CloseReason, PackageApproved, Verdict
from poise_common.contracts.state import RiskState, SystemMode
from poise_risk.domain.records import ApprovalRecord
from poise_risk.domain.watch.mode import ModeChange


def test_a_desk_that_never_ran_starts_active_in_epoch_one() -> None:
    state = RiskDesk().state
    assert (state.mode, state.epoch, state.set_by) == (SystemMode.ACTIVE, 1, "risk")


def test_a_halt_stops_entries_and_leaves_what_is_held(desk: RiskDesk) -> None:
    desk.hold("BTC")
    outputs = desk.command(Halt)
    assert (desk.state.mode, desk.state.set_by, desk.state.reason) == (SystemMode.HALTED, "ada", "by hand")
    assert [each.firing for each in alerts(outputs, "halted")] == [True]
    assert not closings(desk.wait(1))
    decided = decision(desk.send(desk.request("ETH")))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "system_mode")


def test_every_change_to_halted_is_a_new_epoch(desk: RiskDesk) -> None:
    before = desk.open("BTC", 2_000)
    desk.command(Halt)
    desk.command(Halt)
    assert desk.state.epoch == before.epoch + 1
    desk.command(Resume)
    assert desk.state.epoch == before.epoch + 1
    assert desk.open("ETH", 2_000).epoch == before.epoch + 1
    desk.command(Halt)
    assert desk.state.epoch == before.epoch + 2


def test_resuming_takes_up_trading_and_closes_the_alert(desk: RiskDesk) -> None:
    desk.command(Halt)
    outputs = desk.command(Resume)
    assert desk.state.mode is SystemMode.ACTIVE
    assert [each.firing for each in alerts(outputs, "halted")] == [False]
    assert decision(desk.send(desk.request("BTC"))).verdict is Verdict.APPROVED


def test_a_command_that_changes_nothing_is_still_answered(desk: RiskDesk) -> None:
    assert only(desk.command(Resume), RiskState).mode is SystemMode.ACTIVE


def test_flattening_closes_every_package_and_stays_halted(desk: RiskDesk) -> None:
    packages = [desk.hold("BTC"), desk.hold("ETH", 4_000)]
    desk.portfolio()
    approved = closings(desk.command(Flatten))
    assert {each.package_id for each in approved} == {each.package_id for each in packages}
    for approval in approved:
        assert [leg.reduce_only for leg in approval.legs] == [False, True]
        desk.closed(approval)
    desk.wait(1)
    desk.wait(1)
    assert desk.state.mode is SystemMode.HALTED
    assert "all packages are closed" in desk.state.reason
    assert not closings(desk.wait(60))


def test_a_flattening_that_comes_to_nothing_is_tried_again_until_nothing_is_held(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    desk.opened(approval)
    desk.show(approval)
    (first,) = closings(desk.command(Flatten))
    assert not closings(desk.wait(1))
    desk.refused(first, RefusalReason.EXPIRED)
    (second,) = closings(desk.wait(2))
    assert second.approval_id != first.approval_id
    desk.closed_partly(second, Decimal(30))
    (third,) = closings(desk.tick())
    assert [leg.quantity for leg in third.legs] == [30, 30]


def test_waits_between_tries_grow(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    approved = closings(desk.command(Flatten))
    tries = []
    for second in range(1, 40):
        for approval in approved:
            desk.refused(approval, RefusalReason.UNKNOWN_PACKAGE)
        approved = closings(desk.wait(1))
        tries += [second] * len(approved)
    assert tries == [2, 6, 14, 30]


def test_a_package_still_opening_is_waited_for_and_then_closed(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 4_000)
    assert not closings(desk.command(Flatten))
    assert not closings(desk.wait(1))
    desk.opened(approval)
    desk.show(approval)
    (closing,) = closings(desk.tick()) or closings([*desk.published])
    assert closing.package_id == approval.package_id


def test_a_flattening_under_way_survives_a_restart(desk: RiskDesk) -> None:
    package = desk.hold("BTC")
    desk.command(Flatten)
    again = desk.restarted()
    assert (again.state.mode, again.state.epoch) == (SystemMode.HALTED, 2)
    again.ready()
    (closing,) = closings(again.published)
    assert closing.package_id == package.package_id


def test_a_halt_survives_a_restart(desk: RiskDesk) -> None:
    desk.command(Halt)
    again = desk.restarted().ready()
    assert (again.state.mode, again.state.epoch) == (SystemMode.HALTED, 2)
    assert again.state.since == desk.state.since


def test_a_halt_does_not_call_off_a_flattening(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.command(Flatten)
    desk.command(Halt)
    assert closings(desk.portfolio())


def test_silent_feeds_while_holding_pull_the_kill_switch(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    desk.wait(30, quiet=True)
    assert desk.state.mode is SystemMode.ACTIVE
    desk.wait(1, quiet=True)
    assert (desk.state.mode, desk.state.set_by) == (SystemMode.HALTED, "risk")
    desk.books()
    desk.tick()
    record = next(each for each in desk.stored if isinstance(each, ApprovalRecord))
    assert record.close_reason is CloseReason.KILL_SWITCH


def test_silent_feeds_while_holding_nothing_harm_nobody(desk: RiskDesk) -> None:
    desk.wait(100, quiet=True)
    assert desk.state.mode is SystemMode.ACTIVE


def test_one_silent_instrument_does_not_stop_the_others(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.hold("ETH")
    desk.portfolio()
    desk.now += timedelta(seconds=40)
    desk.book("ETH/USDT", Decimal(100))
    desk.portfolio()
    desk.tick()
    assert desk.state.mode is SystemMode.ACTIVE


def test_silence_is_counted_from_the_start(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.now += timedelta(hours=1)
    again = desk.restarted()
    again.now += timedelta(seconds=1)
    again.portfolio()
    again.tick()
    assert again.state.mode is SystemMode.ACTIVE


def test_the_state_is_told_each_second(desk: RiskDesk) -> None:
    told = [bool(every(desk.wait(0.25), RiskState)) for _ in range(8)]
    assert told.count(True) == 2


def test_the_state_shows_headroom(desk: RiskDesk) -> None:
    desk.hold("BTC", 8_000)
    (state,) = every(desk.wait(1), RiskState)
    shown = {(each.limit, each.subject): figures(each.value, each.allowed) for each in state.headroom}
    assert shown["total_exposure", ""] == (8_000, 40_000)
    assert shown["packages_open", ""] == (1, 5)
    assert shown["effective_leverage", "paper"] == (Decimal("0.2"), 2)


def test_a_mode_change_is_told_before_what_is_done_in_it(desk: RiskDesk) -> None:
    desk.hold("BTC")
    outputs = desk.portfolio(equity_usd=Decimal(90_000))
    kinds = [type(each) for each in outputs]
    assert kinds.index(RiskState) < kinds.index(PackageApproved)


def test_the_history_of_modes_is_stored(desk: RiskDesk) -> None:
    desk.command(Halt)
    desk.command(Resume)
    history = [each for each in desk.stored if isinstance(each, ModeChange)]
    assert [(each.sequence, each.mode) for each in history] == [
        (1, SystemMode.ACTIVE),
        (2, SystemMode.HALTED),
        (3, SystemMode.ACTIVE),
    ]
