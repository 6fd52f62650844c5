from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.unit.execution.messages import (
    FORGED_KEY,
    RISK_KEY,
    approved,
    closing,
    risk_state,
)
from tests.unit.execution.rig import Rig

from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.contracts.execution import ApprovalRefused, PackageClosed, RefusalReason
from poise_common.contracts.packages import LegRole, PackageAction, PackageApproved, PackageState
from poise_common.contracts.signatures import Signer
from poise_common.contracts.state import SystemMode
from poise_execution.domain import effects
from poise_execution.domain.mandates import MandateStatus


def assert_nothing_sent(rig: Rig, reason: RefusalReason) -> None:
    assert rig.refusal.reason is reason
    assert rig.take(effects.SubmitOrder) == []
    assert rig.state.orders == {}


def altered(message: PackageApproved, **changes: object) -> PackageApproved:
    return message.model_copy(update={"approval": message.approval.model_copy(update=changes)})


def test_an_approval_signed_by_another_key_sends_nothing(rig: Rig) -> None:
    rig.hear(approved(rig, key=FORGED_KEY))
    assert_nothing_sent(rig, RefusalReason.UNSIGNED)


def test_an_approval_without_a_readable_signature_sends_nothing(rig: Rig) -> None:
    rig.hear(approved(rig).model_copy(update={"signature": "not base64 at all"}))
    assert_nothing_sent(rig, RefusalReason.UNSIGNED)


def test_every_altered_field_breaks_the_signature(rig: Rig) -> None:
    genuine = approved(rig)
    approval = genuine.approval
    bigger = approval.legs[0].model_copy(update={"quantity": Decimal(11)})
    worse = approval.legs[1].model_copy(update={"limit_price": Decimal(50)})
    changes: list[dict[str, object]] = [
        {"legs": (bigger, approval.legs[1])},
        {"legs": (approval.legs[0], worse)},
        {"legs": (approval.legs[1], approval.legs[0])},
        {"expires_at": approval.expires_at + timedelta(hours=1)},
        {"epoch": 2},
        {"action": PackageAction.CLOSE},
        {"package_id": rig.new_id()},
        {"approval_id": rig.new_id()},
        {"asset": "BTC"},
    ]
    for change in changes:
        rig.hear(altered(genuine, **change))
    assert [refused.reason for refused in rig.told(ApprovalRefused)] == [RefusalReason.UNSIGNED] * len(changes)
    assert rig.state.orders == {}


def test_a_forged_copy_does_not_use_the_genuine_approval_up(rig: Rig) -> None:
    genuine = approved(rig)
    rig.hear(altered(genuine, asset="BTC"))
    rig.hear(genuine)
    assert len(rig.take(effects.SubmitOrder)) == 2


def test_an_expired_approval_sends_nothing(rig: Rig) -> None:
    late = approved(rig)
    rig.wait(5.001)
    rig.hear(late)
    assert_nothing_sent(rig, RefusalReason.EXPIRED)


def test_an_approval_is_good_until_the_very_moment_it_expires(rig: Rig) -> None:
    timely = approved(rig)
    rig.wait(5)
    rig.hear(timely)
    assert len(rig.take(effects.SubmitOrder)) == 2


def test_an_approval_replayed_in_another_message_is_refused_as_used(rig: Rig) -> None:
    first = approved(rig)
    rig.hear(first)
    rig.take(effects.SubmitOrder)
    rig.hear(first.model_copy(update={"id": rig.new_id()}))
    assert rig.refusal.reason is RefusalReason.USED
    assert rig.take(effects.SubmitOrder) == []
    assert len(rig.state.orders) == 2


def test_the_same_message_again_changes_nothing(rig: Rig) -> None:
    message = approved(rig)
    rig.hear(message)
    assert rig.hear(message) == []


def test_a_replay_is_refused_after_a_restart_too(rig: Rig) -> None:
    first = approved(rig)
    rig.hear(first)
    rig.restart()
    rig.take(effects.SubmitOrder)
    rig.hear(first.model_copy(update={"id": rig.new_id()}))
    assert rig.refusal.reason is RefusalReason.USED
    assert rig.take(effects.SubmitOrder) == []


