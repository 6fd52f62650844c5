"""Why the exchange says no."""

from enum import StrEnum


class RejectReason(StrEnum):
    """The rule a request broke."""

    UNKNOWN_SYMBOL = "unknown_symbol"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_ASSET = "unknown_asset"
    UNKNOWN_ORDER = "unknown_order"
    TRADING_HALTED = "trading_halted"
    MALFORMED_ORDER = "malformed_order"
    PRICE_FILTER = "price_filter"
    LOT_SIZE = "lot_size"
    MIN_NOTIONAL = "min_notional"
    PERCENT_PRICE = "percent_price"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    INSUFFICIENT_MARGIN = "insufficient_margin"
    REDUCE_ONLY_REJECTED = "reduce_only_rejected"
    POST_ONLY_WOULD_TAKE = "post_only_would_take"
    DUPLICATE_CLIENT_ORDER_ID = "duplicate_client_order_id"
    MAX_LEVERAGE = "max_leverage"
    NO_POSITION = "no_position"
    MAX_POSITION = "max_position"
    INVALID_AMOUNT = "invalid_amount"
    UNSUPPORTED_MARGIN_TYPE = "unsupported_margin_type"
    UNSUPPORTED_POSITION_MODE = "unsupported_position_mode"
    UNKNOWN_SCENARIO = "unknown_scenario"
    SCENARIO_RUNS = "scenario_runs"
    SCENARIO_RUNS_NOT = "scenario_runs_not"


class Rejected(Exception):
    """A request that changed nothing, with the rule it broke."""

    def __init__(self, reason: RejectReason, detail: str = "") -> None:
        """Keep the reason and what was wrong in words."""
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
