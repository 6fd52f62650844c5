"""Whatever fails, hangs or is killed: in the end everything was told, in order, and once as far as can be known."""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.unit.notifier.notifier_desk import GROUP, ME, NOW, NotifierDesk, configured

from poise_common.contracts.control import Severity
from poise_notifier.domain.alerts.episodes import Occasion
from poise_notifier.domain.core import OUTAGE_ALERT, SET_ASIDE_ALERT
from poise_notifier.domain.mail.notices import Deliver, DeliveryOutcome, NoticeState

FAILURES = (DeliveryOutcome.CHANNEL_FAILED, DeliveryOutcome.RECIPIENT_FAILED)
MAILBOXES = ("webhook", f"telegram:{ME}", f"telegram:{GROUP}")


class Telling(RuleBasedStateMachine):
    """Alerts begin and end while channels fail and the process is killed anywhere between two transactions."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = NotifierDesk()
        self.desk.start()
        self.firing: dict[str, Severity] = {}
        self.expected: Counter[tuple[str, Occasion]] = Counter()
        self.delivered: list[Deliver] = []

    @rule(subject=st.sampled_from(["BTC", "ETH", "SOL"]), severity=st.sampled_from(list(Severity)))
    def an_alert_is_raised(self, subject: str, severity: Severity) -> None:
        if subject not in self.firing:
            self.expected[subject, Occasion.BEGAN] += 1
        elif self.firing[subject] is not severity:
            self.expected[subject, Occasion.CHANGED] += 1
        self.firing[subject] = severity
        self.desk.take(self.desk.alert(subject=subject, severity=severity))

    @rule(subject=st.sampled_from(["BTC", "ETH", "SOL"]))
    def an_alert_is_closed(self, subject: str) -> None:
        was_firing = self.firing.pop(subject, None) is not None
        self.expected[subject, Occasion.ENDED if was_firing else Occasion.HAPPENED] += 1
        self.desk.take(self.desk.alert(subject=subject, firing=False))

    @rule(seconds=st.sampled_from([0.25, 1, 5, 70]))
    def time_passes(self, seconds: float) -> None:
        self.desk.wait(seconds)

    @rule()
    def what_is_under_way_arrives(self) -> None:
        self.delivered += self.desk.end_deliveries()

    @rule(outcome=st.sampled_from(FAILURES), is_unclear=st.booleans(), after=st.sampled_from([None, 7.0, 300.0]))
    def what_is_under_way_fails(self, outcome: DeliveryOutcome, is_unclear: bool, after: float | None) -> None:
        self.desk.end_deliveries(outcome, reason="drop", is_unclear=is_unclear, retry_after_s=after)

    @rule()
    def the_process_is_killed(self) -> None:
        self.desk.crash()

    @invariant()
    def nothing_is_under_way_twice(self) -> None:
        under_way = [notice.notice_id for each in self.desk.under_way.values() for notice in each.notices]
        assert len(under_way) == len(set(under_way))

    @invariant()
    def what_is_told_and_what_waits_is_all_there_was(self) -> None:
        for mailbox in MAILBOXES:
            told = [each.told for each in self.desk.notices.values() if each.mailbox == mailbox]
            kept = Counter(
                (each.subject, each.occasion)
                for each in told
                if each is not None and each.name == "stale_feed" and each.occasion is not Occasion.LASTS
            )
            assert kept == self.expected

    def teardown(self) -> None:
        self.desk.wait(400)
        self.delivered += self.desk.deliver_all()
        assert not self.desk.waiting
        assert {each.state for each in self.desk.notices.values()} <= {NoticeState.DELIVERED, NoticeState.SUMMARISED}
        for mailbox in MAILBOXES:
            arrived = [
                notice.notice_id for each in self.delivered if each.mailbox == mailbox for notice in each.notices
            ]
            assert len(arrived) == len(set(arrived)), "what is known to have arrived is not sent again"
            in_order = sorted(
                (each for each in self.desk.notices.values() if each.mailbox == mailbox), key=lambda each: each.position
            )
            assert arrived == [each.notice_id for each in in_order]


TestTelling = Telling.TestCase
TestTelling.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.fixture
def desk() -> NotifierDesk:
    return NotifierDesk()


def test_waits_grow_and_are_as_long_as_the_channel_asks_for(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    attempts: list[float] = []
    for _ in range(4 * 200):
        after = 100.0 if len(attempts) == 2 else None
        if desk.end_deliveries_of("webhook", DeliveryOutcome.CHANNEL_FAILED, reason="no", retry_after_s=after):
            attempts.append((desk.now - NOW).total_seconds())
        desk.wait()
    assert attempts == [0, 1, 3, 103, 111, 127, 159]


def test_after_a_day_without_telegram_everything_is_told_and_the_outage_too(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    for minute in range(24 * 60):
        down = [each for each in desk.under_way.values() if each.mailbox.startswith("telegram")]
        desk.end_deliveries_of("telegram", DeliveryOutcome.CHANNEL_FAILED, reason="no route")
        desk.end_deliveries_of("webhook")
        if minute % 3 == 0:
            desk.take(desk.alert(subject=f"coin{minute}", firing=False))
        desk.wait(60)
        assert len(down) <= 1
    posted = [each.told.name for each in desk.notices.values() if each.told and each.mailbox == "webhook"]
    assert posted.count(OUTAGE_ALERT) >= 1, "the other channel has told it"
    sent = desk.deliver_all(f"telegram:{ME}")
    assert len(sent) <= 4
    assert "24 h" in sent[-1].text or "23 h" in sent[-1].text or "1 d" in sent[-1].text
    assert OUTAGE_ALERT not in {each.name for each in desk.core.announcer.firing}


def test_a_chat_that_is_gone_holds_up_nobody_else(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    for _ in range(80):
        for mailbox in {each.mailbox for each in desk.under_way.values()}:
            if mailbox == f"telegram:{ME}":
                desk.end_deliveries_of(mailbox, DeliveryOutcome.RECIPIENT_FAILED, reason="blocked")
            else:
                desk.end_deliveries_of(mailbox)
        desk.wait(1)
    assert {each.mailbox for each in desk.waiting} == {f"telegram:{ME}"}
    assert [each.subject for each in desk.core.announcer.firing if each.name == OUTAGE_ALERT] == [f"telegram:{ME}"]
    desk.wait(100)
    desk.deliver_all()
    desk.wait()
    desk.deliver_all()
    assert OUTAGE_ALERT not in {each.name for each in desk.core.announcer.firing}


def test_a_message_that_is_taken_in_no_form_is_put_aside_and_that_is_told(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    (first,) = (each for each in desk.under_way.values() if each.mailbox == f"telegram:{ME}")
    desk.end_deliveries_of(f"telegram:{ME}", DeliveryOutcome.REFUSED, reason="400 message is strange")
    assert desk.notices[first.notices[0].notice_id].state is NoticeState.SET_ASIDE
    desk.wait()
    sent = desk.deliver_all(f"telegram:{ME}")
    assert SET_ASIDE_ALERT in sent[0].text
    assert "400 message is strange" in sent[0].text


def test_where_nothing_is_taken_at_all_the_notifier_does_not_talk_to_itself_for_ever(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    for _ in range(100):
        desk.end_deliveries(DeliveryOutcome.REFUSED, reason="no")
        desk.wait(5)
    assert not desk.waiting
    assert len(desk.notices) == 3 + 3 * 3


def test_what_may_have_arrived_says_so_whenever_it_comes_again(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    desk.crash()
    for _ in range(2):
        (again,) = (each for each in desk.under_way.values() if each.mailbox == "webhook")
        assert "may be here twice" in again.text
        desk.end_deliveries_of("webhook", DeliveryOutcome.CHANNEL_FAILED, reason="refused")
        desk.wait(5)


def test_what_surely_did_not_arrive_does_not_say_that_it_may_have(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    desk.end_deliveries_of("webhook", DeliveryOutcome.CHANNEL_FAILED, reason="refused")
    desk.wait(1)
    (again,) = (each for each in desk.under_way.values() if each.mailbox == "webhook")
    assert "may be here twice" not in again.text


def test_what_waits_for_somebody_who_is_told_no_more_is_put_aside(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    desk.config = configured(TELEGRAM__CHAT_IDS="[1]")
    desk.crash()
    asides = [each.mailbox for each in desk.notices.values() if each.state is NoticeState.SET_ASIDE]
    assert asides == [f"telegram:{GROUP}"], "who may still ask is still told what waited"
