"""The notifier killed at the worst moment, and Telegram away for an hour of its clock."""

import signal
from datetime import datetime, timedelta
from functools import partial

from tests.integration.common.running import eventually, publish
from tests.integration.conftest import free_port
from tests.integration.notifier.bot_api_server import TOKEN, FakeTelegram, Garbage, Refusal
from tests.integration.notifier.rig import ME, Rig, alert

from poise_common.platform.clock import utc_now
from poise_notifier.adapters.metrics import FIRING, WAITING


async def test_killed_between_sending_and_noting_it_tells_once_more_says_so_and_then_no_more(
    rig: Rig, telegram: FakeTelegram
) -> None:
    rig.use_telegram(telegram)
    await publish(rig.redis, alert(firing=True))
    process = await rig.process().start()
    telegram.on_sent = lambda _: process.kill()
    await process.communicate()
    assert process.returncode == -signal.SIGKILL
    telegram.on_sent = lambda _: None
    for subject in ("once more", "and again"):
        async with rig.running():
            await publish(rig.redis, alert(firing=False, subject=subject))
            await eventually(partial(is_told, telegram, subject), f"{subject!r} is told")
    assert ["may be here twice" in text for text in telegram.texts(ME)] == [False, True, False, False]
    assert await rig.states() == ["delivered"] * 3


async def test_after_an_hour_without_telegram_people_are_told_all_and_that_it_was_away(rig: Rig) -> None:
    telegram, clock = FakeTelegram(port=free_port()), MovedClock()
    rig.use_telegram(telegram)
    await publish(rig.redis, *(alert(firing=True, subject=f"coin{number}") for number in range(30)))
    async with rig.running(clock):
        await eventually(rig.is_tried_in_vain, "Telegram is tried in vain")
        clock.move(timedelta(hours=1))
        await eventually(outage_fires, "the outage is an alert itself")
        await publish(rig.redis, alert(firing=False, subject="coin0"))
        await eventually(lambda: WAITING.labels("telegram")._value.get() > 32, "the end of an alert waits, too")
        async with telegram.listening(telegram.port):
            clock.move(timedelta(minutes=2))
            how_long = "over: channel_unreachable (telegram), lasted 1 h"
            await eventually(lambda: is_told(telegram, how_long), "it is told how long it was away")
    summary = telegram.texts(ME)[0]
    assert "alerts waited since" in summary
    assert "over (1):" in summary
    assert {"delivered", "summarised"} <= set(await rig.states()) <= {"delivered", "summarised", "waiting"}


async def test_the_token_stands_in_no_line_of_the_log_whatever_fails(rig: Rig, telegram: FakeTelegram) -> None:
    refusals = (Garbage(), Refusal(401, f"Unauthorized: {TOKEN}"), Refusal(404, "Not Found"), Garbage(200, "[]"))
    telegram.fail("getMe", *refusals)
    telegram.fail("sendMessage", *refusals)
    rig.use_telegram(telegram)
    await publish(rig.redis, alert(firing=True))
    served = await rig.process().start()
    await eventually(lambda: len(telegram.sent) == 1 and len(telegram.polls) > 0, "it comes through in the end")
    served.send_signal(signal.SIGTERM)
    said = b"".join(await served.communicate())
    rig.use_telegram(FakeTelegram(port=free_port()))
    await publish(rig.redis, alert(firing=False))
    unserved = await rig.process().start()
    await eventually(rig.is_tried_in_vain, "nobody is reached there")
    unserved.send_signal(signal.SIGTERM)
    said += b"".join(await unserved.communicate())
    assert b"trying again" in said
    assert TOKEN.partition(":")[2].encode() not in said
    assert (served.returncode, unserved.returncode) == (0, 0)


def is_told(telegram: FakeTelegram, words: str) -> bool:
    return any(words in text for text in telegram.texts(ME))


def outage_fires() -> bool:
    return FIRING.labels("channel_unreachable", "warning")._value.get() == 1


class MovedClock:
    """The machine's clock, moved on."""

    def __init__(self) -> None:
        self._by = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self._by

    def move(self, by: timedelta) -> None:
        self._by += by
