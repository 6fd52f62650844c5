"""The fees of a package, in and out, as fractions of each leg's notional."""

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from poise_common.contracts.packages import OrderStyle
from poise_common.domain.instruments import Instrument


class RoundTripFees(NamedTuple):
    """Fee rates of the four orders of a package."""

    enter_long: float
    enter_short: float
    exit_long: float
    exit_short: float

    @property
    def total(self) -> float:
        return self.enter_long + self.enter_short + self.exit_long + self.exit_short


def round_trip_fees(long: Instrument, short: Instrument, exit_order: OrderStyle) -> RoundTripFees:
    """Return the fees of entering as taker and leaving by `exit_order`, from the venue's schedule of the account."""
    leaves_as_taker = exit_order is OrderStyle.IOC
    return _shared(
        long.taker_fee,
        short.taker_fee,
        long.taker_fee if leaves_as_taker else long.maker_fee,
        short.taker_fee if leaves_as_taker else short.maker_fee,
    )


@lru_cache(maxsize=256)
def _shared(*rates: Decimal) -> RoundTripFees:
    """Hold each schedule once: every candidate of a venue has the same, and all that they share stays in the cache."""
    return RoundTripFees(*map(float, rates))
