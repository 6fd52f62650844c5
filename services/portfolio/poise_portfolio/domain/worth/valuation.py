"""What the desk is worth at a moment, from the ledger, the packages and the marks."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from poise_common.contracts.state import HeldLeg, HeldPackage, ResultSplit, VenueAccount
from poise_portfolio.domain.ledger.accounts import Ledger
from poise_portfolio.domain.ledger.coins import SettledCoin
from poise_portfolio.domain.ledger.markets import is_inverse, market_of
from poise_portfolio.domain.ledger.package_book import PackageBook
from poise_portfolio.domain.ledger.packages import AssetTotals, Leg, Package
from poise_portfolio.domain.ledger.positions import FLAT, ZERO, Position
from poise_portfolio.domain.worth.marks import Marks
from poise_portfolio.domain.worth.results import result_of
from poise_portfolio.domain.worth.sensitivities import Holding, Sensitivity, gamma_usd, sensitivities


@dataclass(frozen=True)
class Valuation:
    """Everything marked at one time. A currency or an instrument that nothing prices counts as nothing."""

    ledger: Ledger
    book: PackageBook
    marks: Marks
    now: datetime

    @cached_property
    def equity_usd(self) -> Decimal:
        """Cash and marked positions of all venues."""
        return sum((account.equity_usd for account in self.accounts), ZERO)

    @cached_property
    def accounts(self) -> tuple[VenueAccount, ...]:
        return tuple(self._account(venue) for venue in sorted(self.ledger.accounts))

    @cached_property
    def packages(self) -> tuple[HeldPackage, ...]:
        return tuple(self._package(package) for package in self.book.held)

    @cached_property
    def unrealised_pnl_usd(self) -> dict[str, Decimal]:
        """By asset: held packages, dust and settled coins."""
        unrealised: dict[str, Decimal] = {}
        for holding in self._holdings:
            unrealised[holding.asset] = unrealised.get(holding.asset, ZERO) + holding.unrealised_pnl_usd
        return unrealised

    @cached_property
    def sensitivities(self) -> dict[str, Sensitivity]:
        """By asset: over held packages, dust and settled coins."""
        return sensitivities(self._holdings)

    @cached_property
    def asset_results(self) -> dict[str, ResultSplit]:
        """By asset: all that was ever earned, realised or not."""
        totals, unrealised = self.book.totals, self.unrealised_pnl_usd
        return {
            asset: result_of(totals.get(asset, AssetTotals(asset)), unrealised.get(asset, ZERO))
            for asset in sorted(totals.keys() | unrealised.keys())
        }

    @cached_property
    def asset_pnl_usd(self) -> dict[str, Decimal]:
        """By asset: all that was ever earned, as one sum."""
        return {asset: result.net_usd for asset, result in self.asset_results.items()}

    @cached_property
    def _holdings(self) -> tuple[Holding, ...]:
        legs = (leg for package in self.book.held for leg in package.legs)
        return (
            *(self._holding(leg.asset, leg.venue, leg.symbol, leg.position) for leg in legs),
            *(self._holding(rest.asset, rest.venue, rest.symbol, rest.position) for rest in self.book.dust),
            *(self._coins(coin) for coin in self.book.coins),
        )

    def _holding(self, asset: str, venue: str, symbol: str, position: Position) -> Holding:
        mark, unrealised_pnl_usd = self._mark(venue, symbol, position), self._unrealised(venue, symbol, position)
        return Holding(asset, position.quantity, mark, unrealised_pnl_usd, gamma_usd(symbol, position))

    def _coins(self, coin: SettledCoin) -> Holding:
        """Price a coin as the account that holds it is priced."""
        price = self.marks.of_currency(coin.venue, coin.currency, self.now) or ZERO
        return Holding(coin.currency, coin.position.quantity, price, coin.position.unrealised_pnl(price))

    def _mark(self, venue: str, symbol: str, position: Position) -> Decimal:
        mark = self.marks.of(venue, symbol, self.now)
        return position.entry_price if mark is None else mark

    def _unrealised(self, venue: str, symbol: str, position: Position) -> Decimal:
        """Value a position at its mark; what an inverse contract has made of its coin, at the price of the coin."""
        mark = self._mark(venue, symbol, position)
        in_quote = position.unrealised_pnl(mark)
        if not in_quote or not is_inverse(symbol):
            return in_quote
        coin_price = self.marks.of_currency(venue, market_of(symbol).settle, self.now)
        return in_quote if coin_price is None else in_quote * coin_price / mark

    def _account(self, venue: str) -> VenueAccount:
        account = self.ledger.accounts[venue]
        cash = [(currency, total) for (of, _, currency), total in self.ledger.cash.items() if of == venue and total]
        equity_usd = sum(
            (total * (self.marks.of_currency(venue, currency, self.now) or ZERO) for currency, total in cash), ZERO
        )
        equity_usd += sum(
            (
                self._unrealised(venue, symbol, position)
                for (of, symbol), position in self.ledger.positions.items()
                if of == venue
            ),
            ZERO,
        )
        stablecoins: dict[str, Decimal] = {}
        for currency, total in cash:
            if self.marks.is_stablecoin(currency):
                stablecoins[currency] = stablecoins.get(currency, ZERO) + total
        return VenueAccount(
            venue=venue,
            equity_usd=equity_usd,
            stablecoins_usd=stablecoins,
            margin_balance_usd=account.margin_balance_usd,
            initial_margin_usd=account.initial_margin_usd,
            maintenance_margin_usd=account.maintenance_margin_usd,
            ledger_residual_usd=account.residual_usd,
        )

    def _package(self, package: Package) -> HeldPackage:
        long_leg, short_leg = _both_legs(package)
        long_usd, short_usd = self._notional_usd(long_leg), self._notional_usd(short_leg)
        legs = ((leg.venue, leg.symbol, leg.position) for leg in package.legs)
        unrealised_pnl_usd = sum((self._unrealised(*leg) for leg in legs), ZERO)
        return HeldPackage(
            package_id=package.package_id,
            strategy=package.strategy or "",
            asset=package.asset,
            tier=package.tier,
            state=package.state,
            long_leg=self._held_leg(long_leg),
            short_leg=self._held_leg(short_leg),
            hedge_ratio=package.hedge_ratio,
            exposure_usd=max(abs(long_usd), abs(short_usd)),
            residual_delta_usd=self._residual_delta_usd(package),
            unrealised_pnl_usd=unrealised_pnl_usd,
            funding_usd=package.funding_usd,
            fees_usd=package.fees_usd,
            result=result_of(package, unrealised_pnl_usd),
            opened_at=package.opened_at,
        )

    def _residual_delta_usd(self, package: Package) -> Decimal:
        long_leg, short_leg = package.long_leg, package.short_leg
        if long_leg is None or short_leg is None:
            return sum(map(self._notional_usd, package.legs), ZERO)
        long_mark, short_mark = (self._mark(leg.venue, leg.symbol, leg.position) for leg in (long_leg, short_leg))
        held = long_leg.position.quantity, -short_leg.position.quantity
        return package.hedge.residual_usd(*held, (long_mark, short_mark))

    def _notional_usd(self, leg: Leg) -> Decimal:
        return leg.position.quantity * self._mark(leg.venue, leg.symbol, leg.position)

    def _held_leg(self, leg: Leg) -> HeldLeg:
        return HeldLeg(
            venue=leg.venue,
            symbol=leg.symbol,
            quantity=leg.position.quantity,
            gamma_usd=gamma_usd(leg.symbol, leg.position),
            entry_price=leg.position.entry_price,
            mark_price=self.marks.of(leg.venue, leg.symbol, self.now),
        )


def _both_legs(package: Package) -> tuple[Leg, Leg]:
    """Return both legs of a package that has one at least; one that nothing was told of holds nothing."""
    known = package.legs[0]
    unfilled = replace(known, position=FLAT)
    return package.long_leg or unfilled, package.short_leg or unfilled
