"""Alerts are told once when they begin and end, and again while they last; to each as it wants to hear them."""

from datetime import timedelta
from itertools import pairwise

import pytest
from tests.unit.notifier.notifier_desk import GROUP, ME, NOW, NotifierDesk, configured

from poise_common.contracts.control import Severity
from poise_notifier.domain.alerts.episodes import Occasion
from poise_notifier.domain.core import AlertsReported
from poise_notifier.domain.mail.notices import DeliveryOutcome, NoticeState
from poise_notifier.domain.mail.wording import duration

HOUR_S = 3_600
MINE = f"telegram:{ME}"


@pytest.fixture
def desk() -> NotifierDesk:
    return NotifierDesk()


def occasions(desk: NotifierDesk, mailbox: str = "webhook") -> list[Occasion]:
    return [each.told.occasion for each in desk.notices.values() if each.told is not None and each.mailbox == mailbox]


def reported(desk: NotifierDesk, *, firing: bool) -> AlertsReported:
    alert = desk.alert(name="ServiceDown", subject="risk", firing=firing, raised_by="prometheus")
    return AlertsReported.first(desk.new_id(desk.now), "notifier", desk.now, alerts=(alert,))


def test_an_alert_is_told_once_when_it_begins_and_once_when_it_ends(desk: NotifierDesk) -> None:
    desk.take(desk.alert(), desk.alert(), desk.alert(firing=False))
    for mailbox in ("webhook", MINE, f"telegram:{GROUP}"):
        assert occasions(desk, mailbox) == [Occasion.BEGAN, Occasion.ENDED]


def test_a_change_of_severity_is_told(desk: NotifierDesk) -> None:
    desk.take(desk.alert(), desk.alert(severity=Severity.CRITICAL))
    assert occasions(desk) == [Occasion.BEGAN, Occasion.CHANGED]


def test_what_does_not_last_is_told_each_time(desk: NotifierDesk) -> None:
    desk.take(desk.alert(firing=False), desk.alert(firing=False))
    assert occasions(desk) == [Occasion.HAPPENED, Occasion.HAPPENED]


