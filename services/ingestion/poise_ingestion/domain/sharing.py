"""Whose each instrument is, among the replicas of its tier."""

from collections.abc import Collection
from hashlib import blake2b

from poise_common.domain.instruments import InstrumentId

_SCORE_BYTES = 8


def owner_of(instrument: InstrumentId, replicas: Collection[str]) -> str:
    """Return the one replica that an instrument falls to; at least one replica must be given.

    The replica with the highest score wins (rendezvous hashing, Thaler and Ravishankar 1998): who comes takes from all
    alike, who goes leaves to all alike, and nothing else moves. The answer looks at no other instrument, so that
    replicas agree on one although they know different sets of them for a while.
    """
    return max(replicas, key=lambda replica: (_score(instrument, replica), replica))


def _score(instrument: InstrumentId, replica: str) -> bytes:
    return blake2b(f"{replica} {instrument}".encode(), digest_size=_SCORE_BYTES).digest()
