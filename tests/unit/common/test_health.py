"""What a supervisor asks a service over HTTP."""

import asyncio

import pytest
from prometheus_client import REGISTRY, Gauge

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


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET / HTTP/1.1", 404),
        ("GET /metricsx HTTP/1.1", 404),
        ("GET", 405),
        ("POST /healthz HTTP/1.1", 405),
        ("nonsense", 405),
    ],
)
async def test_anything_else_is_refused(request_line: str, status: int) -> None:
    async with serve_health("127.0.0.1", 0, list) as port:
        assert (await ask(port, request_line))[0] == status


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_a_head_request_is_answered_without_a_body(path: str) -> None:
    async with serve_health("127.0.0.1", 0, list) as port:
        assert await ask(port, f"HEAD {path} HTTP/1.1") == (200, "")


async def test_a_figure_that_cannot_be_had_ends_nothing() -> None:
    def broken() -> float:
        raise ValueError("no figure")

    registry_gauge = Gauge("poise_test_broken", "Raises when it is asked for.")
    registry_gauge.set_function(broken)
    try:
        async with serve_health("127.0.0.1", 0, list) as port:
            assert (await ask(port, "GET /metrics HTTP/1.1"))[0] == 500
            assert (await ask(port, "GET /healthz HTTP/1.1"))[0] == 200
    finally:
        REGISTRY.unregister(registry_gauge)


async def test_a_client_that_says_nothing_keeps_no_other_from_an_answer() -> None:
    async with serve_health("127.0.0.1", 0, list) as port:
        _, silent = await asyncio.open_connection("127.0.0.1", port)
        assert (await ask(port, "GET /healthz HTTP/1.1"))[0] == 200
        silent.close()
