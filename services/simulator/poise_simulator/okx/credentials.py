"""Who sent a request: key, passphrase, time and signature, as the venue asks for them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

from poise_simulator.okx.errors import unauthorised
from poise_simulator.protocol.keys import ApiKey, KeyRing

EXPIRES_AFTER_MS = 30_000
"""A request is refused when its time and the venue's are further apart."""


def sign(secret: str, payload: str) -> str:
    """Return the signature of a payload: HMAC-SHA256, base64.

    A request's payload is time, verb, path with query, and body; a login's is time, GET and `/users/self/verify`.
    """
    digest = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def is_signed(key: ApiKey, payload: str, signature: str) -> bool:
    """Tell whether a signature is the key's."""
    return hmac.compare_digest(sign(key.secret, payload), signature)


def find_key(keys: KeyRing, presented: str, passphrase: str) -> ApiKey:
    """Return the key that was presented. Raises 50111 for an unknown one, 50105 for a wrong passphrase."""
    key = keys.find(presented)
    if key is None:
        raise unauthorised(50111, "Invalid OK-ACCESS-KEY.")
    if key.passphrase != passphrase:
        raise unauthorised(50105, 'Request header "OK-ACCESS-PASSPHRASE" incorrect.')
    return key


def check_timing(timestamp: str, now_ms: int) -> None:
    """Raise 50112 for a time that isn't ISO 8601 in UTC, 50102 for one too far from the venue's."""
    try:
        sent_at = datetime.fromisoformat(timestamp)
    except ValueError:
        raise unauthorised(50112, "Invalid OK-ACCESS-TIMESTAMP.") from None
    if sent_at.tzinfo is None:
        raise unauthorised(50112, "Invalid OK-ACCESS-TIMESTAMP.")
    if abs(sent_at.timestamp() * 1000 - now_ms) > EXPIRES_AFTER_MS:
        raise unauthorised(50102, "Timestamp request expired.")
