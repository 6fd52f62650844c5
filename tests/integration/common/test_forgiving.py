"""Deliveries that ended with the service count for nothing, whatever its readers still do meanwhile."""

from typing import Any

import pytest
from redis.asyncio import Redis
from tests.integration.common.readers import REQUESTS, requests_reader
from tests.integration.common.running import publish
from tests.integration.common.toy_service import request

from poise_common.contracts.message import Message
from poise_common.contracts.streams import Service
from poise_common.platform.bus import work
from poise_common.platform.bus.redis_streams import claim, make_group, pending_entries, set_deliveries
from poise_common.platform.bus.taking import Taken

READER = Service.RISK.value


async def take(_stream: str, _message: Message) -> Taken:
    raise AssertionError("nothing is read")


async def test_a_message_let_go_meanwhile_does_not_keep_the_others_from_being_forgiven(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry_id,) = await publish(redis, request("a"))
    await make_group(redis, REQUESTS, READER)
    await redis.xreadgroup(READER, READER, {REQUESTS: ">"})
    await claim(redis, REQUESTS, READER, entry_id, min_idle_ms=0)
    reader = requests_reader(redis, take, claim_idle_s=30)
    reader._in_hand = {REQUESTS: (entry_id, 2), "control.commands": ("0-1", 1)}

    async def slowly(*asked: Any) -> None:
        reader._in_hand.pop("control.commands", None)  # as a reader does that ends its message meanwhile
        await set_deliveries(*asked)

    monkeypatch.setattr(work, "set_deliveries", slowly)
    await reader.forgive()
    (pending,) = await pending_entries(redis, REQUESTS, READER, after=None, count=10)
    assert pending.deliveries == 1