def test_an_alert_is_told_again_for_each_interval_that_it_lasts(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    desk.deliver_all()
    began = desk.now
    desk.wait(HOUR_S - (began - NOW).total_seconds() - 1)
    assert occasions(desk) == [Occasion.BEGAN]
    desk.wait(1)
    desk.deliver_all()
    assert occasions(desk) == [Occasion.BEGAN, Occasion.LASTS]
    desk.take(desk.alert(firing=False))
    desk.wait(9 * HOUR_S)
    assert occasions(desk) == [Occasion.BEGAN, Occasion.LASTS, Occasion.ENDED]


def test_a_restart_neither_forgets_an_alert_nor_tells_it_anew(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    desk.deliver_all()
    desk.crash()
    desk.take(desk.alert())
    assert occasions(desk) == [Occasion.BEGAN]
    desk.wait(HOUR_S)
    assert occasions(desk) == [Occasion.BEGAN, Occasion.LASTS]
    desk.take(desk.alert(firing=False))
    assert occasions(desk) == [Occasion.BEGAN, Occasion.LASTS, Occasion.ENDED]


def test_the_end_answers_the_message_of_the_beginning_and_says_how_long_it_lasted(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    (began,) = desk.deliver_all(MINE)
    desk.crash()
    desk.wait(720)
    desk.take(desk.alert(firing=False))
    (ended,) = desk.deliver_all(MINE)
    assert (began.reply_to, ended.reply_to) == (None, began.attempt)
    assert ended.text.startswith("✅ over: stale_feed (BTC), lasted 12 min")


def test_who_wants_to_hear_of_worse_alone_hears_nothing_else_but_the_end_of_it() -> None:
    desk = NotifierDesk(configured(TELEGRAM__MIN_SEVERITY="critical"))
    desk.take(desk.alert(), desk.alert(subject="ETH", severity=Severity.CRITICAL))
    desk.take(desk.alert(subject="ETH", severity=Severity.INFO), desk.alert(firing=False))
    desk.take(desk.alert(subject="ETH", firing=False))
    told = [each.told for each in desk.notices.values() if each.mailbox == MINE]
    assert [(each.subject, each.occasion) for each in told if each] == [
        ("ETH", Occasion.BEGAN),
        ("ETH", Occasion.CHANGED),
        ("ETH", Occasion.ENDED),
    ]
    assert len(occasions(desk)) == 5


def test_the_log_has_every_alert_whoever_is_told() -> None:
    quiet = NotifierDesk(configured(TELEGRAM__MIN_SEVERITY="critical", WEBHOOK__MIN_SEVERITY="critical"))
    quiet.take(quiet.alert(severity=Severity.INFO))
    assert not quiet.notices
    assert [write.told.occasion for write in quiet.written] == [Occasion.BEGAN]


def test_what_alertmanager_repeats_is_told_once_and_its_end_once(desk: NotifierDesk) -> None:
    for firing in (False, True, True, False, False):
        desk.take(reported(desk, firing=firing))
    assert occasions(desk) == [Occasion.BEGAN, Occasion.ENDED]


def test_what_alertmanager_repeats_no_more_is_over(desk: NotifierDesk) -> None:
    unreported_s = desk.config.alerts.unreported_after_s
    desk.take(reported(desk, firing=True))
    desk.wait(unreported_s - 1)
    desk.take(reported(desk, firing=True))
    desk.wait(unreported_s - 1)
    assert Occasion.ENDED not in occasions(desk)
    desk.wait(1)
    assert occasions(desk)[-1] is Occasion.ENDED
    assert desk.written[-1].told.text.startswith("not reported any more since")


def test_reminders_do_not_pile_up_where_nobody_is_reached(desk: NotifierDesk) -> None:
    desk.take(desk.alert())
    for _ in range(24):
        desk.wait(HOUR_S)
    assert occasions(desk) == [Occasion.BEGAN]


def test_long_outages_are_told_in_one_message_with_what_fires_still(desk: NotifierDesk) -> None:
    above = desk.config.telegram.summary_above
    for number in range(above):
        desk.take(desk.alert(subject=f"coin{number}"), desk.alert(subject=f"coin{number}", firing=False))
    desk.take(desk.alert(subject="BTC", severity=Severity.CRITICAL))
    first, summary, *more = desk.deliver_all(MINE)
    assert first.notices[0].told is not None
    assert more == []
    assert len(summary.notices) == 2 * above
    assert "firing (1):\n🔴 stale_feed (BTC)" in summary.text
    assert f"over ({above}):" in summary.text
    assert len(summary.text) < 4_000
    states = {each.state for each in desk.notices.values() if each.mailbox == MINE}
    assert states == {NoticeState.DELIVERED, NoticeState.SUMMARISED}
    posts = [each for each in desk.notices.values() if each.mailbox == "webhook"]
    assert {each.state for each in posts} == {NoticeState.DELIVERED}


def test_messages_keep_the_pauses_that_telegram_asks_for(desk: NotifierDesk) -> None:
    at: dict[str, list[float]] = {}
    for number in range(10):
        desk.take(desk.alert(subject=str(number)))
    for _ in range(400):
        for deliver in desk.end_deliveries():
            at.setdefault(deliver.mailbox, []).append((desk.now - NOW).total_seconds())
        desk.wait(0.1)
    gaps = {mailbox: [b - a for a, b in pairwise(times)] for mailbox, times in at.items()}
    assert min(gaps[MINE]) >= 0.99
    assert min(gaps[f"telegram:{GROUP}"]) >= 2.99
    assert not desk.waiting


def test_a_summary_that_is_refused_is_told_one_by_one(desk: NotifierDesk) -> None:
    for number in range(desk.config.telegram.summary_above + 2):
        desk.take(desk.alert(subject=str(number)))
    desk.end_deliveries()
    desk.wait(5)
    (refused,) = (each for each in desk.end_deliveries(DeliveryOutcome.REFUSED) if len(each.notices) > 1)
    assert {len(each.notices) for each in desk.deliver_all(refused.mailbox)} == {1}


def test_times_are_written_by_their_two_largest_units() -> None:
    spoken = {45: "45 s", 60: "1 min", 719: "11 min", 3_600: "1 h", 12_000: "3 h 20 min", 187_200: "2 d 4 h", -1: "0 s"}
    assert {seconds: duration(timedelta(seconds=seconds)) for seconds in spoken} == spoken
