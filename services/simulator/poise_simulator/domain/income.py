"""Why a perpetuals wallet changed."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class IncomeType(StrEnum):
    """The kind of a wallet change."""

    TRANSFER = "transfer"
    REALISED_PNL = "realised_pnl"
    FUNDING_FEE = "funding_fee"
    COMMISSION = "commission"
    LIQUIDATION_FEE = "liquidation_fee"
    INSURANCE_CLEAR = "insurance_clear"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Income:
    """One wallet change; the amounts of all of an account's records sum to its wallet balance."""

    income_id: int
    account_id: str
    type: IncomeType
    asset: str
    amount: Decimal
    symbol: str
    trade_id: int | None
    time_ms: int
    info: str
