"""What results are made of."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from poise_common.contracts.state import ResultSplit
from poise_portfolio.domain.ledger.positions import ZERO


class Earned(Protocol):
    """What a package or an asset has earned, but for what it holds; in USD, costs positive."""

    @property
    def realised_pnl_usd(self) -> Decimal: ...

    @property
    def funding_usd(self) -> Decimal: ...

    @property
    def fees_usd(self) -> Decimal: ...

    @property
    def borrow_usd(self) -> Decimal: ...

    @property
    def slippage_usd(self) -> Decimal: ...


def result_of(earned: Earned, unrealised_pnl_usd: Decimal) -> ResultSplit:
    """Split a result; price P&L is against the prices that were traded at, so slippage is a part of it."""
    return ResultSplit(
        price_usd=earned.realised_pnl_usd + unrealised_pnl_usd + earned.slippage_usd,
        funding_usd=earned.funding_usd,
        fees_usd=earned.fees_usd,
        borrow_usd=earned.borrow_usd,
        slippage_usd=earned.slippage_usd,
    )


def total_of(results: Sequence[ResultSplit]) -> ResultSplit:
    """Add up results."""
    return ResultSplit(
        price_usd=sum((result.price_usd for result in results), ZERO),
        funding_usd=sum((result.funding_usd for result in results), ZERO),
        fees_usd=sum((result.fees_usd for result in results), ZERO),
        borrow_usd=sum((result.borrow_usd for result in results), ZERO),
        slippage_usd=sum((result.slippage_usd for result in results), ZERO),
    )
