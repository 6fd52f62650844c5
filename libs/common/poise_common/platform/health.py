"""What a supervisor and Prometheus ask a service over HTTP: `/healthz`, `/readyz`, `/metrics`."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Unready = Callable[[], Sequence[str]]
"""Why the service is not ready; nothing where it is."""

_REQUEST_TIMEOUT_S = 5
_JSON = "application/json"


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
                head = await reader.readuntil(b"\r\n\r\n")
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
    parts = head.split(b" ", 2)
    path = parts[1].split(b"?")[0] if len(parts) > 1 and parts[0] in {b"GET", b"HEAD"} else b""
    if path == b"/healthz":
        return _http("200 OK", _JSON, b'{"status": "alive"}')
    if path == b"/readyz":
        reasons = list(unready())
        status = "503 Service Unavailable" if reasons else "200 OK"
        return _http(status, _JSON, json.dumps({"ready": not reasons, "reasons": reasons}).encode())
    if path == b"/metrics":
        return _http("200 OK", CONTENT_TYPE_LATEST, generate_latest())
    return _http("404 Not Found", _JSON, b'{"error": "GET /healthz, /readyz or /metrics"}')


def _http(status: str, content_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
