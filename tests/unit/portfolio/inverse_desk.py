"""Trading inverse contracts in tests: by their face in dollars, as venues count them."""

from decimal import Decimal
from typing import Any

from tests.unit.portfolio.desk import Desk

from poise_common.contracts.execution import FundingPaid, LegFilled
from poise_portfolio.domain.records import Cash

D = Decimal
INVERSE = "BTC/USD:BTC"


def contracts(desk: Desk, side: str, face: str | Decimal, price: str | Decimal, **changes: Any) -> LegFilled:
    """A fill of so many one-dollar contracts; its fee is in the coin."""
    return desk.fill(INVERSE, side, D(face) / D(price), price, **{"fee_currency": "BTC"} | changes)


def coin_funding(desk: Desk, amount: str) -> FundingPaid:
    return desk.funding(amount, symbol=INVERSE).model_copy(update={"currency": "BTC"})


def wallet(desk: Desk, currency: str = "BTC") -> Decimal:
    """What the derivatives wallet holds of a currency, by the last row."""
    totals = [cash.total for cash in desk.stored(Cash) if (cash.wallet, cash.currency) == ("futures", currency)]
    return totals[-1]
