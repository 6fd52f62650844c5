"""Ending a venue's lock: what it shows, the operator's signature, execution's answer."""

from dataclasses import dataclass

from poise.desk_bus import DeskBus, ask
from poise.operating.orders import STAGE, operator
from poise_common.contracts.control import Acknowledge, Acknowledgement, Alert
from poise_common.contracts.execution import VenueLock, VenueState
from poise_common.contracts.message import Message
from poise_common.contracts.signatures import Signer
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids

REFUSED_ALERT = "acknowledgement_refused"
"""What execution answers to an acknowledgement that it does not take."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A venue's lock as it was shown."""

    venue: str
    lock: VenueLock


@dataclass(frozen=True, slots=True)
class Ended:
    """The lock is over: books follow the venue."""

    state: VenueState


@dataclass(frozen=True, slots=True)
class Changed:
    """The differences are others by now, so nothing was acknowledged."""

    locked: Locked


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Execution refused the acknowledgement."""

    why: str


Answer = Ended | Changed | NotTaken


class NothingLocked(Exception):
    """There is no lock to be acknowledged."""


class WhichVenue(Exception):
    """The venue is not known, or several are locked."""


async def read_lock(redis_url: str, venue: str | None, *, wait_s: float) -> Locked:
    """Return the lock of a venue, or the only lock there is."""
    told = await ask(redis_url, lambda bus: bus.newest(VenueState), wait_s=wait_s, answerer="execution")
    states = {state.venue: state for state in told}
    if venue is not None and venue not in states:
        known = ", ".join(sorted(states)) or "none yet"
        raise WhichVenue(f"execution has told of no venue {venue!r}; it has of: {known}")
    locks = [Locked(name, state.lock) for name, state in sorted(states.items()) if state.lock and venue in {None, name}]
    if not locks:
        raise NothingLocked(f"{venue} is not locked" if venue else "no venue is locked")
    if len(locks) > 1:
        raise WhichVenue(f"several venues are locked: {', '.join(each.venue for each in locks)}; name one")
    return locks[0]


async def acknowledge(redis_url: str, locked: Locked, signer: Signer, reason: str, *, wait_s: float) -> Answer:
    """Sign the very differences that were shown and send that; return what execution made of it."""

    async def give(bus: DeskBus) -> Answer:
        message = _signed(locked, signer, reason)
        since = await bus.positions(VenueState, Alert)
        if (changed := await _changed_meanwhile(bus, locked)) is not None:
            return changed
        await bus.send(message)
        return await bus.until(
            VenueState, Alert, since=since, answer=lambda messages: _answer(message, locked, messages)
        )

    return await ask(redis_url, give, wait_s=wait_s, answerer="execution")


def _signed(locked: Locked, signer: Signer, reason: str) -> Acknowledge:
    now = utc_now()
    word = Acknowledgement(
        lock_id=locked.lock.lock_id,
        venue=locked.venue,
        digest=locked.lock.digest,
        operator=operator(),
        reason=reason,
        signed_at=now,
    )
    return Acknowledge.first(random_ids()(now), STAGE, now, acknowledgement=word, signature=signer.sign(word))


async def _changed_meanwhile(bus: DeskBus, locked: Locked) -> Answer | None:
    """Look once more before sending: a lock that is over or another by now is not what the signature is for."""
    newest = [state for state in await bus.newest(VenueState) if state.venue == locked.venue]
    return next((change for state in newest if (change := _change(state, locked)) is not None), None)


def _change(state: VenueState, locked: Locked) -> Answer | None:
    """Return what a state says of a lock that was shown: over, another by now, or nothing new."""
    if state.lock is None:
        return Ended(state)
    shown = (locked.lock.lock_id, locked.lock.digest)
    return None if (state.lock.lock_id, state.lock.digest) == shown else Changed(Locked(state.venue, state.lock))


def _answer(command: Acknowledge, locked: Locked, messages: list[Message]) -> Answer | None:
    for message in messages:
        if isinstance(message, VenueState) and message.venue == locked.venue:
            if (change := _change(message, locked)) is not None:
                return change
        elif isinstance(message, Alert) and message.trace_id == command.trace_id and message.name == REFUSED_ALERT:
            return NotTaken(message.text)
    return None
