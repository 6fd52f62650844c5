"""Cross-collateral: what happens to an account's margin if one asset moves with all else still."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import AddedDerivatives, Entry
from poise_risk.domain.knowledge.derivatives import AssetDerivatives
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.knowledge.symbols import settle_of
from poise_risk.domain.limits.check import all_or_nothing, room
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
    derivatives = account.derivatives.by_asset.get(asset, _NO_DERIVATIVES)
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
    by_asset, collateral = account.derivatives.by_asset, account.derivatives.settle_coins - stablecoins
    for asset in (*by_asset, *sorted(collateral.difference(by_asset))):
        for signed in (move, -move):
            yield stressed(account, asset, signed, as_collateral=asset in collateral)


def margin_stress(entry: Entry) -> LimitCheck:
    """Margin balance over maintenance margin after the trade and the worst move of one asset, either way.

    The least ratio r bounds the exposure X: balance - X lost >= r (maintenance + X needed), after the move.
    """
    allowed, exposure_usd = entry.limits.stress.margin_ratio_min, entry.exposure_usd
    moves = [move for added in entry.added for move in _moves(entry, added, allowed)]
    if not moves:
        return all_or_nothing("margin_stress", passed=True, detail="no derivative in the request")
    worst = min(moves, key=lambda each: each.beyond_usd - each.taken_per_usd * exposure_usd)
    margin = worst.margin_after(exposure_usd)
    return LimitCheck(
        limit="margin_stress",
        value=margin.ratio,
        allowed=allowed,
        passed=margin.beyond_usd(allowed) >= 0,
        passing_exposure_usd=room(*[(each.beyond_usd, each.taken_per_usd) for each in moves]),
        detail=f"at least, {margin}",
    )


class _Move(NamedTuple):
    """What one asset's move makes of an account, and what each USD of a request's exposure weighs in it then."""

    beyond_usd: Decimal
    """What the balance has beyond so many times the maintenance, before the trade."""
    taken_per_usd: Decimal
    """What the trade takes of that."""
    account: MarginAccount
    asset: str
    move: Decimal
    as_collateral: bool
    lost_per_usd: Decimal
    needed_per_usd: Decimal
    """Maintenance."""

    def margin_after(self, exposure_usd: Decimal) -> StressedMargin:
        """Return the margin after the move with so much exposure."""
        before = stressed(self.account, self.asset, self.move, as_collateral=self.as_collateral)
        return before._replace(
            balance_usd=before.balance_usd - self.lost_per_usd * exposure_usd,
            maintenance_usd=before.maintenance_usd + self.needed_per_usd * exposure_usd,
        )


def _moves(entry: Entry, added: AddedDerivatives, ratio_min: Decimal) -> Iterator[_Move]:
    """Weigh the request under each move that may hurt most.

    What it would gain is left out: it is not filled, and more would seem better.
    """
    account, still, move = added.account, added.maintenance_per_usd, of(entry.limits.stress.move_pct, _WHOLE)
    beyond_usd = account.margin_balance_usd - ratio_min * account.maintenance_usd
    settled_in = account.derivatives.settle_coins.union([settle_of(leg.key.instrument_id.symbol) for leg in added.legs])
    own, collateral = {leg.instrument.base for leg in added.legs}, settled_in - entry.config.stablecoins
    # What the request has nothing of weighs the same whatever moves: of that, only the worst counts.
    worst = account.derivatives.by_asset.least(
        ("worst change", ratio_min), partial(_worst_change, ratio_min), collateral.union(own)
    )
    if worst is not None:
        (change_usd, sign), asset = worst
        after_usd, taken_per_usd = beyond_usd + change_usd * move, ratio_min * still
        yield _Move(after_usd, taken_per_usd, account, asset, sign * move, False, _NOTHING, still)
    for asset in sorted(collateral.union(own)):
        as_collateral = asset in collateral
        of_asset = [leg for leg in added.legs if leg.instrument.base == asset]
        net = sum([leg.net_per_usd for leg in of_asset], _NOTHING)
        needed = sum([leg.maintenance_per_usd for leg in of_asset], _NOTHING)
        collateral_usd = account.margin_balance_usd if as_collateral else _NOTHING
        derivatives = account.derivatives.by_asset.get(asset, _NO_DERIVATIVES)
        for change_usd, sign in _changes(ratio_min, derivatives, collateral_usd):
            signed = sign * move
            lost_per_usd, needed_per_usd = max(-net * signed, _NOTHING), still + needed * signed
            after_usd, taken_per_usd = beyond_usd + change_usd * move, lost_per_usd + ratio_min * needed_per_usd
            yield _Move(after_usd, taken_per_usd, account, asset, signed, as_collateral, lost_per_usd, needed_per_usd)


def _worst_change(ratio_min: Decimal, derivatives: AssetDerivatives) -> tuple[Decimal, int]:
    return min(_changes(ratio_min, derivatives, _NOTHING))


def _changes(
    ratio_min: Decimal, derivatives: AssetDerivatives, collateral_usd: Decimal
) -> tuple[tuple[Decimal, int], tuple[Decimal, int]]:
    """Return what an asset's rise (1) and fall (-1) by its whole price add to what is beyond so many times maintenance.

    A smaller move adds as much less.
    """
    weight_usd = derivatives.shown_net_usd + collateral_usd - ratio_min * derivatives.maintenance_usd
    return (weight_usd - derivatives.losing_in_flight_usd, 1), (-weight_usd - derivatives.gaining_in_flight_usd, -1)
