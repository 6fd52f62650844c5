"""Cross margin of one-way perpetual positions, by leverage bracket.

Formulas are those the venue publishes for USD-margined perpetuals in its margin and liquidation pages.
"""

from collections.abc import Sequence
from decimal import Decimal

from poise_simulator.domain.instruments import LeverageBracket

ZERO = Decimal(0)


def bracket_for(brackets: Sequence[LeverageBracket], notional: Decimal) -> LeverageBracket:
    """Find the bracket a notional falls in; beyond the last, the last."""
    for bracket in brackets:
        if notional <= bracket.notional_cap:
            return bracket
    return brackets[-1]


def maintenance_margin(brackets: Sequence[LeverageBracket], notional: Decimal) -> Decimal:
    """Compute what a position of an (unsigned) notional must keep."""
    bracket = bracket_for(brackets, notional)
    return notional * bracket.maintenance_margin_rate - bracket.maintenance_deduction


def max_notional(brackets: Sequence[LeverageBracket], leverage: int) -> Decimal:
    """Compute the largest notional that a leverage allows."""
    return max((b.notional_cap for b in brackets if b.max_leverage >= leverage), default=ZERO)


def margin_exposure(position_notional: Decimal, buys_notional: Decimal, sells_notional: Decimal) -> Decimal:
    """Compute the notional that needs initial margin: the worse of all buys or all sells filling.

    `position_notional` is signed; open orders' notionals are not.
    """
    return max(abs(position_notional + buys_notional), abs(position_notional - sells_notional))


def liquidation_price(
    brackets: Sequence[LeverageBracket],
    *,
    quantity: Decimal,
    mark: Decimal,
    margin_balance: Decimal,
    maintenance_total: Decimal,
) -> Decimal:
    """Compute the mark at which cross margin liquidates, if only this symbol moves; 0 where none does.

    Solves margin balance + quantity x (p - mark) = maintenance total - own maintenance + own
    maintenance at p, in the bracket that holds now.
    """
    if quantity == 0:
        return ZERO
    bracket = bracket_for(brackets, abs(quantity) * mark)
    own = maintenance_margin(brackets, abs(quantity) * mark)
    others = maintenance_total - own
    slope = abs(quantity) * bracket.maintenance_margin_rate - quantity
    if slope == 0:
        return ZERO
    price = (margin_balance - quantity * mark - others + bracket.maintenance_deduction) / slope
    return max(price, ZERO)
