"""API keys as the venue looks them up, and the signatures of requests made with them."""

from __future__ import annotations

import hashlib
import hmac
import re

from poise_simulator.binance.errors import (
    VenueError,
    api_key_format_invalid,
    api_key_refused,
    invalid_signature,
    missing,
)
from poise_simulator.binance.parameters import Parameters
from poise_simulator.protocol.keys import ApiKey, KeyRing

_API_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SIGNATURE_PAIR = re.compile(r"(^|&)signature=[^&]*")

DEFAULT_RECEIVE_WINDOW_MS = 5_000
MAX_RECEIVE_WINDOW_MS = 60_000
# The venue accepts a clock that is ahead of its own by less than a second.
MAX_CLOCK_AHEAD_MS = 1_000


def find_key(keys: KeyRing, presented: str | None) -> ApiKey:
    """Return the key that was presented; raises -2014 for none or a malformed one, -2015 for an unknown one."""
    if not presented or _API_KEY.fullmatch(presented) is None:
        raise api_key_format_invalid()
    found = keys.find(presented)
    if found is None:
        raise api_key_refused()
    return found


def check_signature(secret: str, query: str, body: str, signature: str) -> None:
    """Raise -1022 unless `signature` is HMAC-SHA256 of query and body as sent, without the signature itself."""
    payload = _without_signature(query) + _without_signature(body)
    expected = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature.lower()):
        raise invalid_signature()


def check_timing(parameters: Parameters, now_ms: int) -> None:
    """Raise -1021 for a request signed too long ago or in the future, -1131 for a window beyond a minute."""
    if "timestamp" not in parameters:
        raise missing("timestamp")
    timestamp_ms = parameters.integer("timestamp")
    window_ms = parameters.optional_integer("recvWindow")
    if window_ms is None:
        window_ms = DEFAULT_RECEIVE_WINDOW_MS
    if window_ms > MAX_RECEIVE_WINDOW_MS:
        raise VenueError(-1131, "recvWindow must be less than 60000.")
    if timestamp_ms >= now_ms + MAX_CLOCK_AHEAD_MS:
        raise VenueError(
            -1021,
            f"Timestamp for this request was {MAX_CLOCK_AHEAD_MS}ms ahead of the server's time.",
        )
    if now_ms - timestamp_ms > window_ms:
        raise VenueError(-1021, "Timestamp for this request is outside of the recvWindow.")


def _without_signature(part: str) -> str:
    return _SIGNATURE_PAIR.sub("", part).removeprefix("&")