def test_a_second_approval_for_a_package_that_was_taken_up_is_refused(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(approved(rig, package=package))
    assert rig.refusal.reason is RefusalReason.USED
    assert rig.take(effects.SubmitOrder) == []


def test_a_refused_approval_is_used_up(rig: Rig) -> None:
    message = approved(rig)
    rig.hear(risk_state(rig, SystemMode.HALTED))
    rig.hear(message)
    assert rig.refusal.reason is RefusalReason.STALE_EPOCH
    rig.messages.clear()
    rig.hear(risk_state(rig, SystemMode.ACTIVE))
    rig.hear(message.model_copy(update={"id": rig.new_id()}))
    assert_nothing_sent(rig, RefusalReason.USED)


@pytest.mark.parametrize("action", list(PackageAction))
def test_an_approval_of_an_older_epoch_sends_nothing(rig: Rig, action: PackageAction) -> None:
    package = rig.opened() if action is PackageAction.CLOSE else None
    rig.hear(risk_state(rig, epoch=2))
    rig.hear(closing(rig, package) if package else approved(rig))
    assert rig.refusal.reason is RefusalReason.STALE_EPOCH
    assert rig.take(effects.SubmitOrder) == []


@pytest.mark.parametrize("mode", [SystemMode.HALTED, SystemMode.REDUCING])
def test_nothing_is_opened_unless_risk_is_active_but_a_signed_closing_goes_out(rig: Rig, mode: SystemMode) -> None:
    package = rig.opened()
    rig.hear(risk_state(rig, mode, epoch=2))
    rig.hear(approved(rig, epoch=2))
    assert rig.refusal.reason is RefusalReason.STALE_EPOCH
    assert rig.take(effects.SubmitOrder) == []
    rig.hear(closing(rig, package, epoch=2))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT)
    assert len(rig.told(PackageClosed)) == 1


def test_an_approval_of_a_later_epoch_counts_before_its_risk_state_arrives(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package, epoch=2))
    assert len(rig.take(effects.SubmitOrder)) == 2


def test_a_risk_state_of_an_older_epoch_that_comes_late_changes_nothing(rig: Rig) -> None:
    rig.hear(risk_state(rig, SystemMode.HALTED, epoch=3))
    rig.hear(risk_state(rig, SystemMode.ACTIVE, epoch=2))
    rig.hear(approved(rig, epoch=3))
    assert_nothing_sent(rig, RefusalReason.STALE_EPOCH)


def test_nothing_is_sent_before_risk_has_said_anything() -> None:
    rig = Rig()
    rig.hear(approved(rig))
    assert_nothing_sent(rig, RefusalReason.STALE_EPOCH)


@pytest.mark.parametrize("command", [Halt, Flatten])
def test_a_persons_halt_counts_before_risk_has_answered_to_it(rig: Rig, command: type[Halt] | type[Flatten]) -> None:
    rig.hear(rig.result(command, operator="ann", reason="drill"))
    rig.hear(risk_state(rig, SystemMode.ACTIVE))
    rig.hear(approved(rig))
    assert_nothing_sent(rig, RefusalReason.STALE_EPOCH)
    rig.hear(rig.result(Resume, operator="ann", reason="drill over"))
    rig.hear(approved(rig))
    assert len(rig.take(effects.SubmitOrder)) == 2


def test_a_refusal_is_remembered_with_its_reason(rig: Rig) -> None:
    rig.hear(approved(rig, legs={LegRole.LONG: {"symbol": "DOGE/USDT"}}))
    (mandate,) = rig.state.mandates.values()
    assert mandate.status is MandateStatus.REFUSED
    assert mandate.outcome.startswith("untradable")
    assert rig.state.packages == {}


def test_a_signature_is_checked_over_the_message_as_it_came_off_the_wire(rig: Rig) -> None:
    message = approved(rig)
    rig.hear(PackageApproved.model_validate_json(message.model_dump_json()))
    assert len(rig.take(effects.SubmitOrder)) == 2
    assert Signer(RISK_KEY).sign(message.approval) == message.signature


def test_a_halted_package_can_still_be_closed_by_a_signed_closing(rig: Rig) -> None:
    package = rig.opened()
    rig.state.put(replace(package, state=PackageState.HALTED))
    rig.restart()
    rig.hear(closing(rig, package))
    assert len(rig.take(effects.SubmitOrder)) == 2
