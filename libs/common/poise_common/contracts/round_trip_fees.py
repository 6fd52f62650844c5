"""The fees of a package, in and out, as fractions of each leg's notional."""

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
    if exit_order is OrderStyle.IOC:
        return RoundTripFees(
            float(long.taker_fee), float(short.taker_fee), float(long.taker_fee), float(short.taker_fee)
        )
    return RoundTripFees(float(long.taker_fee), float(short.taker_fee), float(long.maker_fee), float(short.maker_fee))
