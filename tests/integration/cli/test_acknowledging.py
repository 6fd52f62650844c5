"""`poise ack`, `poise status`, `poise resume` while locked: with a test in execution's place on a real bus."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.integration.cli.commands import Ended, poise
from tests.integration.common.running import in_background, publish
from tests.unit.cli.desk_states import line, lock, portfolio, risk, venue

from poise.operating.acknowledging import REFUSED_ALERT
from poise_common.contracts.control import Acknowledge, Alert, Severity
from poise_common.contracts.execution import VenueLock, VenueState
from poise_common.contracts.message import Message
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.redis_streams import read_after
from poise_common.platform.bus.wire import decoder_of
from poise_common.platform.clock import utc_now
from poise_common.platform.key_files import ensure_key_pair, read_verifier

PATIENT = ("--wait-s", "60")


class Execution:
    """Says how it stands with a venue, hears acknowledgements and answers to them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.heard: list[Acknowledge] = []

    async def says(self, *messages: Message) -> None:
        await publish(self._redis, *messages)

    async def answer(self, answer: Callable[[Acknowledge], Sequence[Message]]) -> None:
        """Answer each acknowledgement as it comes."""
        stream = stream_of(Acknowledge)
        decode, position = decoder_of(stream), "0-0"
        while True:
            for _, found in await read_after(self._redis, {stream.name: position}, count=9, block_ms=1_000):
                for entry_id, fields in found:
                    position = entry_id.decode()
                    message = decode(fields)
                    assert isinstance(message, Acknowledge)
                    self.heard.append(message)
                    await self.says(*answer(message))


@pytest.fixture
async def execution(redis_url: str) -> AsyncIterator[Execution]:
    async with Redis.from_url(redis_url) as redis:
        yield Execution(redis)


@pytest.fixture
def operator(tmp_path: Path, bus: dict[str, str]) -> dict[str, str]:
    """The environment of a person who has the operator's key."""
    ensure_key_pair(tmp_path / "operator.pem", tmp_path / "operator-verify.pem")
    return {**bus, "POISE_OPERATOR__KEY_FILE": str(tmp_path / "operator.pem")}


def unlocked(_: Acknowledge) -> Sequence[Message]:
    return (venue(at=utc_now()),)


async def test_the_shown_differences_are_signed_and_the_lock_ends(
    tmp_path: Path, execution: Execution, operator: dict[str, str]
) -> None:
    shown = lock()
    await execution.says(venue(at=utc_now(), lock=shown))
    async with in_background(execution.answer(unlocked)):
        ended = await poise("ack", "--yes", "--reason", "mine", *PATIENT, cwd=tmp_path, **operator)
    assert (ended.code, ended.errors) == (0, "")
    assert "-0.5" in ended.out
    assert ended.out.endswith("paper is no longer locked; the books follow it\n")
    (message,) = execution.heard
    word = message.acknowledgement
    assert (word.lock_id, word.venue, word.digest, word.reason) == (shown.lock_id, "paper", shown.digest, "mine")
    assert read_verifier(tmp_path / "operator-verify.pem").is_signed(word, message.signature)


async def test_the_json_is_the_venues_standing(tmp_path: Path, execution: Execution, operator: dict[str, str]) -> None:
    shown = lock()
    await execution.says(venue(at=utc_now(), lock=shown))
    async with in_background(execution.answer(unlocked)):
        ended = await poise("ack", "paper", "--yes", "--json", *PATIENT, cwd=tmp_path, **operator)
    assert (ended.code, VenueState.model_validate_json(ended.out).lock) == (0, None)
    assert VenueLock.model_validate_json(ended.errors) == shown


@pytest.mark.parametrize("arguments", [(), ("--json",)])
async def test_without_a_yes_nothing_is_acknowledged(
    tmp_path: Path, execution: Execution, operator: dict[str, str], arguments: tuple[str, ...]
) -> None:
    await execution.says(venue(at=utc_now(), lock=lock()))
    ended = await poise("ack", *arguments, *PATIENT, cwd=tmp_path, **operator)
    assert (ended.code, "nothing is acknowledged" in ended.errors) == (1, True)
    assert "BTC/USDT:USDT" in ended.out + ended.errors


