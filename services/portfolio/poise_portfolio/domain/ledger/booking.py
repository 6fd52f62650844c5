"""Booking what happened: the ledger and the packages take each fill and payment together, and once."""

from datetime import datetime
from decimal import Decimal

from poise_common.contracts.execution import (
    ContractSettled,
    Difference,
    DifferenceAcknowledged,
    DifferenceKind,
    FundingPaid,
    LegFilled,
)
from poise_portfolio.domain.ledger.accounts import Ledger
from poise_portfolio.domain.ledger.external import NOTHING_EXTERNAL, External, external_of
from poise_portfolio.domain.ledger.markets import UnsupportedMarketError, is_inverse, market_of
from poise_portfolio.domain.ledger.package_book import PackageBook
from poise_portfolio.domain.ledger.packages import slippage_usd
from poise_portfolio.domain.ledger.positions import FLAT, ZERO
from poise_portfolio.domain.records import Account, Acknowledged, BookedFill, BookedFunding, Books
from poise_portfolio.domain.worth.marks import Marks


class Bookings:
    """The ledger and the package book, kept in step."""

    def __init__(self, books: Books, marks: Marks) -> None:
        self.ledger = Ledger(books)
        self.packages = PackageBook(
            books.packages, books.ended_packages, books.totals, books.dust, books.coins, tallies=books.tallies
        )
        self.external = books.external
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
        if not self._marks.is_quoted_in_usd(fill.symbol):
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

    def settle(self, settled: ContractSettled, now: datetime) -> list[object]:
        """Book the settlement of an expired contract; return what changed, nothing where none of it is held."""
        key = (settled.venue, settled.symbol)
        if not self.ledger.positions.get(key, FLAT).quantity:
            return []

        def price_of(venue: str, symbol: str) -> Decimal:
            return settled.price if (venue, symbol) == key else self._price(venue, symbol, now)

        package_changes = self.packages.lost(settled.packages, price_of, settled.settled_at)
        return [*package_changes, *self.ledger.settle(settled)]

    def acknowledge(
        self, news: DifferenceAcknowledged, trifle_usd: Decimal, now: datetime
    ) -> tuple[list[object], External]:
        """Let ledger and packages follow what the operator took as it is; nothing if that was booked before."""
        if self.ledger.has_acknowledged(news):
            return [], NOTHING_EXTERNAL
        external = external_of((self._worth_usd(news.venue, line, now) for line in news.differences), trifle_usd)
        self.external += external

        def price_of(venue: str, symbol: str) -> Decimal:
            return self._price(venue, symbol, now)

        # A package's legs are priced before the ledger's positions change: what is gone is worth what it was.
        package_changes = self.packages.lost(news.packages, price_of, news.acknowledged_at)
        ledger_changes = self.ledger.acknowledge(news, price_of)
        return [*package_changes, Acknowledged(news, external), *ledger_changes], external

    def brought(self, venue: str, brought_usd: Decimal) -> Account:
        """Note what an account has brought to a desk that was measured before."""
        self.external += External(transfer_usd=brought_usd)
        return self.ledger.brought(venue, brought_usd)

    def is_all_marked(self) -> bool:
        """Say whether every instrument and currency that is held has been priced by its market since the start."""
        legs = [(leg.venue, leg.symbol) for package in self.packages.held for leg in package.legs]
        positions = [key for key, position in self.ledger.positions.items() if position.quantity]
        return all(self._marks.has_market(venue, symbol) for venue, symbol in {*legs, *positions})

    def _worth_usd(self, venue: str, line: Difference, now: datetime) -> Decimal:
        amount = line.actual - line.expected
        match line.kind:
            case DifferenceKind.BALANCE:
                return amount * (self._marks.of_currency(venue, line.name, now) or ZERO)
            case DifferenceKind.POSITION:
                return self._position_worth_usd(venue, line.name, amount, now)
            case DifferenceKind.ORDER:
                return ZERO

    def _position_worth_usd(self, venue: str, symbol: str, quantity: Decimal, now: datetime) -> Decimal:
        """Price a change of position, its wallet counted less what positions cost.

        An inverse contract's base units are in that count of the wallet; what is left of it is the face it owes.
        """
        price = self._price(venue, symbol, now)
        if not is_inverse(symbol):
            return quantity * price
        before = self.ledger.positions.get((venue, symbol), FLAT)
        after, _ = before.traded(quantity, price)
        coin_price = self._marks.of_currency(venue, market_of(symbol).settle, now)
        return (before.cost - after.cost) * (coin_price or price) / price if price else ZERO

    def _price(self, venue: str, symbol: str, now: datetime) -> Decimal:
        """Price an instrument by its market, else by what is held of it."""
        mark = self._marks.of(venue, symbol, now)
        return self.ledger.positions.get((venue, symbol), FLAT).entry_price if mark is None else mark

    def _fee_price(self, fill: LegFilled, base: str, now: datetime) -> Decimal:
        if fill.fee_currency == base:
            return fill.price
        return self._marks.of_currency(fill.venue, fill.fee_currency, now) or ZERO
