"""What acknowledged differences have done to the desk's worth: transfers, and trades that were not ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from poise_portfolio.domain.ledger.positions import ZERO


@dataclass(frozen=True, slots=True)
class External:
    """A change of equity that no fill, fee or funding made, in USD."""

    transfer_usd: Decimal = ZERO
    """Brought in or taken out: neither earned nor lost."""
    result_usd: Decimal = ZERO
    """What trades that were not ours, liquidations among them, have made; a loss is a loss."""

    @property
    def total_usd(self) -> Decimal:
        return self.transfer_usd + self.result_usd

    def __add__(self, other: "External") -> "External":
        return External(self.transfer_usd + other.transfer_usd, self.result_usd + other.result_usd)


NOTHING_EXTERNAL = External()


def external_of(worths_usd: Iterable[Decimal], trifle_usd: Decimal) -> External:
    """Tell a transfer from trading by what the lines of one acknowledgement are worth.

    A trade gives one thing for another, so something is worth more and something less, and what is between them is
    its result. Where all that counts goes one way, it was brought in or taken out.
    """
    worths = tuple(worths_usd)
    total_usd = sum(worths, ZERO)
    gained = any(worth > trifle_usd for worth in worths)
    lost = any(worth < -trifle_usd for worth in worths)
    return External(result_usd=total_usd) if gained and lost else External(transfer_usd=total_usd)
