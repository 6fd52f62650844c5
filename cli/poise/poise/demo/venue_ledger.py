"""What the simulated venue itself says of our orders and fills."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from poise.demo.simulator_api import ask_simulator


@dataclass(frozen=True, slots=True)
class VenueLedger:
    """The venue's count of orders, fills and liquidations, and each order's client id."""

    orders: int
    fills: int
    liquidations: int
    client_order_ids: Counter[str]

    @property
    def duplicates(self) -> int:
        """Return how many orders came under a client id that had come before."""
        return sum(count - 1 for count in self.client_order_ids.values())


async def read_venue_ledgers(venue_urls: Mapping[str, str]) -> dict[str, VenueLedger]:
    """Ask each simulated venue's ledger, by name, for all its accounts."""
    return {venue: parse_ledger(await ask_simulator(url, "ledger")) for venue, url in venue_urls.items()}


def parse_ledger(answer: dict[str, Any]) -> VenueLedger:
    """Read the simulator's ledger answer."""
    accounts = answer["accounts"]
    client_order_ids: Counter[str] = Counter()
    for account in accounts:
        client_order_ids.update(account["orders_by_client_order_id"])
    return VenueLedger(
        orders=sum(account["venue_orders"] for account in accounts),
        fills=sum(account["venue_fills"] for account in accounts),
        liquidations=sum(account["liquidations"] for account in accounts),
        client_order_ids=client_order_ids,
    )
