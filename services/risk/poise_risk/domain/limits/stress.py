"""Cross-collateral: what happens to an account's margin if one asset moves with all else still."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
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

    def __str__(self) -> str:
        return f"{self.asset} {float(self.move * 100):+g} % on {self.venue}"


def stressed(account: MarginAccount, asset: str, move: Decimal, *, as_collateral: bool) -> StressedMargin:
    """Return an account's margin after an asset has moved by a fraction, all else still.

    Each position gains or loses its notional times the move, and its maintenance moves with its notional. Of an asset
    that is collateral the whole balance moves too: reports don't say how much of it is in which coin.
    """
    derivatives = account.by_asset.get(asset, AssetDerivatives())
    collateral_usd = account.margin_balance_usd if as_collateral else _NOTHING
    return StressedMargin(
        venue=account.venue,
        asset=asset,
        move=move,
        balance_usd=account.margin_balance_usd + derivatives.gained_usd(move) + collateral_usd * move,
        maintenance_usd=account.maintenance_usd + derivatives.maintenance_usd * move,
    )


def stresses(
    account: MarginAccount, move_pct: Decimal, stablecoins: frozenset[str], more_symbols: Iterable[str] = ()
) -> Iterator[StressedMargin]:
    """Return an account's margin after each asset that bears on it has risen, and after it has fallen.

    `more_symbols` are derivatives that are to stand there too.
    """
    symbols = tuple(more_symbols)
    settle_coins = frozenset(map(settle_of, symbols)).union(*(each.settle_coins for each in account.by_asset.values()))
    collateral = settle_coins - stablecoins
    move = of(move_pct, _WHOLE)
    for asset in sorted({*account.by_asset, *map(base_of, symbols), *collateral}):
        for signed in (move, -move):
            yield stressed(account, asset, signed, as_collateral=asset in collateral)


def margin_stress(entry: Entry) -> LimitCheck:
    """Margin balance over maintenance margin after the trade and the worst move of one asset, either way."""
    checks = [
        _check(entry, moved)
        for account in touched_accounts(entry)
        for moved in stresses(
            account,
            entry.limits.stress.move_pct,
            entry.config.stablecoins,
            (leg.intent.symbol for leg in entry.derivatives_on(account.venue)),
        )
    ]
    if not checks:
        return all_or_nothing("margin_stress", passed=True, detail="no derivative in the request")
    worst = min(checks, key=lambda check: (check.passed, check.value is None, check.value or _NOTHING))
    return worst.model_copy(update={"passing_exposure_usd": smallest([each.passing_exposure_usd for each in checks])})


def _check(entry: Entry, before: StressedMargin) -> LimitCheck:
    """Check the least ratio r after the trade: balance - X lost >= r (maintenance + X needed), X being the exposure.

    What the request itself would gain by the move is left out: it is not filled yet, and more would seem better.
    """
    allowed = entry.limits.stress.margin_ratio_min
    lost, needed = _per_usd(entry, before)
    after = before._replace(
        balance_usd=before.balance_usd - lost * entry.exposure_usd,
        maintenance_usd=before.maintenance_usd + needed * entry.exposure_usd,
    )
    return LimitCheck(
        limit="margin_stress",
        value=after.ratio,
        allowed=allowed,
        passed=after.balance_usd >= allowed * after.maintenance_usd,
        passing_exposure_usd=room(before.balance_usd - allowed * before.maintenance_usd, lost + allowed * needed),
        detail=f"at least, {after}",
    )


def _per_usd(entry: Entry, moved: StressedMargin) -> tuple[Decimal, Decimal]:
    """Return what a USD of the request's exposure loses by the move, and the maintenance it needs after it."""
    gained = needed = _NOTHING
    for leg in entry.derivatives_on(moved.venue):
        notional = entry.per_exposure(leg.intent.notional_usd)
        move = moved.move if leg.instrument.base == moved.asset else _NOTHING
        gained += notional * move * leg.intent.side.sign
        needed += notional * (1 + move) * leg.instrument.maintenance_margin_rate
    return max(-gained, _NOTHING), needed
