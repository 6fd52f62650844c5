"""Orders that the exchange itself sends for an account: liquidations and auto-deleveraging."""

from decimal import Decimal

from poise_simulator.domain.accounts import Account
from poise_simulator.domain.filters import CheckedOrder
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.matching import MAKERS, Match, RestingOrder
from poise_simulator.domain.order_desk import OrderDesk
from poise_simulator.domain.orders import OrderRequest, OrderStatus, OrderType, Origin, Side
from poise_simulator.domain.settlement import Settlement
from poise_simulator.domain.working_orders import WorkingOrder

ADL_CLIENT_ORDER_ID = "adl_autoclose"
HOUSE_ORDER_ID = 0


class ForcedOrders:
    """Closes positions without asking, under the client ids that the venue gives such orders."""

    def __init__(self, desk: OrderDesk, settlement: Settlement) -> None:
        """Use the order desk's ids, so that forced orders stand in line with all others."""
        self._desk = desk
        self._settlement = settlement

    def close_at_market(self, account: Account, listing: Listing, time_ms: int) -> None:
        """Trade a whole position into the book as a liquidation; what finds no taker stays."""
        quantity = abs(account.futures.position(listing.instrument.symbol).quantity)
        lots = listing.instrument.lots_of(quantity) or 0
        order = self._open(account, listing, lots, time_ms)
        left = self._settlement.sweep(listing, order.side, lots, None, time_ms, taker=(account, order))
        if left:
            self._settlement.end(account, listing, order, OrderStatus.EXPIRED, time_ms)
        listing.publish_depth(time_ms)

    def deleverage(self, account: Account, listing: Listing, lots: int, price_ticks: int, time_ms: int) -> None:
        """Trade part of a position with the house at a price, past the book."""
        order = self._open(account, listing, lots, time_ms, price_ticks=price_ticks)
        house = RestingOrder(HOUSE_ORDER_ID, MAKERS, order.side.opposite, price_ticks, lots)
        trade = listing.print_trade(Match(house, price_ticks, lots), order.side, time_ms)
        self._settlement.fill(listing, account, order, trade, is_maker=False)
        listing.publish_depth(time_ms)

    def _open(
        self,
        account: Account,
        listing: Listing,
        lots: int,
        time_ms: int,
        *,
        price_ticks: int | None = None,
    ) -> WorkingOrder:
        """Open an order against the position: an ADL order at a price, a liquidation without one."""
        instrument = listing.instrument
        is_adl = price_ticks is not None
        price: Decimal | None = None if price_ticks is None else instrument.price_of(price_ticks)
        request = OrderRequest(
            market=Market.FUTURES,
            symbol=instrument.symbol,
            side=Side.SELL if account.futures.position(instrument.symbol).quantity > 0 else Side.BUY,
            type=OrderType.LIMIT if is_adl else OrderType.MARKET,
            quantity=instrument.quantity_of(lots),
            price=price,
            client_order_id=ADL_CLIENT_ORDER_ID if is_adl else f"autoclose-{time_ms}",
            reduce_only=True,
        )
        checked = CheckedOrder(request, lots, price_ticks, price_ticks or 0)
        origin = Origin.ADL if is_adl else Origin.LIQUIDATION
        return self._desk.open_order(account, instrument, checked, lots, time_ms, origin=origin)
