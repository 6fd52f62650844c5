"""What two assets' perpetuals against each other are worth, net of the costs of both legs."""

from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.domain.instruments import InstrumentKind
from poise_common.domain.net_yield import trade_through
from poise_common.domain.order_books import InsufficientDepth, vwap
from poise_signals.domain.market.books import Book, LegBooks
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.market.volatility import safety_buffer
from poise_signals.domain.parameters import SharedParameters
from poise_signals.domain.strategy.candidates import Candidate
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Frictions, Held, Unpriced

_YEAR = timedelta(days=365)


class Expected(NamedTuple):
    """What a dollar of the long leg against its hedge is expected to earn, and within what time."""

    gain: float
    """Before any cost, as a fraction of the long leg's dollars."""
    short_per_long_usd: float
    """Dollars of the short leg that hedge one of the long leg; > 0."""
    within: timedelta

    @property
    def long_share(self) -> float:
        """The long leg's dollars for each of the package's exposure, which is its larger leg."""
        return 1 / max(1.0, self.short_per_long_usd)

    @property
    def short_share(self) -> float:
        return self.short_per_long_usd * self.long_share


def enter(
    expected: Expected,
    candidate: Candidate,
    market: MarketView,
    notional_usd: float,
    shared: SharedParameters,
    *,
    now: datetime,
    margin_fraction: float,
) -> Edge | Unpriced:
    """Price entering an exposure in USD.

    Net yield = gain × long share − fees of both legs in and out − slippage of both in and out (VWAP bought less VWAP
    sold, over the middle) − safety buffer, each by the leg's share of the exposure. Net APR = (net yield + expected
    funding) × year / time ÷ capital, which is `margin_fraction` of both legs. What the two assets say of each other is
    its reason why not, and its confidence, which may be above 1 until the strategy's own is known.
    """
    books = market.fresh_books(candidate.long_id, candidate.short_id, now)
    if isinstance(books, str):
        return Unpriced(books)
    funding = _funding(expected, candidate, market, shared, now)
    if isinstance(funding, Unpriced):
        return funding
    long = _both_ways(books.long, notional_usd * expected.long_share)
    short = _both_ways(books.short, notional_usd * expected.short_share)
    if isinstance(long, InsufficientDepth):
        return _too_thin(long)
    if isinstance(short, InsufficientDepth):
        return _too_thin(short)
    frictions = Frictions(
        fees=_fees(expected, candidate),
        slippage=long.spread * expected.long_share + short.spread * expected.short_share,
        safety_buffer=safety_buffer(market.volatility_bps(candidate.long_id), shared.costs.safety_buffer),
    )
    gain = expected.gain * expected.long_share
    net_yield = gain - frictions.total
    capital = margin_fraction * (expected.long_share + expected.short_share)
    across = market.cross_asset.signals(candidate.long_instrument.base, candidate.short_instrument.base, now)
    return Edge(
        long_price=long.bought,
        short_price=short.sold,
        basis=gain - frictions.slippage,
        net_yield=net_yield,
        frictions=frictions,
        expected_funding=funding,
        net_apr=(net_yield + funding) * (_YEAR / expected.within) / capital,
        why_not=across.why_not,
        hedge_ratio=expected.short_per_long_usd * books.long.middle / books.short.middle,
        confidence=across.confidence_factor,
    )


def leave(
    expected: Expected, candidate: Candidate, market: MarketView, held: Held, shared: SharedParameters, *, now: datetime
) -> EdgeLeft | Unpriced:
    """Price leaving what is held; the premium is what the gain that is still expected makes of the exposure."""
    books = market.fresh_books(candidate.long_id, candidate.short_id, now)
    if isinstance(books, str):
        return Unpriced(books)
    sold = trade_through(books.long.bids, held.long_quantity)
    bought = trade_through(books.short.asks, held.short_quantity)
    if sold is None or bought is None:
        return Unpriced("insufficient depth: a side of the exit is empty")
    carried_share = min(sold.quantity / held.long_quantity, bought.quantity / held.short_quantity)
    funding = _funding(expected, candidate, market, shared, now)
    return EdgeLeft(
        sold.price,
        bought.price,
        expected.gain * expected.long_share,
        None if isinstance(funding, Unpriced) else funding,
        held.long_quantity * carried_share,
    )


def legs_books(candidate: Candidate, market: MarketView, now: datetime) -> LegBooks | Unpriced:
    """Return fresh books of both legs, or which one can't be decided on."""
    books = market.fresh_books(candidate.long_id, candidate.short_id, now)
    return Unpriced(books) if isinstance(books, str) else books


class _BothWays(NamedTuple):
    bought: float
    sold: float
    spread: float
    """Bought less sold, over the middle."""


def _both_ways(book: Book, notional_usd: float) -> _BothWays | InsufficientDepth:
    bought, sold = vwap(book.asks, notional_usd), vwap(book.bids, notional_usd)
    if isinstance(bought, InsufficientDepth):
        return bought
    if isinstance(sold, InsufficientDepth):
        return sold
    return _BothWays(bought, sold, (bought - sold) / book.middle)


def _too_thin(side: InsufficientDepth) -> Unpriced:
    return Unpriced(f"insufficient depth: {side.available_usd:.0f} of {side.wanted_usd:.0f} USD")


def _fees(expected: Expected, candidate: Candidate) -> float:
    fees = candidate.fees
    return (fees.enter_long + fees.exit_long) * expected.long_share + (
        fees.enter_short + fees.exit_short
    ) * expected.short_share


def _funding(
    expected: Expected, candidate: Candidate, market: MarketView, shared: SharedParameters, now: datetime
) -> float | Unpriced:
    """Return what the short leg receives less what the long one pays, of the exposure, within the time."""
    total = 0.0
    for instrument, share in (
        (candidate.long_instrument, -expected.long_share),
        (candidate.short_instrument, expected.short_share),
    ):
        if instrument.kind is not InstrumentKind.LINEAR_PERPETUAL:
            continue
        outlook = market.fresh_outlook(instrument.id, now)
        if outlook is None:
            return Unpriced(f"funding of {instrument.symbol} is unknown or stale")
        total += share * outlook.expected_over(expected.within, now, shared.funding_forecast.intervals_max)
    return total
