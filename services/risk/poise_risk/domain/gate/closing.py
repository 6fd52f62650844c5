"""A request to close, with all that its checks look at."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.packages import ClosePackage
from poise_common.contracts.state import SystemMode
from poise_common.domain.hedge import Hedge
from poise_common.domain.instruments import Instrument, InstrumentId
from poise_risk.domain.rules.parameters import LimitsConfig


class Authority(Enum):
    """In whose name a closing is asked for."""

    REQUESTER = "requester"
    RISK = "risk"
    """Risk's own closings pass while halted."""
    FLATTENING = "flattening"
    """What the operator or the kill switch ordered: it passes while halted, and by the last known prices too."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a package holds of one instrument: base units, unsigned."""

    instrument_id: InstrumentId
    quantity: Decimal
    instrument: Instrument | None
    price: Decimal | None = None
    """What it was approved at, where that is known."""


@dataclass(frozen=True, slots=True)
class HeldPair:
    """Both legs of a package that is held, and what it goes by."""

    asset: str
    strategy: str
    long_leg: Holding
    short_leg: Holding
    hedge: Hedge

    @property
    def legs(self) -> tuple[Holding, Holding]:
        return self.long_leg, self.short_leg


@dataclass(frozen=True, slots=True)
class Closing:
    """A request to close beside what risk knows when it comes."""

    request: ClosePackage
    now: datetime
    mode: SystemMode
    authority: Authority
    config: LimitsConfig
    held: HeldPair | None
    under_way: bool
    """Another closing of the package was approved and its outcome is not known."""
    long_book: OrderBook | None
    short_book: OrderBook | None