async def test_differences_that_changed_meanwhile_are_shown_anew(
    tmp_path: Path, execution: Execution, operator: dict[str, str]
) -> None:
    shown = lock()
    other = shown.model_copy(update={"differences": (line(actual="-0.25"),), "digest": "another"})
    await execution.says(venue(at=utc_now(), lock=shown))
    async with in_background(execution.answer(lambda _: (venue(at=utc_now(), lock=other),))):
        ended = await poise("ack", "--yes", *PATIENT, cwd=tmp_path, **operator)
    assert (ended.code, "others by now" in ended.errors) == (1, True)
    assert "-0.25" in ended.out


async def test_a_refusal_is_told_with_its_reason(
    tmp_path: Path, execution: Execution, operator: dict[str, str]
) -> None:
    def refused(message: Acknowledge) -> Sequence[Message]:
        fields = {"name": REFUSED_ALERT, "subject": "paper", "text": "the signature is not the operator's"}
        told = {"severity": Severity.WARNING, "firing": False, "raised_by": "execution", "raised_at": utc_now()}
        return (Alert.caused_by(message, "execution", utc_now(), **fields, **told),)

    await execution.says(venue(at=utc_now(), lock=lock()))
    async with in_background(execution.answer(refused)):
        ended = await poise("ack", "--yes", *PATIENT, cwd=tmp_path, **operator)
    assert ended.code == 2
    assert ended.errors == "error: execution did not take it: the signature is not the operator's\n"


async def test_execution_that_does_not_answer_is_said_in_one_line(
    tmp_path: Path, execution: Execution, operator: dict[str, str]
) -> None:
    await execution.says(venue(at=utc_now(), lock=lock()))
    ended = await poise("ack", "--yes", "--wait-s", "0.3", cwd=tmp_path, **operator)
    assert (ended.code, "execution did not confirm it within 0.3 s" in ended.errors) == (2, True)


async def refused_ack(tmp_path: Path, environment: dict[str, str], *arguments: str) -> Ended:
    return await poise("ack", *arguments, "--yes", *PATIENT, cwd=tmp_path, **environment)


async def test_what_cannot_be_acknowledged_is_said(
    tmp_path: Path, execution: Execution, operator: dict[str, str], bus: dict[str, str]
) -> None:
    none_yet = await refused_ack(tmp_path, operator, "paper")
    assert none_yet.errors == "error: execution has told of no venue 'paper'; it has of: none yet\n"
    await execution.says(venue(at=utc_now()))
    unlocked_venue = await refused_ack(tmp_path, operator)
    assert (unlocked_venue.code, unlocked_venue.errors) == (1, "error: no venue is locked\n")
    await execution.says(venue(at=utc_now(), lock=lock()), venue("second", at=utc_now(), lock=lock()))
    several = await refused_ack(tmp_path, operator)
    assert (several.code, several.errors) == (2, "error: several venues are locked: paper, second; name one\n")
    keyless = await refused_ack(tmp_path, bus, "paper")
    assert keyless.refused_in_one_line
    assert "poise operator-key" in keyless.errors
    assert execution.heard == []


async def test_nobody_resumes_a_desk_with_a_lock_and_is_told_why(
    tmp_path: Path, execution: Execution, bus: dict[str, str]
) -> None:
    await execution.says(venue(at=utc_now(), lock=lock()))
    refused = await poise("resume", *PATIENT, cwd=tmp_path, **bus)
    assert refused.refused_in_one_line
    assert "paper is locked since" in refused.errors
    assert "`poise ack paper`" in refused.errors


async def test_the_status_is_what_was_said_last(tmp_path: Path, execution: Execution, bus: dict[str, str]) -> None:
    now = utc_now() + timedelta(minutes=5)  # however long a busy machine takes to start a command
    await execution.says(risk(now - timedelta(hours=1)), risk(now), venue(at=now), portfolio(now))
    good, good_json = await asyncio.gather(
        poise("status", *PATIENT, cwd=tmp_path, **bus), poise("status", "--json", *PATIENT, cwd=tmp_path, **bus)
    )
    assert (good.code, good_json.code) == (0, 0)
    assert "risk is ACTIVE: first start" in good.out
    assert json.loads(good_json.out)["attention"] == []
    await execution.says(venue(at=now, lock=lock()))
    bad = await poise("status", "--json", *PATIENT, cwd=tmp_path, **bus)
    assert (bad.code, json.loads(bad.out)["attention"]) == (
        1,
        ["paper is locked: 1 differences, see `poise ack paper`"],
    )
