"""What a fault may strike, and how a request or an event is described to the plan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from poise_simulator.domain.instruments import Market


class Target(StrEnum):
    """A class of requests or of stream messages."""

    ORDER_ENTRY = "order_entry"
    CANCEL = "cancel"
    ORDER_QUERY = "order_query"
    ORDERS = "orders"
    TRADES = "trades"
    ACCOUNT = "account"
    ANY_REST = "any_rest"
    USER_STREAM = "user_stream"
    MARKET_STREAM = "market_stream"

    @property
    def is_rest(self) -> bool:
        """True for requests, false for streams."""
        return self not in {Target.USER_STREAM, Target.MARKET_STREAM}


QUERIES = frozenset({Target.ORDER_QUERY, Target.ORDERS, Target.TRADES, Target.ACCOUNT})
REST = frozenset(target for target in Target if target.is_rest)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One request or stream message that a fault may strike; `what` is its path or stream name.

    `target` is the class it is of; a request of no class of its own has ANY_REST.
    `takes_liquidity` tells of an order that trades at once and never rests.
    """

    target: Target
    what: str
    account_id: str | None = None
    market: Market | None = None
    symbol: str | None = None
    client_order_id: str | None = None
    takes_liquidity: bool = False
    is_depth_diff: bool = False
