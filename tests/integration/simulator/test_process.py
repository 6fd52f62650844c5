"""The simulator as a process of its own."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.request import urlopen

import pytest

Start = Callable[..., Awaitable[asyncio.subprocess.Process]]
_LISTENS = re.compile(r"poise_simulator listens on (http://127\.0\.0\.1:\d+) seed=(\d+)")


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start `python -m poise_simulator`; whatever still runs at the end is killed."""
    started: list[asyncio.subprocess.Process] = []

    async def run(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "poise_simulator",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **environment},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> tuple[str, int]:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    match = _LISTENS.match(line)
    assert match is not None, line
    return match[1], int(match[2])


async def _info(address: str) -> dict[str, object]:
    return await _read(f"{address}/sim/v1/info")


async def _read(url: str) -> dict[str, object]:
    def read() -> bytes:
        with urlopen(url) as response:  # noqa: S310 - the address is our own
            return bytes(response.read())

    answer: dict[str, object] = json.loads(await asyncio.to_thread(read))
    return answer


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_listens_and_ends_cleanly(start: Start, number: signal.Signals) -> None:
    process = await start("--port", "0", "--seed", "7")
    address, seed = await _address(process)
    assert seed == 7
    assert (await _info(address))["seed"] == 7

    process.send_signal(number)
    assert process.stderr is not None
    errors = await process.stderr.read()
    assert (await process.wait(), errors) == (0, b"")


async def test_it_ends_cleanly_while_clients_are_connected(start: Start) -> None:
    process = await start("--port", "0")
    address, _ = await _address(process)
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"GET /spot/ws/btcusdt@depth@100ms HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(100)
    process.terminate()
    assert await process.wait() == 0
    writer.close()


async def test_settings_come_from_the_environment_and_the_command_line_wins(start: Start) -> None:
    process = await start(
        "--seed",
        "9",
        POISE_SIMULATOR__PORT="0",
        POISE_SIMULATOR__SEED="8",
        POISE_SIMULATOR__PROFILE="calm",
        POISE_SIMULATOR__FUNDING_INTERVAL_S="36",
        POISE_SIMULATOR__START_TIME="2026-01-01T00:00:00Z",
    )
    address, _ = await _address(process)
    info = await _info(address)
    assert (info["seed"], info["profile"], info["funding_interval_s"]) == (9, "calm", 36)
    assert info["start_ms"] == 1_767_225_600_000


async def test_faults_from_a_seed_are_set_on_the_command_line(start: Start) -> None:
    arguments = ("--fault-seed", "7", "--fault-rate", "0.3", "--fault-kinds", "hang,http_500")
    address, _ = await _address(await start("--port", "0", *arguments))
    seeded = (await _read(f"{address}/sim/v1/faults"))["seeded"]
    assert seeded == {"seed": 7, "rate": 0.3, "kinds": ["hang", "http_500"], "targets": ["order_entry"], "struck": 0}


async def test_a_port_in_use_is_one_line_and_exit_code_two(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = await start("--port", str(port))
        output, errors = await process.communicate()
    assert process.returncode == 2
    assert output == b""
    (line,) = errors.decode().splitlines()
    assert f"127.0.0.1:{port}" in line


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--port", "notaport"), "port"),
        (("--port", "70000"), "port"),
        (("--profile", "wild"), "profile"),
        (("--funding-interval-s", "0"), "funding_interval_s"),
        (("--start-time", "yesterday"), "start_time"),
        (("--fault-seed", "-1"), "fault_seed"),
        (("--fault-seed", "7", "--fault-kinds", "quake"), "settings"),
        (("--fault-seed", "7", "--fault-targets", "weather"), "fault_targets.0"),
    ],
)
async def test_a_bad_value_is_named_on_one_line(start: Start, arguments: tuple[str, ...], named: str) -> None:
    process = await start(*arguments)
    _, errors = await process.communicate()
    (line,) = errors.decode().splitlines()
    assert process.returncode == 2
    assert line.startswith(f"poise_simulator: {named}: ")


async def test_help_shows_examples_key_and_paths(start: Start) -> None:
    process = await start("--help")
    output, _ = await process.communicate()
    text = output.decode()
    assert process.returncode == 0
    for part in (
        "python -m poise_simulator --port",
        "'paper'",
        "/api/v3",
        "/spot/ws",
        "/futures/stream",
        "/sim/v1/ledger",
    ):
        assert part in text
