"""The venue's names and contracts for what the exchange lists.

On spot a size is in base units; on derivatives it is in contracts of `contract_value` base units each. A lot is
the exchange's own step in those units, so a size on the wire and a quantity in the exchange turn into each
other without a remainder.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from poise_simulator.domain.instruments import Instrument, Market, TradingStatus
from poise_simulator.okx.wire import number

CONTRACT_VALUES: dict[str, Decimal] = {
    base: Decimal(value)
    for value, bases in {
        "0.01": ("BTC", "BNB"),
        "0.1": ("ETH", "AAVE", "BCH", "FIL", "TRB"),
        "10": ("NEAR", "ENA", "ALGO"),
        "100": ("XRP", "ADA", "HBAR"),
        "1000": ("DOGE",),
    }.items()
    for base in bases
}
"""Base units in one contract, as the venue's contracts have them; of all others it is one."""

LISTED_MS = 1_600_000_000_000
"""When the instruments without an expiry were listed: before any history that the simulator shows."""


class InstType(StrEnum):
    """The venue's instrument types, of those that are simulated."""

    SPOT = "SPOT"
    SWAP = "SWAP"
    FUTURES = "FUTURES"


OTHER_INST_TYPES = frozenset({"MARGIN", "OPTION"})
"""Types that the venue has and the simulator lists nothing of."""


@dataclass(frozen=True)
class OkxInstrument:
    """One book under the venue's name, with the size of its contract in base units (1 on spot)."""

    inst_id: str
    inst_type: InstType
    listed: Instrument
    contract_value: Decimal

    @cached_property
    def lot_size(self) -> Decimal:
        """The smallest step of a size."""
        return self.listed.step_size / self.contract_value

    @cached_property
    def min_size(self) -> Decimal:
        """The smallest size of an order."""
        return self.listed.min_quantity / self.contract_value

    @cached_property
    def max_size(self) -> Decimal:
        """The largest size of an order."""
        return self.listed.max_quantity / self.contract_value

    @cached_property
    def code(self) -> int:
        """The venue's number for the instrument."""
        return zlib.crc32(self.inst_id.encode()) & 0x7FFFFFFF

    @property
    def family(self) -> str:
        """The instrument family, which is also the underlying index: `BTC-USDT`."""
        return f"{self.listed.base}-{self.listed.quote}"

    @property
    def is_derivative(self) -> bool:
        """True for swaps and dated futures."""
        return self.inst_type is not InstType.SPOT

    @property
    def state(self) -> str:
        """The venue's word for whether orders are taken."""
        return "live" if self.listed.status is TradingStatus.TRADING else "suspend"

    @property
    def max_leverage(self) -> int:
        """The highest leverage of any tier; 1 on spot."""
        return max((bracket.max_leverage for bracket in self.listed.leverage_brackets), default=1)

    def size_of(self, quantity: Decimal) -> Decimal:
        """Turn base units into a size."""
        return quantity / self.contract_value

    def quantity_of(self, size: Decimal) -> Decimal:
        """Turn a size into base units."""
        return size * self.contract_value

    def size(self, quantity: Decimal) -> str:
        """Write base units as a size."""
        return number(quantity / self.contract_value)


def dated_id(family: str, expires_ms: int) -> str:
    """Name the future of a family that expires at a time, such as `BTC-USDT-261225`."""
    return f"{family}-{datetime.fromtimestamp(expires_ms / 1000, UTC):%y%m%d}"


def named(instrument: Instrument) -> OkxInstrument:
    """Give an instrument of the exchange the venue's name and contract."""
    pair = f"{instrument.base}-{instrument.quote}"
    if instrument.market is Market.SPOT:
        return OkxInstrument(pair, InstType.SPOT, instrument, Decimal(1))
    value = CONTRACT_VALUES.get(instrument.base, Decimal(1))
    if instrument.expires_ms is None:
        return OkxInstrument(f"{pair}-SWAP", InstType.SWAP, instrument, value)
    return OkxInstrument(dated_id(pair, instrument.expires_ms), InstType.FUTURES, instrument, value)


class InstrumentNames:
    """Both ways between the venue's names and the exchange's."""

    def __init__(self) -> None:
        """Know nothing until the first `learn`."""
        self._by_symbol: dict[tuple[Market, str], OkxInstrument] = {}
        self._by_id: dict[str, OkxInstrument] = {}
        self._by_code: dict[int, OkxInstrument] = {}
        self._by_family: dict[str, list[OkxInstrument]] = {}

    def learn(self, listed: Iterable[Instrument]) -> None:
        """Take over what the exchange lists now; what hasn't changed keeps its object."""
        known = self._by_symbol
        found = {}
        for instrument in listed:
            key = (instrument.market, instrument.symbol)
            old = known.get(key)
            found[key] = old if old is not None and old.listed is instrument else named(instrument)
        if found != known:
            self._by_symbol = found
            self._by_id = {item.inst_id: item for item in found.values()}
            self._by_code = {item.code: item for item in found.values()}
            self._by_family = {}
            for item in found.values():
                self._by_family.setdefault(item.family, []).append(item)

    def of(self, market: Market, symbol: str) -> OkxInstrument:
        """Return the instrument of an exchange's book; raises `KeyError` where there is none."""
        return self._by_symbol[(market, symbol)]

    def find(self, inst_id: str) -> OkxInstrument | None:
        """Return an instrument by the venue's name, None for a name that means nothing."""
        return self._by_id.get(inst_id)

    def find_code(self, code: int) -> OkxInstrument | None:
        """Return an instrument by the venue's number, None for a number that means nothing."""
        return self._by_code.get(code)

    def has_index(self, name: str) -> bool:
        """Tell whether an index of that name, such as `BTC-USDT`, underlies anything that is listed."""
        return name in self._by_family

    def of_index(self, name: str) -> list[OkxInstrument]:
        """List what has an index under it, spot too."""
        return self._by_family.get(name, [])

    def indices(self) -> list[str]:
        """List the indices."""
        return list(self._by_family)

    def of_type(self, inst_type: str) -> list[OkxInstrument]:
        """List the instruments of a type, none for a type that isn't simulated; those delisted have only a name."""
        return [item for item in self._by_id.values() if item.inst_type == inst_type and item.listed.is_listed]
