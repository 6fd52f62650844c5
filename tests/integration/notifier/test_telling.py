"""Telling people by a real bus, book and sockets, whatever Telegram and the webhook do."""

import hashlib
import hmac
from pathlib import Path

import pytest
from tests.integration.common.running import eventually, publish
from tests.integration.notifier.bot_api_server import Drop, FakeTelegram, Fault, Garbage, Hang, Refusal
from tests.integration.notifier.rig import ME, Rig, Webhook, alert


async def test_an_alert_raised_before_the_start_is_told_once_and_closed(
    rig: Rig, telegram: FakeTelegram, webhook: Webhook
) -> None:
    rig.use_telegram(telegram)
    rig.configure(WEBHOOK__URL=webhook.url)
    raised, closed = alert(firing=True), alert(firing=False)
    await publish(rig.redis, raised, raised, alert(firing=True))
    async with rig.running():
        await eventually(lambda: len(webhook.told) == 1 and len(telegram.sent) == 1, "the alert is told")
        await publish(rig.redis, closed)
        await eventually(lambda: len(webhook.told) == 2 and len(telegram.sent) == 2, "its end is told")
    assert [(told["occasion"], told["name"], told["severity"]) for told in webhook.told] == [
        ("began", "kill_switch", "critical"),
        ("ended", "kill_switch", "critical"),
    ]
    assert webhook.told[0]["text"] == "daily loss 5.2 % of 5 % <b>& more"
    began, ended = telegram.sent
    assert began["text"].startswith(
        "<b>🔴 critical: kill_switch (desk)</b>\ndaily loss 5.2 % of 5 % &lt;b&gt;&amp; more"
    )
    assert ended["text"].startswith("<b>✅ over: kill_switch (desk), lasted")
    assert ended["reply_parameters"]["message_id"] == began["message_id"]


@pytest.mark.parametrize(
    "fault",
    [
        Refusal(429, "Too Many Requests: retry after 1", retry_after=1),
        Refusal(500, "Internal Server Error"),
        Garbage(),
        Garbage(status=200, body="{}"),
        Hang(),
        Drop(),
    ],
    ids=repr,
)
async def test_whatever_telegram_does_instead_of_taking_a_message_it_is_sent_again(
    rig: Rig, telegram: FakeTelegram, fault: Fault
) -> None:
    rig.use_telegram(telegram)
    telegram.fail("sendMessage", fault)
    telegram.fail("getUpdates", fault)
    await publish(rig.redis, alert(firing=True))
    async with rig.running():
        await eventually(lambda: len(telegram.sent) == 1, "the alert is told at the second attempt")
        await telegram.write("/help", user=ME)
        await eventually(lambda: len(telegram.sent) == 2, "people are heard all the same")
    assert await rig.states() == ["delivered", "delivered"]


async def test_a_message_that_arrived_though_its_answer_did_not_says_so_when_it_comes_again(
    rig: Rig, telegram: FakeTelegram
) -> None:
    rig.use_telegram(telegram)
    telegram.fail("sendMessage", Drop(after=True))
    await publish(rig.redis, alert(firing=True))
    async with rig.running():
        await eventually(lambda: len(telegram.sent) == 2, "it comes again")
    assert ["may be here twice" in text for text in telegram.texts(ME)] == [False, True]


async def test_what_telegram_cannot_read_is_sent_plain_and_what_it_never_takes_holds_up_nothing(
    rig: Rig, telegram: FakeTelegram
) -> None:
    rig.use_telegram(telegram)
    unreadable = Refusal(400, "Bad Request: can't parse entities")
    telegram.fail("sendMessage", unreadable)
    await publish(rig.redis, alert(firing=True, subject="first"))
    async with rig.running():
        await eventually(lambda: len(telegram.sent) == 1, "it comes as plain text")
        telegram.fail("sendMessage", unreadable, Refusal(400, "Bad Request: never"))
        await publish(rig.redis, alert(firing=True, subject="second"))
        await eventually(lambda: len(telegram.sent) == 2, "that it was put aside is told")
    assert "parse_mode" not in telegram.sent[0]
    assert "notice_set_aside" in telegram.texts(ME)[1]
    assert await rig.states() == ["delivered", "set_aside", "delivered"]


async def test_a_chat_that_blocked_the_bot_holds_up_no_other(rig: Rig, telegram: FakeTelegram) -> None:
    rig.use_telegram(telegram, CHAT_IDS=f"[77, {ME}]")
    telegram.gone.add(77)
    await publish(rig.redis, alert(firing=True), alert(firing=False))
    async with rig.running():
        await eventually(lambda: len(telegram.texts(ME)) == 2, "the other chat is told")
        telegram.gone.clear()
        await eventually(lambda: len(telegram.texts(77)) == 2, "who comes back is told what waited")


async def test_a_restart_tells_nothing_anew_and_what_waited(rig: Rig, webhook: Webhook) -> None:
    rig.configure(WEBHOOK__URL=webhook.url)
    async with rig.running():
        await publish(rig.redis, alert(firing=True))
        await eventually(lambda: len(webhook.told) == 1, "the alert is told")
        webhook.statuses = [503] * 1_000
        await publish(rig.redis, alert(firing=True, subject="BTC"))
        await eventually(lambda: len(webhook.statuses) < 1_000, "the second one is not taken")
    webhook.statuses = []
    async with rig.running():
        await publish(rig.redis, alert(firing=True), alert(firing=False))
        await eventually(lambda: len(webhook.told) == 3, "what waited and the end are told")
    assert [(told["occasion"], told["subject"]) for told in webhook.told] == [
        ("began", "desk"),
        ("began", "BTC"),
        ("ended", "desk"),
    ]
    assert webhook.told[0]["episode_id"] == webhook.told[2]["episode_id"]


async def test_a_webhook_is_told_again_and_can_check_who_posts(rig: Rig, webhook: Webhook, tmp_path: Path) -> None:
    secret, url = tmp_path / "secret", tmp_path / "url"
    secret.write_text("of both sides")
    url.write_text(webhook.url)
    rig.configure(WEBHOOK__URL_FILE=str(url), WEBHOOK__SIGNING_SECRET_FILE=str(secret))
    webhook.statuses = [500, 302]
    await publish(rig.redis, alert(firing=True))
    async with rig.running():
        await eventually(lambda: len(webhook.told) == 1, "the alert is told at the third attempt")
    signature = hmac.new(b"of both sides", webhook.bodies[0], hashlib.sha256).hexdigest()
    assert webhook.headers[0]["X-Poise-Signature"] == f"sha256={signature}"
