"""Orders by Telegram: from whom they count, how they are confirmed, and what is told of their outcome."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.unit.notifier.notifier_desk import GROUP, ME, NOW, OTHER, STRANGER, NotifierDesk, configured

from poise_common.contracts.control import Acknowledge, Flatten, Halt, Resume
from poise_common.contracts.execution import Difference, DifferenceKind, VenueLock, VenueState
from poise_common.contracts.signatures import Signer, Verifier
from poise_common.contracts.state import RiskState, SystemMode
from poise_notifier.domain.telegram.orders import OrderState


@pytest.fixture
def desk() -> NotifierDesk:
    return NotifierDesk()


def risk(
    desk: NotifierDesk, mode: str, *, of: UUID | None = None, by: str = "risk", flattening: bool = False
) -> RiskState:
    """Return risk's standing now, in the trace of an order if it answers one."""
    state = RiskState.first(
        desk.new_id(desk.now),
        "risk",
        desk.now,
        mode=SystemMode(mode),
        reason="as it is",
        set_by=by,
        since=desk.now,
        epoch=1,
        flattening=flattening,
    )
    return state if of is None else state.model_copy(update={"trace_id": of})


def venue(desk: NotifierDesk, lock: VenueLock | None) -> VenueState:
    return VenueState.first(
        desk.new_id(desk.now),
        "execution",
        desk.now,
        venue="paper",
        as_of=desk.now,
        reconciled_at=desk.now,
        clock_offset_ms=1,
        orders_in_doubt=0,
        resting_orders=0,
        lock=lock,
    )


def lock(digest: str = "d1") -> VenueLock:
    line = Difference(
        kind=DifferenceKind.BALANCE, name="USDT", wallet="spot", expected="100", actual="90", detail="transfer"
    )
    return VenueLock(lock_id=UUID(int=7), since=NOW, differences=(line,), digest=digest)


def buttons(desk: NotifierDesk) -> tuple[str, str]:
    """Return what the buttons of the newest question carry."""
    order_id = next(each.order_id for each in reversed(list(desk.notices.values())) if each.order_id)
    return f"yes:{order_id.hex}", f"no:{order_id.hex}"


def test_a_halt_goes_out_at_once_with_who_ordered_it_and_why(desk: NotifierDesk) -> None:
    desk.write("/halt looks odd")
    (halt,) = desk.published
    assert isinstance(halt, Halt)
    assert (halt.operator, halt.reason) == (f"telegram:{ME}", "looks odd")
    assert desk.answers() == [], "nothing is said before it is known what came of it"
    desk.take(risk(desk, "halted", of=halt.trace_id))
    assert desk.answers() == ["Done: risk is HALTED: as it is (risk)"]


def test_an_update_that_comes_twice_acts_once_even_after_a_crash(desk: NotifierDesk) -> None:
    desk.write("/halt", update=5)
    desk.write("/halt", update=5)
    desk.crash()
    desk.write("/halt", update=5)
    assert len(desk.published) == 1


@pytest.mark.parametrize(("text", "kind"), [("/resume checked", Resume), ("/flatten@poise_bot over", Flatten)])
def test_a_dangerous_order_is_sent_once_it_is_confirmed_and_only_once(
    desk: NotifierDesk, text: str, kind: type[Resume | Flatten]
) -> None:
    desk.take(risk(desk, "halted"))
    desk.write(text)
    assert not desk.published
    yes, no = buttons(desk)
    assert desk.press(yes) == "Confirmed."
    assert [type(each) for each in desk.published] == [kind]
    assert desk.published[0].reason in text
    for again in (yes, no):
        assert desk.press(again).startswith("This is over")
    assert len(desk.published) == 1


def test_a_cancelled_order_is_not_sent(desk: NotifierDesk) -> None:
    desk.write("/flatten")
    yes, no = buttons(desk)
    assert desk.press(no) == "Cancelled."
    desk.press(yes)
    assert not desk.published


def test_nobody_else_and_nowhere_else_confirms_an_order(desk: NotifierDesk) -> None:
    desk.write("/flatten")
    yes, _ = buttons(desk)
    assert desk.press(yes, user=OTHER, chat=ME).startswith("Only whoever")
    assert desk.press(yes, user=OTHER).startswith("Only whoever")
    assert desk.press(yes, chat=GROUP).startswith("Only whoever")
    assert desk.press(yes, user=STRANGER, chat=ME) == ""
    assert not desk.published
    assert desk.press(yes) == "Confirmed."


