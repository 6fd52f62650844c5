"""The bounds that the desk promises to keep in a crisis, each as one small measure."""

from collections.abc import Callable
from decimal import Decimal

from poise.demo.bound import Bound
from poise.demo.scenarios.aftermath import Aftermath

Rule = Callable[[Aftermath], Bound]

_PORTFOLIO_LOSS_PCT = Decimal(5)
_ASSET_LOSS_PCT = Decimal(3)
_EXIT_SLIPPAGE_BPS = Decimal(50)
"""The price collar: no leg is closed worse, but where everything is."""
_FUNDING_SETTLEMENTS = Decimal(3)
_NET_COST_PCT = Decimal(1)
"""Of the exposure: three settlements, both legs' fees, and what the collar lets the exit cost."""
_UNHEDGED_S = Decimal(10)
_RESIDUAL_CAP_USD = Decimal(50)
"""Up to here a package counts as hedged."""
_NONE = Decimal(0)
_ONE = Decimal(1)


def portfolio_loss(after: Aftermath) -> Bound:
    """Equity may fall by so much of what it was when it struck."""
    return Bound(name="portfolio_loss_pct", value=_rounded(after.course.loss_pct), allowed=_PORTFOLIO_LOSS_PCT)


def no_liquidation(after: Aftermath) -> Bound:
    """The venue never takes a position over."""
    return Bound(name="liquidations", value=Decimal(after.liquidations), allowed=_NONE)


def struck_asset_loss(after: Aftermath) -> Bound:
    """One asset may cost so much of equity."""
    loss = (
        after.course.worst_asset_loss_pct
        if after.strike.asset is None
        else after.course.asset_loss_pct(after.strike.asset)
    )
    return Bound(name="struck_asset_loss_pct", value=_rounded(loss), allowed=_ASSET_LOSS_PCT)


def others_go_on(after: Aftermath) -> Bound:
    """Other assets are entered as before."""
    return Bound(name="entries_in_other_assets", value=Decimal(after.entries_elsewhere), allowed=_ONE, at_least=True)


def no_entries(after: Aftermath) -> Bound:
    """Nothing is entered while it lasts."""
    return Bound(name="entries_meanwhile", value=Decimal(after.entries_meanwhile), allowed=_NONE)


def exits_fit_the_books(after: Aftermath) -> Bound:
    """What is closed is closed within the collar."""
    return Bound(
        name="worst_exit_slippage_bps", value=_rounded(after.worst_exit_slippage_bps), allowed=_EXIT_SLIPPAGE_BPS
    )


def slippage_is_stated(after: Aftermath) -> Bound:
    """Each closing says what slippage is expected of it."""
    return Bound(name="exits_without_stated_slippage", value=Decimal(after.exits_without_slippage), allowed=_NONE)


def few_settlements_against(after: Aftermath) -> Bound:
    """No package pays funding more often than this."""
    return Bound(
        name="settlements_against_a_package", value=Decimal(after.settlements_against), allowed=_FUNDING_SETTLEMENTS
    )


def little_net_cost(after: Aftermath) -> Bound:
    """What was held costs so much of its exposure, from the strike until it is closed."""
    cost = after.net_cost_pct
    return Bound(name="net_cost_pct_of_exposure", value=None if cost is None else _rounded(cost), allowed=_NET_COST_PCT)


def nothing_kept(after: Aftermath) -> Bound:
    """All that was held when it struck is closed."""
    return Bound(name="packages_still_held", value=Decimal(after.still_held), allowed=_NONE)


def soon_hedged(after: Aftermath) -> Bound:
    """All that was under way is hedged or flat this soon after its end."""
    return Bound(name="unhedged_after_return_s", value=after.unhedged_s(_RESIDUAL_CAP_USD), allowed=_UNHEDGED_S)


def _rounded(value: Decimal) -> Decimal:
    return round(value, 4)
