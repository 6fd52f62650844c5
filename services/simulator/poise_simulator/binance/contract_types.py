"""The venue's words for what kind of contract a future is."""

from __future__ import annotations

from collections.abc import Iterable

from poise_simulator.domain.instruments import Instrument, TradingStatus

PERPETUAL = "PERPETUAL"
CURRENT_QUARTER = "CURRENT_QUARTER"
_FROM_THE_LAST = ("NEXT_QUARTER", CURRENT_QUARTER, "CURRENT_MONTH")
KNOWN = frozenset({PERPETUAL, *_FROM_THE_LAST})


def contract_types(instruments: Iterable[Instrument]) -> dict[str, str]:
    """Return each symbol's contract type: a pair's dated futures by their order; a delivered one keeps the nearest's.

    What expires before the two quarters is a month's.
    """
    listed = list(instruments)
    types = {one.symbol: CURRENT_QUARTER if one.is_dated else PERPETUAL for one in listed}
    pairs: dict[str, list[tuple[int, str]]] = {}
    for one in listed:
        if one.expires_ms is not None and one.status is not TradingStatus.DELIVERED:
            pairs.setdefault(one.pair, []).append((one.expires_ms, one.symbol))
    for contracts in pairs.values():
        latest_first = sorted(contracts, reverse=True)
        for place, (_, symbol) in enumerate(latest_first):
            types[symbol] = _FROM_THE_LAST[min(place, len(_FROM_THE_LAST) - 1)]
    return types
