"""What entering and leaving two legs of one asset costs on the books as they stand: the same for all carry."""

from datetime import datetime
from typing import NamedTuple

from poise_common.domain.net_yield import ExitPremium, entry_yield, exit_premium
from poise_common.domain.order_books import InsufficientDepth
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.market.volatility import safety_buffer
from poise_signals.domain.parameters import SafetyBufferParameters
from poise_signals.domain.strategy.candidates import Candidate
from poise_signals.domain.strategy.protocol import Frictions, Held, Unpriced


class PricedEntry(NamedTuple):
    """Entering a notional; yields as fractions of it."""

    long_price: float
    short_price: float
    basis: float
    net_yield: float
    frictions: Frictions


def price_entry(
    candidate: Candidate, market: MarketView, notional_usd: float, buffer: SafetyBufferParameters, now: datetime
) -> PricedEntry | Unpriced:
    """Price a purchase of the long leg against a sale of the short one, or say why there is no number."""
    books = market.fresh_books(candidate.long_id, candidate.short_id, now)
    if isinstance(books, str):
        return Unpriced(books)
    kept_back = safety_buffer(market.volatility_bps(candidate.long_id), buffer)
    priced = entry_yield(books.long.asks, books.short.bids, notional_usd, candidate.fees.total, kept_back)
    if isinstance(priced, InsufficientDepth):
        return Unpriced(f"insufficient depth: {priced.available_usd:.0f} of {priced.wanted_usd:.0f} USD")
    return PricedEntry(*priced, Frictions(candidate.fees.total, books.middle_basis - priced.basis, kept_back))


def price_exit(candidate: Candidate, market: MarketView, held: Held, now: datetime) -> ExitPremium | Unpriced:
    """Price a sale of what is held of the long leg against a purchase of the short one."""
    books = market.fresh_books(candidate.long_id, candidate.short_id, now)
    if isinstance(books, str):
        return Unpriced(books)
    priced = exit_premium(books.long.bids, books.short.asks, min(held.long_quantity, held.short_quantity))
    return Unpriced("insufficient depth: a side of the exit is empty") if priced is None else priced
