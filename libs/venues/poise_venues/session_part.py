"""What all concerns of a trading session work with."""

from typing import Any

from poise_common.domain.clock import Clock
from poise_common.domain.instruments import Instrument
from poise_venues.dialects import Dialect, Rejection
from poise_venues.exchange_mixins import RequestNote
from poise_venues.outcomes import FoundOrder, Taken, VenueTrade
from poise_venues.session import Session


class SessionPart:
    """One concern of a venue account's session."""

    def __init__(self, session: Session, dialect: Dialect, now: Clock) -> None:
        self._session = session
        self._exchange = session.exchange
        self._dialect = dialect
        self._now = now

    def _read_taken(self, instrument: Instrument, answer: Any) -> FoundOrder | Taken:
        taken = self._dialect.read_taken(self._exchange, answer, is_contract=instrument.is_derivative)
        return _checked(instrument, taken) if isinstance(taken, FoundOrder) else taken

    def _read_order(self, instrument: Instrument, answer: Any) -> FoundOrder:
        return self._read_listed(instrument, self._dialect.record(answer))

    def _read_listed(self, instrument: Instrument, raw: Any) -> FoundOrder:
        order = self._dialect.read_order(self._exchange, raw, is_contract=instrument.is_derivative)
        return _checked(instrument, order)

    def _read_trade(self, instrument: Instrument, raw: Any) -> VenueTrade:
        trade = self._dialect.read_trade(self._exchange, raw, is_contract=instrument.is_derivative)
        if trade.symbol != instrument.symbol:
            raise ValueError(f"no trade of {instrument.symbol} is: {trade}")
        return trade

    def _rejection(self, notes: list[RequestNote]) -> Rejection | None:
        if not notes or notes[-1].status is None:
            return None
        return self._dialect.rejection(notes[-1].status, notes[-1].body or "")


def _checked(instrument: Instrument, order: FoundOrder) -> FoundOrder:
    if order.symbol != instrument.symbol or order.filled_quantity > order.quantity:
        raise ValueError(f"no order of {instrument.symbol} is: {order}")
    return order
