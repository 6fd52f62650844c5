"""What a closing that risk makes itself is priced by: a fresh book, or the last price that is known."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.state import HeldLeg
from poise_common.domain.instruments import Instrument, Side
from poise_risk.domain.gate.closing import Holding
from poise_risk.domain.knowledge.depth import average_price
from poise_risk.domain.knowledge.desk import Desk
from poise_risk.domain.limits.collar import best_opposite, collared
from poise_risk.domain.rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Reference:
    """A price that a leg could be closed at, and how far from it its order may fill."""

    best: Decimal
    seen_at: datetime
    collar_bps: Decimal
    book: OrderBook | None = None
    """The fresh book it is from; without one there is no telling what depth there is."""

    def expected(self, side: Side, quantity: Decimal) -> Decimal:
        """Return the average price for a quantity; the best price where the depth cannot tell."""
        return self.best if self.book is None else average_price(self.book, side, quantity) or self.best

    def limit(self, side: Side, instrument: Instrument | None) -> Decimal:
        """Return the worst price that a leg's order may fill at."""
        return collared(self.best, side, self.collar_bps, instrument)


class References:
    """Prices closings by what the desk has seen."""

    def __init__(self, desk: Desk, rules: Rulebook) -> None:
        self._desk = desk
        self._rules = rules

    def fresh(self, holding: Holding, side: Side, now: datetime) -> Reference | None:
        """Price a leg by its book; None where there is no fresh one with two sides."""
        book = self._desk.fresh_book(holding.instrument_id, now)
        if book is None:
            return None
        return Reference(best_opposite(book, side), book.venue_time, self._rules.closings.collar_bps, book)

    def last_known(self, holding: Holding, side: Side, tries: int, now: datetime) -> Reference | None:
        """Price a leg by whatever was seen of it last; the collar is wide, and wider with each try in vain.

        Dead feeds are one reason to close everything, so they must not be what keeps it open.
        """
        closings = self._rules.closings
        collar_bps = min(closings.kill_collar_bps * (1 + tries), closings.kill_collar_max_bps)
        book = self._desk.book(holding.instrument_id)
        if book is not None and book.bids and book.asks:
            return Reference(best_opposite(book, side), book.venue_time, collar_bps)
        leg = self._held_leg(holding)
        price = holding.price if leg is None else (leg.mark_price or leg.entry_price)
        return None if price is None or price <= 0 else Reference(price, now, collar_bps)

    def _held_leg(self, holding: Holding) -> HeldLeg | None:
        legs = (leg for package in self._desk.held() for leg in (package.long_leg, package.short_leg))
        wanted = holding.instrument_id
        return next((leg for leg in legs if (leg.venue, leg.symbol) == (wanted.venue, wanted.symbol)), None)
