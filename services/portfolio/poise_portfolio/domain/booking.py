"""Booking what happened: the ledger and the packages take each fill and payment together, and once."""

from datetime import datetime
from decimal import Decimal

from poise_common.contracts.execution import FundingPaid, LegFilled
from poise_portfolio.domain.ledger import Ledger
from poise_portfolio.domain.markets import UnsupportedMarketError, market_of
from poise_portfolio.domain.marks import Marks
from poise_portfolio.domain.package_book import PackageBook
from poise_portfolio.domain.packages import slippage_usd
from poise_portfolio.domain.positions import ZERO
from poise_portfolio.domain.records import BookedFill, BookedFunding, Books


class Bookings:
    """The ledger and the package book, kept in step."""

    def __init__(self, books: Books, marks: Marks) -> None:
        self.ledger = Ledger(books)
        self.packages = PackageBook(books.packages, books.ended_packages, books.totals, books.dust)
        self._marks = marks
        for (venue, symbol), price in books.traded_prices.items():
            marks.take_trade(venue, symbol, price)

    def fill(self, fill: LegFilled, now: datetime) -> list[object]:
        """Book a fill; return what changed, nothing if it was counted before.

        Raises UnsupportedMarketError, PackageEndedError or LegMismatchError before anything changes.
        """
        if self.ledger.has_counted_fill(fill):
            return []
        market = market_of(fill.symbol)
        if not self._marks.is_stablecoin(market.quote):
            raise UnsupportedMarketError(fill.symbol, f"{market.quote} is none of the configured USD stablecoins")
        taken_from_quantity = fill.fee if market.is_spot and fill.fee_currency == market.base else ZERO
        net_quantity = fill.side.sign * fill.quantity - taken_from_quantity
        fee_usd = fill.fee * self._fee_price(fill, market.base, now)
        package_changes, realised_pnl = self.packages.filled(fill, net_quantity, fee_usd)
        self._marks.take_trade(fill.venue, fill.symbol, fill.price)
        booked = BookedFill(fill, fee_usd, realised_pnl, slippage_usd(fill))
        return [*package_changes, booked, *self.ledger.fill(fill)]

    def pay(self, payment: FundingPaid, now: datetime) -> list[object]:
        """Book a funding payment; return what changed, nothing if it was counted before."""
        if self.ledger.has_counted_payment(payment):
            return []
        price = self._marks.of_currency(payment.venue, payment.currency, now) or ZERO
        amount_usd = payment.amount * price
        package_changes, shares = self.packages.paid(payment, amount_usd)
        return [*package_changes, BookedFunding(payment, amount_usd, shares), *self.ledger.pay(payment)]

    def is_all_marked(self) -> bool:
        """Say whether every instrument and currency that is held has been priced by its market since the start."""
        legs = [(leg.venue, leg.symbol) for package in self.packages.held for leg in package.legs]
        positions = [key for key, position in self.ledger.positions.items() if position.quantity]
        return all(self._marks.has_market(venue, symbol) for venue, symbol in {*legs, *positions})

    def _fee_price(self, fill: LegFilled, base: str, now: datetime) -> Decimal:
        if fill.fee_currency == base:
            return fill.price
        return self._marks.of_currency(fill.venue, fill.fee_currency, now) or ZERO
