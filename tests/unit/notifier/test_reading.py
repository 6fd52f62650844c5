"""What comes from Telegram and from Alertmanager is taken as what it is, or not at all."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.notifier.notifier_desk import NOW

from poise_common.contracts.control import Severity
from poise_common.domain.ids import seeded_ids
from poise_notifier.adapters.alertmanager.reading import Posted, reported
from poise_notifier.adapters.telegram.courier import _cut
from poise_notifier.adapters.telegram.reading import message_of
from poise_notifier.domain.telegram.updates import TelegramPress, TelegramText, button_data, pressed

BOT = "4242"
NAME = "poise_bot"


def written(text: Any = "/halt", **fields: Any) -> dict[str, Any]:
    message = {
        "message_id": 1,
        "from": {"id": 11, "is_bot": False, "first_name": "A", "username": "ann"},
        "chat": {"id": 11, "type": "private"},
        "date": 1_767_268_800,
        "text": text,
        **fields,
    }
    return {"update_id": 7, "message": message}


def test_a_text_is_read_with_who_wrote_it_where_and_when() -> None:
    text = message_of(written(), BOT, NAME)
    assert isinstance(text, TelegramText)
    assert (text.user_id, text.user_name, text.chat_id, text.is_private) == (11, "ann", 11, True)
    assert (text.text, text.sent_at) == ("/halt", datetime(2026, 1, 1, 12, tzinfo=UTC))


def test_the_same_update_is_the_same_message_and_another_bots_is_another() -> None:
    once, again, other = (message_of(written(), bot, NAME) for bot in (BOT, BOT, "4343"))
    assert once is not None
    assert again is not None
    assert other is not None
    assert once.id == again.id != other.id


@pytest.mark.parametrize(
    "update",
    [
        written(forward_origin={"type": "user"}),
        written(forward_date=1),
        written(via_bot={"id": 5}),
        written(sender_chat={"id": -5}),
        {"update_id": 7, "message": {**written()["message"], "from": {"id": 5, "is_bot": True}}},
        written(text=None),
        written("/halt@another_bot now"),
        {"update_id": 7, "edited_message": written()["message"]},
        {"update_id": 7, "callback_query": {"id": "1", "from": {"id": 11}, "data": "yes:1"}},
    ],
    ids=[
        *("forwarded", "forwarded long ago", "by a bot's help", "in a group's name", "by a bot", "a picture"),
        *("for another bot", "edited", "a press under a message that is gone"),
    ],
)
def test_what_nobody_wrote_to_this_bot_in_person_says_nothing(update: dict[str, Any]) -> None:
    assert message_of(update, BOT, NAME) is None


def test_an_order_that_names_this_bot_is_for_it() -> None:
    assert message_of(written("/halt@Poise_Bot now"), BOT, NAME) is not None


def test_a_press_is_read_with_who_pressed_and_under_which_message() -> None:
    query = {
        "id": "q1",
        "from": {"id": 11, "first_name": "Ann"},
        "message": {"message_id": 5, "chat": {"id": -3}},
        "data": "yes:1",
    }
    press = message_of({"update_id": 8, "callback_query": query}, BOT, NAME)
    assert isinstance(press, TelegramPress)
    assert (press.user_id, press.user_name, press.chat_id, press.message_id) == (11, "Ann", -3, 5)
    assert (press.press_id, press.data) == ("q1", "yes:1")


@given(st.uuids(), st.sampled_from(["yes", "no"]))
def test_what_a_button_carries_is_short_enough_and_read_back(order_id: Any, word: str) -> None:
    data = button_data(word, order_id)
    assert len(data.encode()) <= 64
    assert pressed(data) == (word, order_id)


@given(st.text(max_size=64))
def test_whatever_somebody_makes_a_button_carry_is_read_without_an_error(data: str) -> None:
    found = pressed(data)
    assert found is None or found[0] in {"yes", "no"}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=9_000))
def test_no_text_is_longer_than_telegram_takes(text: str) -> None:
    cut = _cut(text)
    assert len(cut.encode("utf-16-le")) // 2 <= 4_096
    assert cut == text or (cut.endswith("\n…") and text.startswith(cut[:-2]))


def posted(**labels: str) -> Posted:
    alert = {"status": "firing", "labels": labels, "startsAt": "2026-01-01T12:00:00Z", "annotations": {}}
    return Posted.model_validate({"version": "4", "alerts": [alert]})


@pytest.mark.parametrize(
    ("labels", "subject"),
    [
        ({"alertname": "A", "severity": "info", "prometheus": "p"}, "desk"),
        ({"alertname": "A", "job": "risk"}, "risk"),
        ({"alertname": "A", "stream": "alerts", "job": "risk"}, "job=risk, stream=alerts"),
    ],
)
def test_a_subject_is_what_tells_one_alert_of_a_rule_from_another(labels: dict[str, str], subject: str) -> None:
    (alert,) = reported(posted(**labels), seeded_ids(1), NOW).alerts
    assert (alert.name, alert.subject, alert.text) == ("A", subject, "A")


@pytest.mark.parametrize(("said", "severity"), [("critical", Severity.CRITICAL), ("page", Severity.WARNING)])
def test_a_severity_that_nobody_knows_is_a_warning(said: str, severity: Severity) -> None:
    (alert,) = reported(posted(alertname="A", severity=said), seeded_ids(1), NOW).alerts
    assert alert.severity is severity
