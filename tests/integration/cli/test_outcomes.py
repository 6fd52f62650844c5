"""Every command's outcome as a program reads it, beside a test that answers in the services' place."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from tests.integration.cli.commands import poise
from tests.integration.common.running import in_background, publish
from tests.unit.cli.desk_states import lock, new_id, portfolio, risk, venue
from tests.unit.cli.test_every_command import ALL

from poise_common.contracts.control import Acknowledge, Flatten, Halt, Promote, ReloadLimits, Resume
from poise_common.contracts.message import Message
from poise_common.contracts.state import LimitHeadroom, LimitsInForce, PhaseState, SystemMode
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.redis_streams import read_after
from poise_common.platform.bus.wire import decoder_of
from poise_common.platform.clock import utc_now
from poise_common.platform.key_files import ensure_key_pair

ARGUMENTS: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "status": ((), {"read_at", "risk", "venues", "portfolio", "alerts", "phase", "attention"}),
    "packages": (("--all",), {"read_at", "as_of", "held", "ended", "attention"}),
    "opportunities": ((), {"read_at", "candidates", "opportunities", "last_heard_at", "attention"}),
    "term-structure": ((), {"read_at", "structures", "last_heard_at", "attention"}),
    "universe": ((), {"read_at", "as_of", "members", "excluded", "attention"}),
    "why": ((), {"asked", "tallies", "decisions"}),
    "limits": ((), {"read_at", "told_at", "mode", "in_force", "limits", "attention"}),
    "limits reload": ((), {"in_force", "change"}),
    "report": ((), {"period", "equity", "total", "held", "ended"}),
    "phase": ((), {"read_at", "phase", "missing", "attention"}),
    "phase promote": ((), {"read_at", "phase", "missing", "attention"}),
    "phase demote": ((), {"read_at", "phase", "missing", "attention"}),
    "halt": ((), {"mode", "reason", "set_by", "since", "headroom"}),
    "resume": ((), {"mode", "reason", "set_by", "since", "headroom"}),
    "flatten": ((), {"mode", "reason", "set_by", "since", "headroom"}),
    "ack": (("paper", "--yes"), {"venue", "as_of", "lock", "reconciled_at"}),
    "migrate": ((), {"revision"}),
}
ELSEWHERE = {
    "demo": "tests/e2e/test_demo.py",
    "doctor": "test_doctor.py",
    "rebalance": "test_rebalancing.py, with the portfolio itself",
    "limits history": "test_limits.py, with risk itself: a list of changes",
    **dict.fromkeys(("up", "down", "config check", "operator-key"), "tests/unit/cli/test_every_command.py"),
    "completion": "prints a program",
}
"""Where the others' outcomes are read."""


class AnsweringDesk:
    """Told once, then every order is answered as the services would answer it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def tells(self) -> None:
        now = utc_now()
        headroom = (LimitHeadroom(limit="total_exposure", value=Decimal(16_000), allowed=Decimal(40_000)),)
        locked = (venue(at=now, lock=lock(at=now)), venue("paper_okx", at=now))
        await publish(self._redis, risk(now, headroom=headroom), *locked, portfolio(now), self._phase(1))

    async def answers(self) -> None:
        stream = stream_of(Halt)
        decode, position = decoder_of(stream), "0-0"
        while True:
            for _, found in await read_after(self._redis, {stream.name: position}, count=9, block_ms=1_000):
                for entry_id, fields in found:
                    position = entry_id.decode()
                    order = decode(fields)
                    assert isinstance(order, Message)
                    await publish(self._redis, self._answer(order).model_copy(update={"trace_id": order.trace_id}))

    async def unlocks(self) -> None:
        await publish(self._redis, venue(at=utc_now() + timedelta(milliseconds=1)))

    def _answer(self, order: Message) -> Message:
        now = utc_now()
        match order:
            case Halt() | Flatten():
                return risk(now, mode=SystemMode.HALTED, reason=order.reason)
            case Resume():
                return risk(now, reason=order.reason)
            case ReloadLimits():
                in_force = LimitsInForce(profile="focused", digest="5e", since=now, set_by=order.operator)
                return risk(now, limits=in_force)
            case Promote():
                return self._phase(order.phase)
            case Acknowledge():
                return venue(order.acknowledgement.venue, at=now)
            case _:
                raise AssertionError(f"nobody answers {order}")

    def _phase(self, phase: int) -> PhaseState:
        now = utc_now()
        fields = {"as_of": now, "since": now, "set_by": "ada", "reason": "two months", "gate": ()}
        return PhaseState.first(new_id(now), "portfolio", now, phase=phase, next_phase=phase + 1, **fields)


@pytest.fixture
async def desk(redis_url: str) -> AsyncIterator[AnsweringDesk]:
    async with Redis.from_url(redis_url) as redis:
        desk = AnsweringDesk(redis)
        await desk.tells()
        async with in_background(desk.answers()):
            yield desk


def test_every_commands_outcome_is_read_somewhere() -> None:
    assert ARGUMENTS.keys() | ELSEWHERE.keys() == ALL.keys()
    assert not ARGUMENTS.keys() & ELSEWHERE.keys()


@pytest.mark.parametrize("command", ARGUMENTS)
async def test_the_outcome_is_one_json_object_with_what_is_promised(
    desk: AnsweringDesk, redis_url: str, migrated: str, tmp_path: Path, command: str
) -> None:
    ensure_key_pair(tmp_path / "operator.pem", tmp_path / "verify.pem")
    if command == "resume":
        await desk.unlocks()
    arguments, promised = ARGUMENTS[command]
    ended = await poise(
        *command.split(),
        *arguments,
        "--json",
        cwd=tmp_path,
        POISE_REDIS__URL=redis_url,
        POISE_DATABASE__URL=migrated,
        POISE_OPERATOR__KEY_FILE=str(tmp_path / "operator.pem"),
    )
    outcome: dict[str, Any] = json.loads(ended.out)
    assert promised <= outcome.keys()
    assert ended.code in {0, 1}, ended.errors
    assert (ended.code == 0) or outcome.get("attention") or command == "report", ended.errors
    assert "Traceback" not in ended.errors
