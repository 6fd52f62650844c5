"""Cross-collateral: what happens to an account's margin if one asset moves with all else still."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.knowledge.derivatives import AssetDerivatives
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.knowledge.symbols import base_of, settle_of
from poise_risk.domain.limits.check import all_or_nothing, room, smallest
from poise_risk.domain.limits.margin import touched_accounts
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
    for asset, as_collateral in _bearing(account, stablecoins, ()).items():
        for signed in (move, -move):
            yield stressed(account, asset, signed, as_collateral=as_collateral)


def margin_stress(entry: Entry) -> LimitCheck:
    """Margin balance over maintenance margin after the trade and the worst move of one asset, either way.

    The least ratio r bounds the exposure X: balance - X lost >= r (maintenance + X needed), after the move.
    """
    allowed = entry.limits.stress.margin_ratio_min
    weights = [weight for account in touched_accounts(entry) for weight in _weights(entry, account)]
    if not weights:
        return all_or_nothing("margin_stress", passed=True, detail="no derivative in the request")
    exposure_usd = entry.exposure_usd
    worst = min((weight.after(exposure_usd) for weight in weights), key=lambda after: after.beyond_usd(allowed))
    rooms = [
        room(each.before.beyond_usd(allowed), each.lost_per_usd + allowed * each.needed_per_usd) for each in weights
    ]
    return LimitCheck(
        limit="margin_stress",
        value=worst.ratio,
        allowed=allowed,
        passed=worst.beyond_usd(allowed) >= 0,
        passing_exposure_usd=smallest(rooms),
        detail=f"at least, {worst}",
    )


class _Weight(NamedTuple):
    """What a request weighs in an account after a move, for each USD of its exposure."""

    before: StressedMargin
    lost_per_usd: Decimal
    needed_per_usd: Decimal
    """Maintenance."""

    def after(self, exposure_usd: Decimal) -> StressedMargin:
        """Return the margin after the move with so much exposure."""
        return self.before._replace(
            balance_usd=self.before.balance_usd - self.lost_per_usd * exposure_usd,
            maintenance_usd=self.before.maintenance_usd + self.needed_per_usd * exposure_usd,
        )


def _weights(entry: Entry, account: MarginAccount) -> Iterator[_Weight]:
    """Weigh the request under each move that may hurt most.

    What it would gain is left out: it is not filled, and more would seem better.
    """
    move = of(entry.limits.stress.move_pct, _WHOLE)
    legs = [
        (leg.instrument.base, entry.per_exposure(leg.intent.notional_usd), leg)
        for leg in entry.derivatives_on(account.venue)
    ]
    still = sum((notional * leg.instrument.maintenance_margin_rate for _, notional, leg in legs), _NOTHING)
    others = _others(
        account,
        tuple(leg.intent.symbol for _, _, leg in legs),
        entry.config.stablecoins,
        move,
        entry.limits.stress.margin_ratio_min,
    )
    if others.worst is not None:
        yield _Weight(others.worst, _NOTHING, still)
    own = {base for base, _, _ in legs}
    for asset in own:
        for signed in (move, -move):
            moving = [(notional * signed, leg) for base, notional, leg in legs if base == asset]
            gained = sum((usd * leg.intent.side.sign for usd, leg in moving), _NOTHING)
            more = sum((usd * leg.instrument.maintenance_margin_rate for usd, leg in moving), _NOTHING)
            moved = stressed(account, asset, signed, as_collateral=asset in others.collateral)
            yield _Weight(moved, max(-gained, _NOTHING), still + more)


class _Others(NamedTuple):
    """What of an account does not depend on how large a request is."""

    worst: StressedMargin | None
    """After the worst of the moves of assets that the request has nothing of: it weighs the same in all of them."""
    collateral: frozenset[str]


@lru_cache(maxsize=64)
def _others(
    account: MarginAccount, symbols: tuple[str, ...], stablecoins: frozenset[str], move: Decimal, ratio_min: Decimal
) -> _Others:
    """Weigh an account without a request of these derivatives; a smaller size of it has the same answer."""
    bearing = _bearing(account, stablecoins, symbols)
    collateral = frozenset(asset for asset, as_collateral in bearing.items() if as_collateral)
    own = set(map(base_of, symbols))
    changes = [
        change
        for asset, as_collateral in bearing.items()
        if asset not in own
        for change in _changes_usd(account, asset, as_collateral, move, ratio_min)
    ]
    if not changes:
        return _Others(None, collateral)
    _, asset, signed = min(changes)
    return _Others(stressed(account, asset, signed, as_collateral=bearing[asset]), collateral)


def _changes_usd(
    account: MarginAccount, asset: str, as_collateral: bool, move: Decimal, ratio_min: Decimal
) -> Iterator[tuple[Decimal, str, Decimal]]:
    """Return by how much a rise and a fall change what an account has beyond so many times its maintenance."""
    derivatives = account.by_asset.get(asset, _NO_DERIVATIVES)
    weight_usd = derivatives.shown_net_usd - ratio_min * derivatives.maintenance_usd
    if as_collateral:
        weight_usd += account.margin_balance_usd
    yield (weight_usd - derivatives.losing_in_flight_usd) * move, asset, move
    yield (weight_usd + derivatives.gaining_in_flight_usd) * -move, asset, -move


def _bearing(account: MarginAccount, stablecoins: frozenset[str], more_symbols: Iterable[str]) -> dict[str, bool]:
    """Return each asset that bears on an account with derivatives of these symbols too, and whether as collateral."""
    symbols = tuple(more_symbols)
    settle_coins = frozenset(map(settle_of, symbols)).union(*(each.settle_coins for each in account.by_asset.values()))
    collateral = settle_coins - stablecoins
    return {asset: asset in collateral for asset in sorted({*account.by_asset, *map(base_of, symbols), *collateral})}
