"""What trades are priced on: the newest books, and the rules of what the universe lists."""

from datetime import datetime, timedelta

from poise_common.contracts.market_data import OrderBook, UniverseAsset
from poise_common.domain.instruments import Instrument, InstrumentId
from poise_portfolio.domain.desk_view import DeskView


class Markets:
    """The markets as of the newest message."""

    def __init__(self, view: DeskView, stale_after_s: float) -> None:
        self._view = view
        self._stale_after = timedelta(seconds=stale_after_s)
        self._books: dict[InstrumentId, OrderBook] = {}

    def take_book(self, book: OrderBook) -> None:
        """Keep a book unless a later one is known."""
        instrument = InstrumentId(book.venue, book.symbol)
        known = self._books.get(instrument)
        if known is None or book.received_at >= known.received_at:
            self._books[instrument] = book

    def fresh_book(self, instrument: InstrumentId, now: datetime) -> OrderBook | None:
        """Return an instrument's book with two sides, None where it is missing or old, by arrival or by venue time."""
        book = self._books.get(instrument)
        if book is None or not book.bids or not book.asks:
            return None
        oldest = now - self._stale_after
        return book if min(book.received_at, book.venue_time) >= oldest else None

    def pair(self, asset: str, venue: str) -> UniverseAsset | None:
        """Return what an asset is traded with at a venue."""
        return next((each for each in self._listed() if (each.asset, each.venue) == (asset, venue)), None)

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        """Return the rules of an instrument that an asset is traded with."""
        listed = (one for each in self._listed() for one in each.instruments)
        return next((one for one in listed if one.id == instrument), None)

    def sectors(self) -> dict[str, str]:
        """Return each asset's sector."""
        return {each.asset: each.sector for each in self._listed()}

    def _listed(self) -> tuple[UniverseAsset, ...]:
        return () if self._view.universe is None else self._view.universe.assets
