"""Reference prices of dated futures: index, expected delivery price, mark."""

from dataclasses import dataclass
from decimal import Decimal

from poise_simulator.domain.dated.terms import Term
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.perpetuals import MARK_AVERAGE_S
from poise_simulator.domain.views import MarkPrice

ZERO = Decimal(0)


@dataclass(slots=True)
class DatedContract:
    """One dated future with its reference prices; `column` is its asset's in the venue's arrays."""

    listing: Listing
    column: int
    term: Term
    window_s: int
    mark: Decimal = ZERO
    index: Decimal = ZERO
    settle_estimate: Decimal = ZERO
    basis: float = 0.0
    _sampled_sum: float = 0.0
    _samples: int = 0

    @property
    def symbol(self) -> str:
        """The venue's name for it."""
        return self.listing.instrument.symbol

    def fair(self, index: float) -> float:
        """Expect the delivery price: what of its mean is known, and the index for what is still to come."""
        samples = min(self._samples, self.window_s)
        return (self._sampled_sum + index * (self.window_s - samples)) / self.window_s

    def open(self, index: float, price: float) -> None:
        """Begin at a price, as if it had been the usual one before."""
        self.basis = price / self.fair(index) - 1.0
        self._refer(index)

    def sample(self, time_ms: int, index: float, mid: float) -> None:
        """Count one second: the delivery price's mean in the last window, the averaged basis, the mark."""
        if self.term.expires_ms - self.window_s * 1_000 < time_ms <= self.term.expires_ms:
            self._sampled_sum += index
            self._samples += 1
        self.basis += (mid / self.fair(index) - 1.0 - self.basis) / MARK_AVERAGE_S
        self._refer(index)

    def delivery_price(self) -> Decimal:
        """Return the mean of the window, on the price grid; of what was seen, where trading began inside it."""
        tick = self.listing.instrument.tick_size
        return round(self._mean(float(self.index)) / float(tick)) * tick

    def view(self, time_ms: int) -> MarkPrice:
        """Show the reference prices; there is no funding."""
        return MarkPrice(
            symbol=self.symbol,
            time_ms=time_ms,
            mark=self.mark,
            index=self.index,
            funding_rate=ZERO,
            last_funding_rate=ZERO,
            interest_rate=ZERO,
            next_funding_ms=0,
            interval_s=0,
            settle_estimate=self.settle_estimate,
        )

    def _mean(self, index: float) -> float:
        return self._sampled_sum / self._samples if self._samples else index

    def _refer(self, index: float) -> None:
        self.mark = Decimal(f"{self.fair(index) * (1.0 + self.basis):.8f}")
        self.index = Decimal(f"{index:.8f}")
        self.settle_estimate = Decimal(f"{self._mean(index):.8f}")
