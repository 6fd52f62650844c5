"""A candidate as the market stands at one moment: what entries and exits are decided on."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.packages import LegIntent, LegRole, PackageAction
from poise_common.domain.instruments import Side
from poise_signals.domain.candidates import Candidate
from poise_signals.domain.legs import Legs, collared_price, money
from poise_signals.domain.market_view import MarketView
from poise_signals.domain.quantities import LegQuantities, untradable
from poise_signals.domain.strategy import Edge, EdgeLeft, Strategy, Unpriced


class Prospect(NamedTuple):
    strategy: Strategy
    candidate: Candidate
    market: MarketView
    now: datetime

    def entry(self, notional_usd: float) -> Edge | Unpriced:
        """Price entering a notional."""
        return self.strategy.entry(self.candidate, self.market, notional_usd, self.now)

    def exit(self, quantity: Decimal) -> EdgeLeft | Unpriced:
        """Price leaving a quantity in base units."""
        return self.strategy.exit(self.candidate, self.market, float(quantity), self.now)

    def orders(
        self, action: PackageAction, quantities: LegQuantities, priced: Edge | EdgeLeft, collar_bps: Decimal
    ) -> Legs | str:
        """Return both legs' orders around the prices that were decided on, or why a venue would not take one."""
        long_side = Side.BUY if action is PackageAction.OPEN else Side.SELL
        long_leg = self._leg(LegRole.LONG, long_side, quantities.long, priced.long_price, collar_bps)
        if isinstance(long_leg, str):
            return long_leg
        short_leg = self._leg(LegRole.SHORT, long_side.opposite, quantities.short, priced.short_price, collar_bps)
        return short_leg if isinstance(short_leg, str) else Legs(long_leg, short_leg)

    def _leg(
        self, role: LegRole, side: Side, quantity: Decimal, decision_price: float, collar_bps: Decimal
    ) -> LegIntent | str:
        is_long = role is LegRole.LONG
        instrument = self.candidate.long_instrument if is_long else self.candidate.short_instrument
        decided = money(decision_price)
        limit = collared_price(instrument, side, decided, collar_bps)
        refusal = untradable(instrument, quantity, min(decided, limit))
        if refusal is not None:
            return refusal
        return LegIntent(
            role=role,
            venue=instrument.venue,
            symbol=instrument.symbol,
            side=side,
            quantity=quantity,
            decision_price=decided,
            limit_price=limit,
            book_time=self.market.book_time(self.candidate.long_id if is_long else self.candidate.short_id),
        )
