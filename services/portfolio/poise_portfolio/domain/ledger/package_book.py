"""All packages, what their assets have earned, what they left behind, and the coins that they were settled in."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.execution import (
    FundingPaid,
    LegFilled,
    LongLegPassedOn,
    OrderSent,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
    PackageQuantities,
)
from poise_common.contracts.packages import LegRole, PackageAction, PackageState
from poise_common.contracts.state import TrackRecord
from poise_portfolio.domain.ledger.coins import SettledCoin
from poise_portfolio.domain.ledger.markets import market_of
from poise_portfolio.domain.ledger.packages import (
    FINAL_STATES,
    AssetTotals,
    Dust,
    Leg,
    Package,
    quantity_left,
    slippage_usd,
)
from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.ledger.track_records import Tally, counted
from poise_portfolio.domain.worth.marks import PriceOf

Outcome = PackageOpened | PackageClosed | PackageClosedPartly | PackageAborted | PackageHalted
Change = Package | AssetTotals | Dust | SettledCoin

_STATE_AFTER: Mapping[type[Outcome], PackageState] = {
    PackageOpened: PackageState.OPEN,
    PackageClosedPartly: PackageState.OPEN,
    PackageClosed: PackageState.CLOSED,
    PackageAborted: PackageState.ABORTED,
    PackageHalted: PackageState.HALTED,
}
_STATE_UNDER_WAY = {PackageAction.OPEN: PackageState.OPENING, PackageAction.CLOSE: PackageState.CLOSING}


class PackageEndedError(ValueError):
    """A fill came for a package that ended too long ago to be opened up again."""

    def __init__(self, package_id: UUID) -> None:
        super().__init__(f"package {package_id} has ended and is no longer at hand; its fill is not booked")
        self.package_id = package_id


class PackageBook:
    """Packages by id, totals by asset, dust by instrument, settled coins by venue."""

    def __init__(
        self,
        packages: Iterable[Package],
        ended: Iterable[UUID],
        totals: Iterable[AssetTotals],
        dust: Iterable[Dust],
        coins: Iterable[SettledCoin],
        *,
        tallies: Iterable[Tally],
    ) -> None:
        """`tallies` are of what ended too long ago to be among `packages`."""
        self._packages = {package.package_id: package for package in packages}
        self._ended = set(ended)
        self._totals = {asset.asset: asset for asset in totals}
        self._dust = {(rest.venue, rest.symbol): rest for rest in dust}
        self._coins = {(coin.venue, coin.currency): coin for coin in coins}
        self._tallies = {tally.strategy: tally for tally in tallies}
        self._tiers: Mapping[str, int] = {}

    @property
    def held(self) -> list[Package]:
        """Packages that hold something to be traded, oldest first."""
        held = [package for package in self._packages.values() if package.holds_something]
        return sorted(held, key=lambda package: (package.opened_at, package.package_id))

    @property
    def totals(self) -> Mapping[str, AssetTotals]:
        return self._totals

    @property
    def dust(self) -> list[Dust]:
        return [rest for rest in self._dust.values() if rest.position.quantity]

    @property
    def coins(self) -> list[SettledCoin]:
        return [coin for coin in self._coins.values() if coin.position.quantity]

    @property
    def track_records(self) -> tuple[TrackRecord, ...]:
        """What each strategy's settled packages came to; of the last ones a late payment may still change it."""
        tallies = counted(self._tallies, self._packages.values())
        return tuple(tallies[strategy].record() for strategy in sorted(tallies))

    def package(self, package_id: UUID) -> Package | None:
        return self._packages.get(package_id)

    def take_tiers(self, tiers: Mapping[str, int]) -> None:
        """Learn which tier each asset is in; packages keep the tier they were opened in."""
        self._tiers = tiers

    def sent(self, order: OrderSent) -> list[Change]:
        """Note that an approval is being carried out, and in which instrument its leg will be."""
        if order.package_id in self._ended:
            return []
        rolls_out = order.rolls and order.action is PackageAction.CLOSE
        state = PackageState.ROLLING if rolls_out else _STATE_UNDER_WAY[order.action]
        before = self._packages.get(order.package_id)
        if before is not None and (before.is_final or order.approval_id in before.settled_approvals):
            return []
        package = before or self._new(order.package_id, market_of(order.symbol).base, state, order.sent_at)
        package = package.sent(Leg(order.role, order.venue, order.symbol), state, order.hedge_ratio)
        return [] if package == before else [self._keep(package)]

    def filled(self, fill: LegFilled, net_quantity: Decimal, fee_usd: Decimal) -> tuple[list[Change], Decimal]:
        """Book a fill on its package and asset; return what changed and the P&L it realised, in USD."""
        before = self._packages.get(fill.package_id) or self._new(
            fill.package_id, fill.asset, _STATE_UNDER_WAY[fill.action], fill.filled_at
        )
        package = before.filled(fill, net_quantity, fee_usd)
        realised_pnl = package.realised_pnl_usd - before.realised_pnl_usd
        market = market_of(fill.symbol)
        totals = self._total(market.base)
        self._totals[market.base] = replace(
            totals,
            realised_pnl_usd=totals.realised_pnl_usd + realised_pnl,
            fees_usd=totals.fees_usd + fee_usd,
            slippage_usd=totals.slippage_usd + slippage_usd(fill),
        )
        changes: list[Change] = [self._keep(package)]
        if package.is_final:
            changes += self._sweep(package)
        changes += self._settle(fill, realised_pnl, fill.price)
        if market.is_inverse and fill.fee_currency == market.settle:
            changes += self._take_coins(fill.venue, market.settle, -fill.fee, fill.price)
        return [*changes, self._totals[market.base]], realised_pnl

    def passed_on(self, news: LongLegPassedOn) -> list[Change]:
        """Move some of a long leg from a package to its successor; nothing if that was booked before.

        Raises PackageEndedError where the package is no longer at hand.
        """
        package, successor = self._packages.get(news.from_package_id), self._packages.get(news.to_package_id)
        if package is None:
            raise PackageEndedError(news.from_package_id)
        if successor is None:
            successor = self._new(news.to_package_id, news.asset, PackageState.OPENING, news.passed_at)
        if successor.rolled_from == package.package_id:
            return []
        leg = Leg(LegRole.LONG, news.venue, news.symbol)
        after = package.passed_on(news.quantity, news.price)
        return [
            self._keep(after),
            self._keep(successor.taken_over(leg, news.quantity, news.price, package.package_id)),
            self._earn(leg.asset, after.realised_pnl_usd - package.realised_pnl_usd),
        ]

    def settled(self, outcome: Outcome) -> list[Change]:
        """Take the outcome of an approval; what a package that ends still holds becomes dust."""
        package = self._packages.get(outcome.package_id)
        state = _STATE_AFTER[type(outcome)]
        told_at = outcome.hops[-1].at
        if package is None or not package.may_settle(outcome.approval_id, state, told_at):
            return []
        named = replace(package, strategy=outcome.strategy, asset=outcome.asset)
        changes: list[Change] = [self._keep(named.settled(outcome.approval_id, state, told_at))]
        if state in FINAL_STATES:
            changes += self._sweep(self._packages[outcome.package_id])
        return changes

    def lost(self, packages: Iterable[PackageQuantities], price_of: PriceOf, at: datetime) -> list[Change]:
        """Leave packages what they are said to have left; the rest is given up at its price."""
        changes: list[Change] = []
        for left in packages:
            before = self._packages.get(left.package_id)
            if before is None:
                continue
            package = before.reduced(left, price_of, at)
            changes.append(self._keep(package))
            for leg in before.legs:
                price = price_of(leg.venue, leg.symbol)
                realised_pnl = leg.left_with(quantity_left(left, leg.role), price)[1]
                changes += [self._earn(leg.asset, realised_pnl), *self._settle(leg, realised_pnl, price)]
        return changes

    def paid(self, payment: FundingPaid, amount_usd: Decimal) -> tuple[list[Change], dict[UUID, Decimal]]:
        """Share a funding payment among the packages that held its symbol, by what each held.

        Where none is known to have held it, the payment counts for its asset alone.
        """
        totals = self._total(payment.asset)
        self._totals[payment.asset] = replace(totals, funding_usd=totals.funding_usd + amount_usd)
        changes: list[Change] = [self._totals[payment.asset]]
        shares = self._shares(payment, amount_usd)
        for package_id, share_usd in shares.items():
            package = self._packages[package_id]
            changes.append(self._keep(replace(package, funding_usd=package.funding_usd + share_usd)))
        if payment.amount and market_of(payment.symbol).is_inverse:
            changes += self._take_coins(payment.venue, payment.currency, payment.amount, amount_usd / payment.amount)
        return changes, shares

    def forget_closed_before(self, time: datetime) -> None:
        """Let go of ended packages that no late payment can concern any more; their rows stay."""
        ended = [key for key, package in self._packages.items() if package.closed_at and package.closed_at < time]
        self._tallies = counted(self._tallies, [self._packages.pop(key) for key in ended])
        self._ended.update(ended)

    def _new(self, package_id: UUID, asset: str, state: PackageState, at: datetime) -> Package:
        if package_id in self._ended:
            raise PackageEndedError(package_id)
        return Package(package_id, None, asset, state, at)

    def _keep(self, package: Package) -> Package:
        before = self._packages.get(package.package_id)
        if package.tier is None or (before is not None and before.assets < package.assets):
            package = replace(package, tier=self._tier(package))
        self._packages[package.package_id] = package
        return package

    def _tier(self, package: Package) -> int | None:
        """Return the tier of the assets that a package is of: the lowest of them, None where one is in none."""
        tiers = [self._tiers.get(asset) for asset in package.assets]
        known = [tier for tier in tiers if tier is not None]
        return max(known) if known and len(known) == len(tiers) else None

    def _total(self, asset: str) -> AssetTotals:
        return self._totals.get(asset) or AssetTotals(asset)

    def _shares(self, payment: FundingPaid, amount_usd: Decimal) -> dict[UUID, Decimal]:
        weights = {
            package.package_id: weight
            for package in self._packages.values()
            if (weight := package.funding_weight(payment.venue, payment.symbol, payment.paid_at))
        }
        if not weights:
            return {}
        total = sum(weights.values(), ZERO)
        *others, last = weights
        shares = {package_id: amount_usd * weights[package_id] / total for package_id in others}
        return {**shares, last: amount_usd - sum(shares.values(), ZERO)}

    def _earn(self, asset: str, realised_pnl: Decimal) -> AssetTotals:
        totals = self._total(asset)
        self._totals[asset] = replace(totals, realised_pnl_usd=totals.realised_pnl_usd + realised_pnl)
        return self._totals[asset]

    def _settle(self, traded: Leg | LegFilled, realised_pnl: Decimal, price: Decimal) -> list[Change]:
        """Keep what an inverse contract has realised in its coin; P&L and price in quote, which is 0 where unknown."""
        market = market_of(traded.symbol)
        if not market.is_inverse or not price:
            return []
        return self._take_coins(traded.venue, market.settle, realised_pnl / price, price)

    def _take_coins(self, venue: str, currency: str, amount: Decimal, price: Decimal) -> list[Change]:
        """Keep a coin at what it is worth now: that much was booked as a result."""
        if not amount:
            return []
        coin = self._coins.get((venue, currency)) or SettledCoin(venue, currency)
        self._coins[venue, currency], realised_pnl = coin.settled(amount, price)
        return [self._coins[venue, currency], self._earn(currency, realised_pnl)]

    def _sweep(self, package: Package) -> list[Change]:
        package, remainders = package.swept()
        if not remainders:
            return []
        changes: list[Change] = [self._keep(package)]
        for leg in remainders:
            key = (leg.venue, leg.symbol)
            dust = self._dust.get(key) or Dust(leg.venue, leg.symbol, leg.asset)
            price = leg.position.entry_price
            position, realised_pnl = market_of(leg.symbol).trade(dust.position, leg.position.quantity, price)
            self._dust[key] = replace(dust, position=position)
            changes += [self._dust[key], self._earn(leg.asset, realised_pnl)]
            changes += self._settle(leg, realised_pnl, price)
        return changes
