"""An order that somebody gave by Telegram, from asking to its outcome."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from poise_common.contracts.control import Acknowledge, Acknowledgement, Flatten, Halt, Resume
from poise_common.contracts.execution import VenueLock, VenueState
from poise_common.contracts.message import Hop, Message
from poise_common.contracts.signatures import Signer
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.domain.ids import derived_id
from poise_common.domain.value import Value
from poise_notifier.domain.announcer import STAGE


class OrderCommand(StrEnum):
    HALT = "halt"
    RESUME = "resume"
    FLATTEN = "flatten"
    ACK = "ack"


MODE_AFTER = {
    OrderCommand.HALT: SystemMode.HALTED,
    OrderCommand.RESUME: SystemMode.ACTIVE,
    OrderCommand.FLATTEN: SystemMode.HALTED,
}
"""What risk's mode is once an order is carried out."""


class OrderState(StrEnum):
    ASKED = "asked"
    """Whoever gave it is to confirm it."""
    SENT = "sent"
    CLOSING = "closing"
    """Risk is closing every package."""
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        return self in {OrderState.DONE, OrderState.REFUSED, OrderState.EXPIRED, OrderState.CANCELLED}


class Order(Value):
    """Who ordered what, where, and what became of it."""

    order_id: UUID
    command: OrderCommand
    reason: str
    user_id: int
    chat_id: int
    lock: VenueLock | None = None
    """Of an acknowledgement: the lock as it was shown."""
    venue: str | None = None
    state: OrderState
    asked_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    """None of an order that needs no confirmation."""
    sent_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    is_late: bool = False
    """People were told that its outcome is not known."""

    @property
    def operator(self) -> str:
        return f"telegram:{self.user_id}"

    def message(self, now: AwareDatetime, signer: Signer | None) -> Message:
        """Return what goes to risk or execution; always of the same id, so that a repeat changes nothing."""
        envelope = {
            "id": derived_id(self.order_id, "command"),
            "trace_id": self.order_id,
            "hops": (Hop(stage=STAGE, at=now),),
        }
        match self.command:
            case OrderCommand.HALT:
                return Halt(**envelope, operator=self.operator, reason=self.reason)
            case OrderCommand.RESUME:
                return Resume(**envelope, operator=self.operator, reason=self.reason)
            case OrderCommand.FLATTEN:
                return Flatten(**envelope, operator=self.operator, reason=self.reason)
            case OrderCommand.ACK:
                word = self._acknowledgement(now)
                if signer is None:
                    raise TypeError("an acknowledgement was asked for without the operator's key")
                return Acknowledge(**envelope, acknowledgement=word, signature=signer.sign(word))

    def follows(self, state: RiskState) -> bool:
        """Say whether risk has taken this order: it answers in its trace, or names who gave it.

        Of two states that come at once only the newer is read, which need not be the answer itself.
        """
        if state.trace_id == self.order_id:
            return True
        return state.set_by == self.operator and self.sent_at is not None and state.since >= self.sent_at

    def _acknowledgement(self, now: AwareDatetime) -> Acknowledgement:
        if self.lock is None or self.venue is None:
            raise TypeError("an acknowledgement without the lock that was shown")
        return Acknowledgement(
            lock_id=self.lock.lock_id,
            venue=self.venue,
            digest=self.lock.digest,
            operator=self.operator,
            reason=self.reason,
            signed_at=now,
        )


def is_same_lock(order: Order, state: VenueState | None) -> bool:
    """Say whether the lock is still the very one that was shown."""
    if order.lock is None or state is None or state.lock is None:
        return False
    return (state.lock.lock_id, state.lock.digest) == (order.lock.lock_id, order.lock.digest)
