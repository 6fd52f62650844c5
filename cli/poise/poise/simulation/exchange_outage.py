"""What execution's adapter would say of a venue that doesn't answer."""

from datetime import datetime

from poise.simulation.exchange_terms import STAGE
from poise_common.contracts.message import Message
from poise_common.domain.ids import NewId
from poise_execution.domain import effects, results

UNAVAILABLE = results.OutcomeUnknown(reason="HTTP 503")


def unanswered(effect: object, venue: str, new_id: NewId, at: datetime) -> Message:
    """Return the result of any effect but a submission."""
    match effect:
        case effects.CancelOrder():
            return results.CancelAsked.first(new_id(at), STAGE, at, client_order_id=effect.client_order_id)
        case effects.LookUpOrder():
            return results.OrderLookedUp.first(
                new_id(at), STAGE, at, client_order_id=effect.client_order_id, outcome=UNAVAILABLE, asked_at=at
            )
        case effects.FetchTrades():
            return results.TradesFetched.first(
                new_id(at), STAGE, at, client_order_id=effect.client_order_id, trades=None
            )
        case effects.PrepareInstrument():
            symbol = effect.instrument.symbol
            return results.InstrumentPrepared.first(
                new_id(at), STAGE, at, venue=venue, symbol=symbol, failure=UNAVAILABLE.reason
            )
        case effects.ReadAccount():
            return results.AccountRead.first(
                new_id(at), STAGE, at, venue=venue, activity=effect.activity, incomes=(), figures=None, as_of=at
            )
        case effects.FetchAccountTrades():
            return results.AccountTradesFetched.first(
                new_id(at), STAGE, at, venue=venue, asked_at=at, trades=None, orders=()
            )
        case _:
            raise AssertionError(f"execution has no such effect: {effect!r}")
