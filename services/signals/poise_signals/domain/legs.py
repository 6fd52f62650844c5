"""The two orders of a request, priced no worse than a collar around what was decided on."""

from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.packages import LegIntent
from poise_common.domain.instruments import Instrument, Side

_BPS = Decimal(10_000)


class Legs(NamedTuple):
    long: LegIntent
    short: LegIntent

    @property
    def exposure_usd(self) -> Decimal:
        return max(self.long.notional_usd, self.short.notional_usd)


def collared_price(instrument: Instrument, side: Side, decided: Decimal, collar_bps: Decimal) -> Decimal:
    """Return the decision price, given way by the collar, on the instrument's price tick."""
    return instrument.round_price(decided * (1 + side.sign * collar_bps / _BPS))


def money(value: float) -> Decimal:
    """Take a float of market data over into orders: twelve significant digits are more than any venue quotes."""
    return Decimal(f"{value:.12g}")
