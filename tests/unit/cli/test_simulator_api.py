"""What the demo makes of a simulated venue that refuses, talks nonsense, or is not there."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from poise.demo.failure import DemoFailed
from poise.demo.simulator_api import SimulatorSilent, ask_simulator


@asynccontextmanager
async def answering(status: str, body: str) -> AsyncIterator[tuple[str, Callable[[], str]]]:
    """Answer every request alike; yields the address and what was asked last."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.read(65_536)).decode())
        writer.write(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", lambda: asked[-1]


async def test_a_question_is_a_get_and_a_body_is_posted_as_json() -> None:
    async with answering("200 OK", json.dumps({"running": []})) as (url, asked):
        assert await ask_simulator(url, "scenarios") == {"running": []}
        assert asked().startswith("GET /sim/v1/scenarios ")
        await ask_simulator(url, "scenarios/correlated-crash", {})
        assert asked().startswith("POST /sim/v1/scenarios/correlated-crash ")


async def test_a_refusal_is_told_in_the_venues_words_and_is_no_silence() -> None:
    async with answering("400 Bad Request", '{"error": "end it first"}') as (url, _):
        with pytest.raises(DemoFailed, match=r"refuses /sim/v1/scenarios/x: .*end it first") as refused:
            await ask_simulator(url, "scenarios/x", {})
    assert not isinstance(refused.value, SimulatorSilent)


async def test_nonsense_and_nobody_there_are_silence() -> None:
    async with answering("200 OK", "no json") as (url, _):
        with pytest.raises(SimulatorSilent, match="does not answer /sim/v1/ledger"):
            await ask_simulator(url, "ledger")
    with pytest.raises(SimulatorSilent, match="does not answer /sim/v1/ledger"):
        await ask_simulator(url, "ledger")
