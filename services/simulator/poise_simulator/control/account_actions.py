"""What happens to an account past its client: trades and transfers by hand, liquidation, auto-deleveraging."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from poise_simulator.control.action import Action, Surroundings
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import Order, OrderRequest, OrderType, Side


class ForeignTrade(Action):
    """The account's owner trades at market, past the client."""

    command = "foreign_trade"
    account: str = "paper"
    market: Market
    symbol: str
    side: Side
    quantity: Decimal = Field(gt=0)

    def run(self, at: Surroundings) -> dict[str, object]:
        """Trade into the book."""
        request = OrderRequest(self.market, self.symbol, self.side, OrderType.MARKET, self.quantity)
        return _order_row(at.exchange.submit_by_hand(self.account, request).order)


class ForeignOrder(Action):
    """The account's owner places a limit order, past the client; it rests where it doesn't trade."""

    command = "foreign_order"
    account: str = "paper"
    market: Market
    symbol: str
    side: Side
    quantity: Decimal = Field(gt=0)
    price: Decimal = Field(gt=0)

    def run(self, at: Surroundings) -> dict[str, object]:
        """Place the order."""
        request = OrderRequest(self.market, self.symbol, self.side, OrderType.LIMIT, self.quantity, self.price)
        return _order_row(at.exchange.submit_by_hand(self.account, request).order)


class Transfer(Action):
    """A deposit from outside, or with a negative amount a withdrawal."""

    command = "transfer"
    account: str = "paper"
    asset: str = "USDT"
    amount: Decimal
    wallet: Market = Market.SPOT

    def run(self, at: Surroundings) -> dict[str, object]:
        """Book it."""
        transfer_id = at.exchange.transfer_from_outside(self.account, self.asset, self.amount, self.wallet)
        return {"transfer_id": transfer_id}


class Liquidate(Action):
    """The exchange takes a position over, into the book."""

    command = "liquidate"
    account: str = "paper"
    symbol: str

    def run(self, at: Surroundings) -> dict[str, object]:
        """Close the position."""
        at.exchange.liquidate(self.account, self.symbol)
        return _position_row(at, self.account, self.symbol)


class Adl(Action):
    """The exchange reduces a position against the house, at the mark: by a quantity, or else by a share."""

    command = "adl"
    account: str = "paper"
    symbol: str
    quantity: Decimal | None = Field(default=None, gt=0)
    share: Decimal = Field(default=Decimal(1), gt=0, le=1)

    def run(self, at: Surroundings) -> dict[str, object]:
        """Reduce the position."""
        at.exchange.deleverage(self.account, self.symbol, quantity=self.quantity, share=self.share)
        return _position_row(at, self.account, self.symbol)


def _order_row(order: Order) -> dict[str, object]:
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "status": order.status,
        "executed_quantity": order.executed_quantity,
    }


def _position_row(at: Surroundings, account_id: str, symbol: str) -> dict[str, object]:
    position = at.exchange.account(account_id).futures.positions.get(symbol)
    return {"quantity_left": position.quantity if position is not None else Decimal(0)}
