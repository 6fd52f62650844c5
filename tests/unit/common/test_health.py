"""What a supervisor asks a service over HTTP."""

import asyncio

import pytest

from poise_common.platform.health import serve_health
from poise_common.platform.metrics import HOP_SECONDS


async def ask(port: int, request: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{request}\r\nHost: x\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    return int(answer.split()[1]), answer.partition("\r\n\r\n")[2]


async def test_ready_is_told_with_the_reasons_why_not() -> None:
    reasons: list[str] = ["starting"]
    async with serve_health("127.0.0.1", 0, lambda: reasons) as port:
        assert await ask(port, "GET /readyz HTTP/1.1") == (503, '{"ready": false, "reasons": ["starting"]}')
        reasons.clear()
        assert await ask(port, "GET /readyz HTTP/1.1") == (200, '{"ready": true, "reasons": []}')


async def test_alive_and_metrics_are_answered() -> None:
    HOP_SECONDS.labels("signals").observe(0.001)
    async with serve_health("127.0.0.1", 0, lambda: ["starting"]) as port:
        assert (await ask(port, "GET /healthz HTTP/1.1"))[0] == 200
        status, body = await ask(port, "GET /metrics?x=1 HTTP/1.1")
    assert status == 200
    assert 'poise_hop_seconds_count{stage="signals"}' in body


@pytest.mark.parametrize("request_line", ["GET / HTTP/1.1", "POST /healthz HTTP/1.1", "nonsense"])
async def test_anything_else_is_not_found(request_line: str) -> None:
    async with serve_health("127.0.0.1", 0, list) as port:
        assert (await ask(port, request_line))[0] == 404
