"""A candidate as the market stands at one moment: what entries and exits are decided on."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.legs import Legs, LegTerms, ordered_legs
from poise_common.contracts.packages import PackageAction
from poise_common.domain.hedged_quantities import LegQuantities
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.strategy.candidates import Candidate
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, Strategy, Unpriced


class Prospect(NamedTuple):
    strategy: Strategy
    candidate: Candidate
    market: MarketView
    now: datetime

    def entry(self, notional_usd: float) -> Edge | Unpriced:
        """Price entering a notional."""
        return self.strategy.entry(self.candidate, self.market, notional_usd, self.now)

    def exit(self, held: Held) -> EdgeLeft | Unpriced:
        """Price leaving what is held."""
        return self.strategy.exit(self.candidate, self.market, held, self.now)

    def orders(
        self, action: PackageAction, quantities: LegQuantities, priced: Edge | EdgeLeft, collar_bps: Decimal
    ) -> Legs | str:
        """Return both legs' orders around the prices that were decided on, or why a venue would not take one."""
        candidate, market = self.candidate, self.market
        long_time, short_time = market.book_time(candidate.long_id), market.book_time(candidate.short_id)
        return ordered_legs(
            action,
            LegTerms(candidate.long_instrument, quantities.long, priced.long_price, long_time),
            LegTerms(candidate.short_instrument, quantities.short, priced.short_price, short_time),
            collar_bps,
        )
