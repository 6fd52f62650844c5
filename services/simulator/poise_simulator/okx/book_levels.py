"""Book levels as the venue writes them, and the checksum over them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from poise_simulator.domain.views import PriceLevel
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.wire import number

CHECKED_LEVELS = 25
SIGN_BIT = 1 << 31

Level = tuple[str, str]
"""Price and size, as texts."""


def levels(found: Iterable[PriceLevel], item: OkxInstrument) -> list[Level]:
    """Write levels of the exchange as prices and sizes."""
    return [(number(price), item.size(quantity)) for price, quantity in found]


def rows(found: Iterable[Level]) -> list[list[str]]:
    """Write levels as [price, size, 0, count of orders]; a level that is gone has size and count 0."""
    return [[price, size, "0", "0" if size == "0" else "1"] for price, size in found]


def checksum(bids: Sequence[Level], asks: Sequence[Level]) -> int:
    """Compute the venue's CRC32 over the best 25 levels of both sides, as a signed 32-bit number.

    The text is bid price, bid size, ask price, ask size of each level in turn, joined by colons; where one side has
    fewer levels, what the other still has follows alone.
    """
    parts: list[str] = []
    for depth in range(min(CHECKED_LEVELS, max(len(bids), len(asks)))):
        for side in (bids, asks):
            if depth < len(side):
                parts.extend(side[depth])
    value = zlib.crc32(":".join(parts).encode())
    return value - 2 * SIGN_BIT if value >= SIGN_BIT else value


def changes(before: Mapping[str, str], after: Mapping[str, str], *, is_best_highest: bool) -> list[Level]:
    """Return what turns one side into another, by price from the best: new sizes, and 0 for levels that are gone."""
    changed = [(price, size) for price, size in after.items() if before.get(price) != size]
    changed += [(price, "0") for price in before if price not in after]
    return sorted(changed, key=lambda level: Decimal(level[0]), reverse=is_best_highest)
