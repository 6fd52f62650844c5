"""People order by Telegram, and a real risk does it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.integration.common.running import eventually, publish
from tests.integration.notifier.bot_api_server import FakeTelegram, Refusal
from tests.integration.notifier.rig import ME, OTHER, STRANGER, Rig, alert
from tests.integration.risk.bus_desk import BusDesk, RiskProcess

from poise_common.contracts.control import Halt
from poise_common.contracts.state import RiskState
from poise_common.platform.key_files import ensure_key_pair
from poise_risk.adapters.tables import metadata as risk_metadata


@pytest.fixture
async def desk(rig: Rig, redis_url: str, tmp_path: Path) -> AsyncIterator[BusDesk]:
    """A risk process on the same servers, in its first state."""
    async with rig.engine.begin() as connection:
        for table in reversed(risk_metadata.sorted_tables):
            await connection.execute(table.delete())
    key = tmp_path / "signing.pem"
    ensure_key_pair(key, tmp_path / "verify.pem")
    desk = BusDesk(rig.redis)
    async with RiskProcess(redis_url, rig.database_url, key).running():
        await eventually(lambda: stands(desk, "active"), "risk is active")
        yield desk


async def stands(desk: BusDesk, mode: str) -> bool:
    states = await desk.read(RiskState)
    return bool(states) and states[-1].mode.value == mode


async def test_halt_resume_and_flatten_change_what_risk_does_and_its_answer_is_told(
    rig: Rig, telegram: FakeTelegram, desk: BusDesk
) -> None:
    rig.use_telegram(telegram)
    async with rig.running(), desk.speaking():
        await telegram.write("/halt looks odd", user=ME)
        await heard(telegram, "<b>Done: risk is HALTED: looks odd (telegram:11)")
        assert await stands(desk, "halted")
        await telegram.write("/resume", user=ME)
        await heard(telegram, "<b>Take up trading again?")
        await telegram.press("Confirm", user=OTHER)
        await eventually(lambda: len(telegram.shown) == 1, "another's press is answered")
        assert await stands(desk, "halted")
        await telegram.press("Confirm", user=ME)
        await heard(telegram, "<b>Done: risk is ACTIVE: by Telegram (telegram:11)")
        await telegram.write("/flatten enough", user=ME)
        await heard(telegram, "<b>Close 0 packages")
        await telegram.press("Confirm", user=ME)
        await heard(telegram, "HALTED: enough")
        assert await stands(desk, "halted")
    assert telegram.shown == ["Only whoever gave the order confirms it, where it was given.", *["Confirmed."] * 2]
    assert all("was confirmed" in edit["text"] for edit in telegram.edits)


async def heard(telegram: FakeTelegram, words: str) -> None:
    await eventually(lambda: any(words in text for text in telegram.texts(ME)), f"people hear {words!r}")


async def test_an_update_that_telegram_delivers_again_acts_once(rig: Rig, telegram: FakeTelegram) -> None:
    rig.use_telegram(telegram)
    telegram.repeats_updates = True
    await telegram.write("/halt", user=ME)
    for _ in range(2):
        async with rig.running():
            telegram.polls.clear()
            await eventually(lambda: len(telegram.polls) > 3, "it came again and again")
    assert len(await BusDesk(rig.redis).read(Halt)) == 1


async def test_an_order_that_was_written_while_the_notifier_was_away_is_heard_once_it_is_back(
    rig: Rig, telegram: FakeTelegram
) -> None:
    rig.use_telegram(telegram)
    await telegram.write("/halt", user=ME)
    telegram.fail("getUpdates", Refusal(409, "Conflict: terminated by other getUpdates request"))
    async with rig.running():
        await eventually(lambda: halted(rig), "the halt is on the bus")


async def halted(rig: Rig) -> bool:
    return len(await BusDesk(rig.redis).read(Halt)) == 1


async def test_a_stranger_gets_no_answer_and_people_are_told(rig: Rig, telegram: FakeTelegram) -> None:
    rig.use_telegram(telegram)
    async with rig.running():
        await telegram.raw_update({"message": {"text": "/halt"}})
        await telegram.raw_update({"message": None})
        await telegram.raw_update({"poll": {}})
        await telegram.write("/halt", user=STRANGER)
        await eventually(lambda: len(telegram.sent) == 1, "people are told")
    assert "telegram_stranger" in telegram.texts(ME)[0]
    assert telegram.texts(STRANGER) == []
    assert await BusDesk(rig.redis).read(Halt) == []


async def test_questions_are_answered_from_what_the_desk_says(rig: Rig, telegram: FakeTelegram, desk: BusDesk) -> None:
    rig.use_telegram(telegram)
    await publish(rig.redis, alert(firing=True))
    async with rig.running(), desk.speaking():
        await eventually(lambda: len(telegram.sent) == 1, "the alert is told")
        for question, answer in (
            ("/status", "risk is ACTIVE"),
            ("/positions", "Nothing is held."),
            ("/pnl", "Today +$0.00, equity"),
            ("/limits", "Limits, profile focused"),
            ("/alerts", "kill_switch (desk) for"),
        ):
            await telegram.write(question, user=ME)
            await heard(telegram, answer)
