"""One instrument's book with its public trades and candles."""

from collections import deque
from dataclasses import replace

from poise_simulator.domain.candles import CandleSeries
from poise_simulator.domain.events import DepthChanged, Event, TradePrinted
from poise_simulator.domain.instruments import Instrument, TradingStatus
from poise_simulator.domain.matching import Match, OrderBook
from poise_simulator.domain.orders import Side
from poise_simulator.domain.views import BookView, Trade

KEPT_TRADES = 2_000
FIRST_TRADE_ID = 1_000_000_000
"""Leaves room for the ids of trades before start, which ticker counts imply."""

_ENDED = frozenset({TradingStatus.DELIVERED, TradingStatus.DELISTED})


class Listing:
    """A book on the exchange; what happens in it is told to `events`."""

    def __init__(self, instrument: Instrument, candles: CandleSeries, events: list[Event]) -> None:
        """Open an empty book."""
        self.instrument = instrument
        self.book = OrderBook(last_update_id=1_000)
        self.candles = candles
        self.tape: deque[Trade] = deque(maxlen=KEPT_TRADES)
        self.tick = float(instrument.tick_size)
        self.step = float(instrument.step_size)
        self._events = events
        self._next_trade_id = FIRST_TRADE_ID

    @property
    def is_halted(self) -> bool:
        """True while no orders are taken and nothing trades."""
        return self.instrument.status is not TradingStatus.TRADING

    def set_status(self, status: TradingStatus) -> None:
        """Halt trading, or let it go on; what has ended never trades again."""
        if status in _ENDED or self.instrument.status not in _ENDED:
            self.instrument = replace(self.instrument, status=status)

    @property
    def last_trade_id(self) -> int:
        """Id of the newest trade."""
        return self._next_trade_id - 1

    def print_trade(self, match: Match, taker_side: Side, time_ms: int) -> Trade:
        """Put a match on the tape."""
        instrument = self.instrument
        price = match.ticks * instrument.tick_size
        quantity = match.lots * instrument.step_size
        buyer_is_maker = taker_side is Side.SELL
        trade = Trade(self._next_trade_id, price, quantity, price * quantity, buyer_is_maker, time_ms)
        self._next_trade_id += 1
        self.tape.append(trade)
        self.candles.add(time_ms, match.ticks * self.tick, match.lots * self.step, buyer_is_maker=buyer_is_maker)
        self._events.append(
            TradePrinted(
                instrument.market,
                instrument.symbol,
                time_ms,
                trade.trade_id,
                price,
                quantity,
                buyer_is_maker,
            )
        )
        return trade

    def publish_depth(self, time_ms: int) -> None:
        """Tell which levels changed since the last time; says nothing when none did."""
        delta = self.book.take_delta()
        if delta is None:
            return
        instrument = self.instrument
        self._events.append(
            DepthChanged(
                instrument.market,
                instrument.symbol,
                time_ms,
                delta.first_update_id,
                delta.final_update_id,
                delta.previous_final_update_id,
                instrument.tick_size,
                instrument.step_size,
                delta.bids,
                delta.asks,
            )
        )

    def view(self, time_ms: int, limit: int | None) -> BookView:
        """Show the book's best levels."""
        tick, step = self.instrument.tick_size, self.instrument.step_size
        return BookView(
            self.instrument.market,
            self.instrument.symbol,
            time_ms,
            self.book.last_update_id,
            tuple((ticks * tick, lots * step) for ticks, lots in self.book.bids.levels(limit)),
            tuple((ticks * tick, lots * step) for ticks, lots in self.book.asks.levels(limit)),
        )
