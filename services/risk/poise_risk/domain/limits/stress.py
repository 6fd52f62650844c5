"""Cross-collateral: what happens to an account's margin if one asset moves with all else still."""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import AddedDerivatives, Entry
from poise_risk.domain.knowledge.derivatives import AssetDerivatives
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.knowledge.symbols import settle_of
from poise_risk.domain.limits.check import all_or_nothing, room, smallest
from poise_risk.domain.rules.profiles import of

_NOTHING = Decimal(0)
_WHOLE = Decimal(1)
_NO_DERIVATIVES = AssetDerivatives()


class StressedMargin(NamedTuple):
    """An account's margin after one asset has moved."""

    venue: str
    asset: str
    move: Decimal
    """As a fraction, below zero for a fall."""
    balance_usd: Decimal
    maintenance_usd: Decimal

    @property
    def ratio(self) -> Decimal | None:
        """Balance over maintenance; None where nothing needs maintenance."""
        return self.balance_usd / self.maintenance_usd if self.maintenance_usd > 0 else None

    def beyond_usd(self, ratio_min: Decimal) -> Decimal:
        """Return what the balance has beyond so many times the maintenance; below zero where that is not covered."""
        return self.balance_usd - ratio_min * self.maintenance_usd

    def __str__(self) -> str:
        return f"{self.asset} {float(self.move * 100):+g} % on {self.venue}"


def stressed(account: MarginAccount, asset: str, move: Decimal, *, as_collateral: bool) -> StressedMargin:
    """Return an account's margin after an asset has moved by a fraction, all else still.

    Each position gains or loses its notional times the move, and its maintenance moves with its notional. Of an asset
    that is collateral the whole balance moves too: reports don't say how much of it is in which coin.
    """
    derivatives = account.by_asset.get(asset, _NO_DERIVATIVES)
    collateral_usd = account.margin_balance_usd if as_collateral else _NOTHING
    return StressedMargin(
        venue=account.venue,
        asset=asset,
        move=move,
        balance_usd=account.margin_balance_usd + derivatives.gained_usd(move) + collateral_usd * move,
        maintenance_usd=account.maintenance_usd + derivatives.maintenance_usd * move,
    )


def stresses(account: MarginAccount, move_pct: Decimal, stablecoins: frozenset[str]) -> Iterator[StressedMargin]:
    """Return an account's margin after each asset that bears on it has risen, and after it has fallen."""
    move = of(move_pct, _WHOLE)
    for asset, as_collateral in _bearing(account, account.settle_coins - stablecoins):
        for signed in (move, -move):
            yield stressed(account, asset, signed, as_collateral=as_collateral)


def margin_stress(entry: Entry) -> LimitCheck:
    """Margin balance over maintenance margin after the trade and the worst move of one asset, either way.

    The least ratio r bounds the exposure X: balance - X lost >= r (maintenance + X needed), after the move.
    """
    allowed = entry.limits.stress.margin_ratio_min
    weights = [weight for added in entry.added for weight in _weights(entry, added)]
    if not weights:
        return all_or_nothing("margin_stress", passed=True, detail="no derivative in the request")
    needs = [(weight, weight.before.beyond_usd(allowed), weight.taken_per_usd(allowed)) for weight in weights]
    heaviest, _, _ = min(needs, key=lambda each: each[1] - each[2] * entry.exposure_usd)
    worst = heaviest.after(entry.exposure_usd)
    return LimitCheck(
        limit="margin_stress",
        value=worst.ratio,
        allowed=allowed,
        passed=worst.beyond_usd(allowed) >= 0,
        passing_exposure_usd=smallest([room(beyond_usd, taken_per_usd) for _, beyond_usd, taken_per_usd in needs]),
        detail=f"at least, {worst}",
    )


class _Weight(NamedTuple):
    """What a request weighs in an account after a move, for each USD of its exposure."""

    before: StressedMargin
    lost_per_usd: Decimal
    needed_per_usd: Decimal
    """Maintenance."""

    def taken_per_usd(self, ratio_min: Decimal) -> Decimal:
        """Return what it takes of what the balance has beyond so many times the maintenance."""
        return self.lost_per_usd + ratio_min * self.needed_per_usd

    def after(self, exposure_usd: Decimal) -> StressedMargin:
        """Return the margin after the move with so much exposure."""
        return self.before._replace(
            balance_usd=self.before.balance_usd - self.lost_per_usd * exposure_usd,
            maintenance_usd=self.before.maintenance_usd + self.needed_per_usd * exposure_usd,
        )


def _weights(entry: Entry, added: AddedDerivatives) -> Iterator[_Weight]:
    """Weigh the request under each move that may hurt most.

    What it would gain is left out: it is not filled, and more would seem better.
    """
    account, still = added.account, added.maintenance_per_usd
    move = of(entry.limits.stress.move_pct, _WHOLE)
    legs = [(leg.instrument.base, entry.per_exposure(leg.intent.notional_usd), leg) for leg in added.legs]
    collateral = (
        account.settle_coins.union(settle_of(leg.intent.symbol) for _, _, leg in legs) - entry.config.stablecoins
    )
    own = {base for base, _, _ in legs}
    worst = _worst_of_others(account, own, collateral, move, entry.limits.stress.margin_ratio_min)
    if worst is not None:
        yield _Weight(worst, _NOTHING, still)
    for asset in own:
        of_asset = [(notional, leg) for base, notional, leg in legs if base == asset]
        net = sum((notional * leg.intent.side.sign for notional, leg in of_asset), _NOTHING)
        needed = sum((notional * leg.instrument.maintenance_margin_rate for notional, leg in of_asset), _NOTHING)
        for signed in (move, -move):
            moved = stressed(account, asset, signed, as_collateral=asset in collateral)
            yield _Weight(moved, max(-net * signed, _NOTHING), still + needed * signed)


def _worst_of_others(
    account: MarginAccount, own: Collection[str], collateral: frozenset[str], move: Decimal, ratio_min: Decimal
) -> StressedMargin | None:
    """Return the margin after the worst of the moves of what a request has nothing of: it weighs the same in all.

    By how much a move changes what the account has beyond so many times its maintenance goes with the move's size.
    """
    fall, changes = -move, []
    for asset, as_collateral in _bearing(account, collateral):
        if asset in own:
            continue
        shown_usd, gaining_usd, losing_usd, maintenance_usd, _ = account.by_asset.get(asset, _NO_DERIVATIVES)
        weight_usd = shown_usd - ratio_min * maintenance_usd
        if as_collateral:
            weight_usd += account.margin_balance_usd
        rising_usd, falling_usd = weight_usd - losing_usd, -weight_usd - gaining_usd
        changes.append((rising_usd, asset, move) if rising_usd < falling_usd else (falling_usd, asset, fall))
    if not changes:
        return None
    _, asset, signed = min(changes)
    return stressed(account, asset, signed, as_collateral=asset in collateral)


def _bearing(account: MarginAccount, collateral: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """Return each asset that bears on an account, and whether as collateral."""
    for asset in account.by_asset:
        yield asset, asset in collateral
    for asset in sorted(collateral.difference(account.by_asset)):
        yield asset, True
