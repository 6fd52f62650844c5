"""OKX's checksum over an order book: of the best 25 levels, in the venue's own digits."""

from collections.abc import Iterable, Sequence
from itertools import islice, zip_longest
from typing import Any
from zlib import crc32

_LEVELS = 25
_TEXTS_MAX = 2000
"""Of levels that ccxt has dropped at the deep end; beyond it they are sorted out."""


class LevelTexts:
    """Price and size of one side's levels as the venue wrote them: as numbers they have lost trailing zeros."""

    def __init__(self) -> None:
        self._texts: dict[float, str] = {}

    def take(self, deltas: Iterable[Sequence[str]]) -> None:
        """Follow a message's levels; size 0 removes one."""
        for price, size, *_ in deltas:
            if float(size) == 0:
                self._texts.pop(float(price), None)
            else:
                self._texts[float(price)] = f"{price}:{size}"

    def best(self, side: Sequence[Any]) -> list[str]:
        """Return the texts of the best levels, best first; of a level that was never told, nothing."""
        if len(self._texts) > _TEXTS_MAX:
            self._texts = {level[0]: self._texts.get(level[0], "") for level in side}
        return [self._texts.get(level[0], "") for level in islice(side, _LEVELS)]


def checksum(bids: Sequence[str], asks: Sequence[str]) -> int:
    """Return the signed CRC-32 of `bid:size:ask:size:…`, sides alternating as long as both have levels.

    Source: the v5 API's order book channel.
    """
    levels = (level for pair in zip_longest(bids, asks) for level in pair if level is not None)
    unsigned = crc32(":".join(levels).encode())
    return unsigned - 2**32 if unsigned >= 2**31 else unsigned
