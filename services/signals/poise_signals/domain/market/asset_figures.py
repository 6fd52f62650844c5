"""What an asset's markets stand at, above its spot market by, and pay, for people to see."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from poise_common.contracts.market_data import Universe, UniverseAsset
from poise_common.domain.instruments import Instrument, InstrumentId
from poise_signals.domain.market.books import Book
from poise_signals.domain.market.funding_forecast import FundingOutlook
from poise_signals.domain.market.view import MarketView

_DAY_S = 86_400
_YEAR_S = 365 * _DAY_S


class InstrumentFigures(NamedTuple):
    """A spot market, or a perpetual or dated future against the spot market of its venue; fractions, rates a year."""

    asset: str
    instrument: InstrumentId
    price: float | None
    """The middle of its book, in quote per base; None while it is missing or stale."""
    basis: float | None
    """Of the middles of both books; None of spot, and while either is missing or stale."""
    expires_in_s: float | None
    """None of what does not expire."""
    annualised_basis: float | None
    """Basis × 365 / days to expiry; None of what does not expire."""
    running_funding: float | None
    """The running interval's rate, as if it were paid all year; None of what pays none, and where it is stale."""
    expected_funding: float | None
    """The same of the rate that is expected of the intervals to come."""


def instrument_figures(universe: Universe, market: MarketView, now: datetime) -> Iterator[InstrumentFigures]:
    """Yield the figures of each instrument of the universe."""
    for asset in universe.assets:
        for instrument in asset.instruments:
            yield _figures(asset, instrument, market, now)


def _figures(asset: UniverseAsset, instrument: Instrument, market: MarketView, now: datetime) -> InstrumentFigures:
    price, spot_price = (_middle(market.fresh_book(each.id, now)) for each in (instrument, asset.spot))
    is_hedge = instrument.id != asset.spot.id
    basis = (price - spot_price) / spot_price if is_hedge and price is not None and spot_price is not None else None
    left_s = None if instrument.expires_at is None else (instrument.expires_at - now).total_seconds()
    outlook = market.fresh_outlook(instrument.id, now)
    return InstrumentFigures(
        asset=asset.asset,
        instrument=instrument.id,
        price=price,
        basis=basis,
        expires_in_s=left_s,
        annualised_basis=None if basis is None or left_s is None or left_s <= 0 else basis * _YEAR_S / left_s,
        running_funding=None if outlook is None else _a_year(outlook.running_rate_per_interval, outlook),
        expected_funding=None if outlook is None else _a_year(outlook.expected_rate_per_interval, outlook),
    )


def _middle(book: Book | None) -> float | None:
    return None if book is None or not book.bids or not book.asks else book.middle


def _a_year(rate_per_interval: float, outlook: FundingOutlook) -> float:
    return rate_per_interval * _YEAR_S / outlook.interval_s
