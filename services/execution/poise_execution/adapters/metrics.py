"""What Prometheus is told of execution: its dealings with venues, and how it stands with them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from prometheus_client import Counter, Gauge, Histogram

from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.execution import LegFilled, OrderPurpose, OrderSent, VenueState
from poise_execution.domain.orders import Order
from poise_execution.domain.venue_figures import VenueFigures

ORDER_ANSWERS = Counter(
    "poise_order_answers_total",
    "Answers to order requests: seen, refused or unknown.",
    ("venue", "outcome"),
)
ORDER_SECONDS = Histogram(
    "poise_order_seconds",
    "From handing an order to the venue session to its answer.",
    ("venue",),
    buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
TICK_TO_ORDER_SECONDS = Histogram(
    "poise_tick_to_order_seconds",
    "From receiving the venue's frame that made the signal to sending the approved order, of first tries.",
    buckets=(0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
ORDERS_UNKNOWN = Gauge("poise_orders_unknown", "Orders that may or may not exist at the venue.", ("venue",))
RESIDUAL_DELTA = Gauge(
    "poise_residual_delta_usd", "Residual delta of packages whose longer leg is at the venue, signed.", ("venue",)
)
VENUE_LOCKED = Gauge("poise_venue_locked", "1 while the account differs from our books, unacknowledged.", ("venue",))
LAST_RECONCILED = Gauge(
    "poise_last_reconciled_timestamp_seconds",
    "When a reading last agreed with our books; 0 before one did.",
    ("venue",),
)
LEG_FILLS = Counter("poise_leg_fills_total", "Fills of approved legs and of what was taken back.", ("venue",))
SLIPPAGE_BPS = Histogram(
    "poise_slippage_bps",
    "What fills of approved legs were worse by than the price of the decision; below 0 they were better.",
    buckets=(-20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 50, 100),
)
_RECEIVED = "received"
"""The stage of a venue's frame; a trace that begins with another was begun by no tick."""
_BPS = 10_000
_AWAITED_MAX = 1_000


class ExecutionFigures:
    """Shows what execution does; some of it is read off its state when it is asked for."""

    def __init__(self, figures: VenueFigures, venues: Iterable[str]) -> None:
        self._first_tries: set[str] = set()
        for venue in venues:
            ORDERS_UNKNOWN.labels(venue).set_function(partial(figures.orders_unknown, venue))
            RESIDUAL_DELTA.labels(venue).set_function(partial(_residual_usd, figures, venue))

    def see(self, outputs: Sequence[Output], _now: datetime) -> None:
        """Show what of the core's outputs Prometheus is told."""
        for output in outputs:
            match output:
                case Store(record=Order() as order):
                    self._note_intent(order)
                case Publish(message=OrderSent() as sent):
                    self._time(sent)
                case Publish(message=LegFilled() as fill):
                    _count_fill(fill)
                case Publish(message=VenueState() as state):
                    _show_venue(state)
                case _:
                    pass

    def _note_intent(self, order: Order) -> None:
        if order.is_new and order.attempt == 0 and order.purpose is OrderPurpose.LEG:
            if len(self._first_tries) >= _AWAITED_MAX:  # answers that never came
                self._first_tries.clear()
            self._first_tries.add(order.client_order_id)

    def _time(self, sent: OrderSent) -> None:
        if sent.client_order_id not in self._first_tries:
            return
        self._first_tries.discard(sent.client_order_id)
        first = sent.hops[0]
        if first.stage == _RECEIVED:
            TICK_TO_ORDER_SECONDS.observe(max(0.0, (sent.sent_at - first.at).total_seconds()))


def _count_fill(fill: LegFilled) -> None:
    LEG_FILLS.labels(fill.venue).inc()
    if fill.purpose is OrderPurpose.LEG and fill.decision_price > 0:
        SLIPPAGE_BPS.observe(float(fill.side.sign * (fill.price / fill.decision_price - 1) * _BPS))


def _show_venue(state: VenueState) -> None:
    VENUE_LOCKED.labels(state.venue).set(state.lock is not None)
    LAST_RECONCILED.labels(state.venue).set(state.reconciled_at.timestamp() if state.reconciled_at else 0)


def _residual_usd(figures: VenueFigures, venue: str) -> float:
    return float(figures.residual_delta_usd(venue))
