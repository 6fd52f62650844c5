"""Whether an order can fill whole, with what its own fills would do to the orders in its way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from poise_simulator.domain.accounts import Account
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.matching import RestingOrder
from poise_simulator.domain.orders import Side


@dataclass(slots=True)
class _Holder:
    """One account in the rehearsal: its position in lots, and what its reduce-only orders still offer, oldest first."""

    position: int
    offers: dict[int, int] = field(default_factory=dict)
    sides: dict[int, Side] = field(default_factory=dict)

    def trade(self, side: Side, lots: int) -> None:
        """Move the position, and keep the reduce-only orders within it."""
        self.position += side.sign * lots
        left = abs(self.position)
        for order_id, offered in self.offers.items():
            allowed = left if self.position * self.sides[order_id].sign < 0 else 0
            self.offers[order_id] = min(offered, allowed)
            left -= self.offers[order_id]


def can_fill(
    listing: Listing,
    side: Side,
    lots: int,
    limit_ticks: int | None,
    *,
    taker: Account,
    accounts: Mapping[int, Account],
) -> bool:
    """Tell whether an order would fill whole: a rehearsal of its sweep, in which nothing changes."""
    if listing.book.available_lots(side, limit_ticks, lots) < lots:
        return False
    if listing.instrument.market is Market.SPOT:
        return True
    holders: dict[int, _Holder] = {}

    def holder(account: Account) -> _Holder:
        if account.owner not in holders:
            holders[account.owner] = _holder_of(listing, account)
        return holders[account.owner]

    for maker in _makers(listing, side, limit_ticks):
        owner = accounts.get(maker.owner)
        offers = holder(owner).offers if owner is not None else {}
        taken = min(lots, offers.get(maker.order_id, maker.lots))
        if taken == 0:
            continue
        holder(taker).trade(side, taken)
        if owner is not None:
            if maker.order_id in offers:
                offers[maker.order_id] = max(0, offers[maker.order_id] - taken)
            holder(owner).trade(side.opposite, taken)
        lots -= taken
        if lots == 0:
            return True
    return False


def _makers(listing: Listing, side: Side, limit_ticks: int | None) -> Iterator[RestingOrder]:
    """Walk the resting orders that an order would meet, in their turn."""
    against = listing.book.side(side.opposite)
    for ticks in against.from_best():
        if limit_ticks is not None and (ticks - limit_ticks) * side.sign > 0:
            return
        yield from against.queues[ticks].values()


def _holder_of(listing: Listing, account: Account) -> _Holder:
    instrument = listing.instrument
    holder = _Holder(instrument.lots_of(account.futures.position(instrument.symbol).quantity) or 0)
    for order in account.archive.open_in(Market.FUTURES, instrument.symbol):
        if order.reduce_only and order.resting is not None:
            holder.offers[order.order_id] = order.resting.lots
            holder.sides[order.order_id] = order.side
    return holder