def test_a_confirmation_that_is_late_by_a_moment_does_nothing(desk: NotifierDesk) -> None:
    desk.write("/flatten")
    yes, _ = buttons(desk)
    desk.now += timedelta(seconds=60)
    assert desk.press(yes) == "Too late."
    assert not desk.published


def test_an_order_that_nobody_confirms_expires_and_that_is_told(desk: NotifierDesk) -> None:
    desk.write("/flatten")
    desk.crash()
    desk.wait(60)
    assert desk.answers()[-1] == "/flatten was not confirmed in time: nothing was done."
    assert {each.state for each in desk.orders.values()} == {OrderState.EXPIRED}


def test_an_order_survives_a_crash_between_its_question_and_its_confirmation(desk: NotifierDesk) -> None:
    desk.write("/flatten")
    yes, _ = buttons(desk)
    desk.crash()
    assert desk.press(yes) == "Confirmed."
    assert len(desk.published) == 1


def test_a_stranger_gets_nothing_and_is_an_alert_but_not_at_each_attempt(desk: NotifierDesk) -> None:
    for _ in range(50):
        desk.write("/halt", user=STRANGER)
        desk.wait(1)
    assert not desk.published
    assert desk.answers(STRANGER) == []
    strangers = [write.told for write in desk.written]
    assert [each.name for each in strangers] == ["telegram_stranger"]
    desk.wait(3_600)
    desk.write("hello", user=STRANGER)
    assert "49 more attempts" in desk.written[-1].told.text


def test_groups_are_told_alerts_and_give_no_orders_unless_they_may(desk: NotifierDesk) -> None:
    desk.write("/halt", chat=GROUP)
    assert not desk.published
    open_desk = NotifierDesk(configured(TELEGRAM__COMMANDS_IN_GROUPS="true"))
    open_desk.write("/halt", chat=GROUP)
    assert len(open_desk.published) == 1
    open_desk.write("/halt", chat=-999)
    assert len(open_desk.published) == 1, "a group that is not listed orders nothing"
    open_desk.write("good morning", user=STRANGER, chat=GROUP)
    assert not open_desk.written, "people talk in groups"


def test_an_order_that_comes_late_is_not_carried_out_unless_it_is_a_halt(desk: NotifierDesk) -> None:
    desk.write("/resume", ago_s=600)
    assert desk.answers() == ["/resume came 10 min late: nothing was done. Send it again."]
    desk.write("/halt", ago_s=600)
    assert [type(each) for each in desk.published] == [Halt]


def test_trading_is_not_taken_up_while_a_venue_is_locked(desk: NotifierDesk) -> None:
    desk.take(venue(desk, lock()))
    desk.write("/resume")
    assert desk.answers() == ["paper is locked: nothing was done. /ack shows why, and ends it."]


def test_risks_refusal_is_told_as_it_is(desk: NotifierDesk) -> None:
    desk.write("/resume")
    desk.press(buttons(desk)[0])
    desk.take(risk(desk, "halted", of=desk.published[0].trace_id))
    assert desk.answers()[-1] == "Not as ordered: risk is HALTED: as it is (risk)"


def test_an_answer_counts_by_who_set_the_mode_where_its_trace_was_passed_over(desk: NotifierDesk) -> None:
    desk.take(risk(desk, "halted", by="telegram:11"))
    desk.write("/halt")
    desk.wait(1)
    assert desk.answers() == []
    desk.take(risk(desk, "halted", by=f"telegram:{ME}"))
    assert len(desk.answers()) == 1


def test_where_risk_does_not_answer_that_is_told_and_its_later_answer_too(desk: NotifierDesk) -> None:
    desk.write("/halt")
    desk.wait(10)
    assert "risk has not confirmed it within 10 s" in desk.answers()[-1]
    desk.crash()
    desk.wait(30)
    assert len(desk.answers()) == 1
    desk.take(risk(desk, "halted", of=desk.published[0].trace_id))
    assert desk.answers()[-1].startswith("Done:")


