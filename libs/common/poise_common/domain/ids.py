"""Identifiers: UUIDv7 everywhere, derived from their cause wherever a repeat must be harmless."""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

NewId = Callable[[datetime], UUID]
"""Where a core gets an id that has no cause; injected, so that a seeded run repeats it."""

_TIME_SHIFT = 80
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM_A = ((1 << 12) - 1) << 64
_RANDOM_B = (1 << 62) - 1


def uuid7(unix_ms: int, entropy: bytes) -> UUID:
    """Build a UUIDv7 (RFC 9562) from a time in ms and at least 10 bytes of entropy."""
    bits = int.from_bytes(entropy[:10], "big")
    return UUID(int=(unix_ms << _TIME_SHIFT) | _VERSION | ((bits << 4) & _RANDOM_A) | _VARIANT | (bits & _RANDOM_B))


def derived_id(cause: UUID, *parts: str) -> UUID:
    """Derive the one id that `parts` of `cause` can have: a repeated cause gives the same id.

    The time of the cause is kept, so derived ids sort beside it.
    """
    digest = blake2b(cause.bytes, digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part.encode())
    return uuid7(cause.int >> _TIME_SHIFT, digest.digest())


def seeded_ids(seed: int) -> NewId:
    """Return an id source that repeats itself for the same seed: for simulations and back-tests."""
    count = 0

    def new_id(now: datetime) -> UUID:
        nonlocal count
        count += 1
        entropy = blake2b(f"{seed}:{count}".encode(), digest_size=16).digest()
        return uuid7(int(now.timestamp() * 1000), entropy)

    return new_id
