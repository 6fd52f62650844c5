"""What a supervisor and Prometheus ask a service over HTTP: `/healthz`, `/readyz`, `/metrics`."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Unready = Callable[[], Sequence[str]]
"""Why the service is not ready; nothing where it is."""

_REQUEST_TIMEOUT_S = 5
_JSON = "application/json"
_END_OF_HEAD = b"\r\n\r\n"


@asynccontextmanager
async def health_server(host: str, port: int, unready: Unready) -> AsyncIterator[int | None]:
    """Answer while inside; yields the port, None where `port` is 0 (no server)."""
    if port == 0:
        yield None
        return
    async with serve_health(host, port, unready) as bound:
        yield bound


@asynccontextmanager
async def serve_health(host: str, port: int, unready: Unready) -> AsyncIterator[int]:
    """Answer while inside, on a free port where `port` is 0; yields the port."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_TIMEOUT_S):
                head = await reader.readuntil(_END_OF_HEAD)
                writer.write(_response(head, unready))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def _response(head: bytes, unready: Unready) -> bytes:
    method, _, rest = head.partition(b" ")
    if method not in {b"GET", b"HEAD"}:
        return _http("405 Method Not Allowed", _JSON, b'{"error": "GET or HEAD"}')
    answer = _answer(rest.partition(b" ")[0].partition(b"?")[0], unready)
    return answer if method == b"GET" else answer[: answer.index(_END_OF_HEAD) + len(_END_OF_HEAD)]


def _answer(path: bytes, unready: Unready) -> bytes:
    if path == b"/healthz":
        return _http("200 OK", _JSON, b'{"status": "alive"}')
    if path == b"/readyz":
        reasons = list(unready())
        status = "503 Service Unavailable" if reasons else "200 OK"
        return _http(status, _JSON, json.dumps({"ready": not reasons, "reasons": reasons}).encode())
    if path == b"/metrics":
        return _metrics()
    return _http("404 Not Found", _JSON, b'{"error": "GET /healthz, /readyz or /metrics"}')


def _metrics() -> bytes:
    try:
        return _http("200 OK", CONTENT_TYPE_LATEST, generate_latest())
    except Exception as error:  # noqa: BLE001  (a figure that can't be had is no reason to answer nothing, or to end)
        structlog.get_logger().exception("metrics can't be shown")
        return _http("500 Internal Server Error", _JSON, json.dumps({"error": repr(error)}).encode())


def _http(status: str, content_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