def test_an_order_that_is_never_confirmed_is_given_up_and_that_is_told(desk: NotifierDesk) -> None:
    desk.write("/halt")
    desk.wait(601)
    assert desk.answers()[-1].startswith("risk has not confirmed /halt")
    assert {each.state for each in desk.orders.values()} == {OrderState.REFUSED}


def test_a_flattening_is_followed_until_all_is_flat(desk: NotifierDesk) -> None:
    desk.write("/flatten")
    desk.press(buttons(desk)[0])
    trace = desk.published[0].trace_id
    desk.take(risk(desk, "halted", of=trace, flattening=True))
    assert desk.answers()[-1].endswith("You are told when all is flat.")
    desk.crash()
    desk.wait(3_600)
    desk.take(risk(desk, "halted", flattening=True))
    desk.take(risk(desk, "halted"))
    assert desk.answers()[-1].startswith("All is flat:")


def test_a_lock_is_shown_and_without_a_key_nothing_is_acknowledged(desk: NotifierDesk) -> None:
    desk.take(venue(desk, lock()))
    desk.write("/ack")
    (answer,) = desk.answers()
    assert "balance USDT (spot): books 100, venue 90; transfer" in answer
    assert "`poise ack paper`" in answer
    desk.take(venue(desk, None))
    desk.write("/ack")
    assert desk.answers()[-1] == "No venue is locked."


class TestWithTheOperatorsKey:
    @pytest.fixture
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.generate()

    @pytest.fixture
    def desk(self, key: Ed25519PrivateKey) -> NotifierDesk:
        desk = NotifierDesk(signer=Signer(key))
        desk.take(venue(desk, lock()))
        desk.write("/ack paper I sold that")
        return desk

    def test_the_very_lock_that_was_shown_is_signed(self, desk: NotifierDesk, key: Ed25519PrivateKey) -> None:
        assert desk.press(buttons(desk)[0]) == "Confirmed."
        (sent,) = desk.published
        assert isinstance(sent, Acknowledge)
        word = sent.acknowledgement
        assert (word.lock_id, word.digest, word.reason) == (UUID(int=7), "d1", "I sold that")
        assert Verifier(key.public_key()).is_signed(word, sent.signature)
        desk.take(venue(desk, None))
        assert desk.answers()[-1].startswith("paper is no longer locked")

    def test_a_lock_that_changes_before_the_confirmation_is_not_acknowledged(self, desk: NotifierDesk) -> None:
        yes, _ = buttons(desk)
        desk.take(venue(desk, lock("d2")))
        assert desk.press(yes).startswith("This is over")
        assert not desk.published
        assert "nothing was done" in desk.answers()[-1]

    def test_executions_refusal_is_told(self, desk: NotifierDesk) -> None:
        desk.press(buttons(desk)[0])
        alert = desk.alert(name="acknowledgement_refused", subject="paper", firing=False, text="not the operator's")
        desk.take(alert.model_copy(update={"trace_id": desk.published[0].trace_id}))
        assert desk.answers()[-1] == "Execution did not take it: not the operator's"


@pytest.mark.parametrize("question", ["/status", "/positions", "/pnl", "/limits", "/alerts", "/help", "/start"])
def test_every_question_has_an_answer_even_before_the_desk_has_said_anything(desk: NotifierDesk, question: str) -> None:
    desk.write(question)
    assert len(desk.answers()) == 1


def test_what_is_not_understood_is_said(desk: NotifierDesk) -> None:
    desk.write("/sell everything")
    desk.write("hello")
    assert desk.answers() == ["I don't know that one; /help says what I understand."] * 2


def test_whoever_may_ask_and_is_told_nothing_is_answered_all_the_same(desk: NotifierDesk) -> None:
    desk.write("/help", user=OTHER)
    assert len(desk.answers(OTHER)) == 1
    desk.take(desk.alert())
    assert not any(each.told for each in desk.notices.values() if each.mailbox == f"telegram:{OTHER}")


def test_a_press_that_is_none_of_ours_does_nothing(desk: NotifierDesk) -> None:
    for data in ("", "yes", "yes:zz", f"maybe:{uuid4().hex}", f"yes:{uuid4().hex}"):
        assert desk.press(data).startswith("This is over")
