"""What the venue is being asked about orders: what became of them, their trades, and that they go."""

from datetime import datetime

from poise_common.contracts.core import Output, Run
from poise_common.domain.instruments import Instrument
from poise_execution.domain.effects import CancelOrder, FetchTrades, LookUpOrder
from poise_execution.domain.orders import Order, OrderState
from poise_execution.domain.parameters import OrderParameters
from poise_execution.domain.retries import Retries
from poise_execution.domain.state import ExecutionState


class Inquiries:
    """One question about an order at a time, put again with back-off until the order needs none."""

    def __init__(self, parameters: OrderParameters, state: ExecutionState) -> None:
        self._state = state
        self._questions = Retries[str](parameters.lookup_pause_s, parameters.lookup_pause_max_s)
        self._cancels = Retries[str](parameters.lookup_pause_s, parameters.lookup_pause_max_s)

    def ask(self, order: Order) -> list[Output]:
        """Ask for what is not known of an order: its trades where it is final, else the order itself."""
        self._questions.asked(order.client_order_id)
        instrument = self._instrument(order)
        if order.state is OrderState.SETTLING and order.order_id is not None:
            fetch = FetchTrades(client_order_id=order.client_order_id, instrument=instrument, order_id=order.order_id)
            return [Run(fetch)]
        look_up = LookUpOrder(
            client_order_id=order.client_order_id, instrument=instrument, intended_at=order.intended_at
        )
        return [Run(look_up)]

    def ask_now(self, order: Order) -> list[Output]:
        """Ask at once, or as soon as the question that is out is answered: its answer may be too old."""
        return self.ask(order) if self._questions.may_ask_now(order.client_order_id) else []

    def ask_again(self, order: Order, now: datetime) -> None:
        """Have the question put again after its pause."""
        self._questions.again(order.client_order_id, now)

    def ask_to_go(self, order: Order) -> list[Output]:
        """Ask an order to go."""
        self._cancels.asked(order.client_order_id)
        return [Run(CancelOrder(client_order_id=order.client_order_id, instrument=self._instrument(order)))]

    def ask_to_go_again(self, order: Order, now: datetime) -> None:
        """Ask it again after a pause, if it is still there then."""
        self._cancels.again(order.client_order_id, now)

    def settled(self, order: Order) -> None:
        """Forget the question about what became of an order."""
        self._questions.settled(order.client_order_id)

    def tick(self, now: datetime) -> list[Output]:
        """Put what is due: requests to go of orders that may still fill, and questions."""
        outputs: list[Output] = []
        for client_order_id in self._cancels.due(now):
            order = self._state.orders.get(client_order_id)
            if order is not None and order.is_in_doubt:
                outputs += self.ask_to_go(order)
            else:
                self._cancels.settled(client_order_id)
        for client_order_id in self._questions.due(now):
            if order := self._state.orders.get(client_order_id):
                outputs += self.ask(order)
            else:
                self._questions.settled(client_order_id)
        return outputs

    def _instrument(self, order: Order) -> Instrument:
        return self._state.packages[order.package_id].instrument(order.role)
