"""A person's orders to the desk: halt, resume, flatten."""

import asyncio
import getpass
import os
from collections.abc import Callable, Mapping

from poise.asking import WAIT_S
from poise.desk_bus import DeskBus, ask
from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.contracts.execution import VenueState
from poise_common.contracts.message import Message
from poise_common.contracts.state import PortfolioState, RiskState, SystemMode
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids

Command = Halt | Resume | Flatten
MODE_AFTER: Mapping[type[Command], SystemMode] = {
    Halt: SystemMode.HALTED,
    Flatten: SystemMode.HALTED,
    Resume: SystemMode.ACTIVE,
}
"""What risk's mode is once an order is carried out."""

STAGE = "console"


class LockedVenue(Exception):
    """Trading cannot be taken up: a venue's account differs from the desk's books."""

    def __init__(self, state: VenueState) -> None:
        lock = state.lock
        since = "" if lock is None else f" since {lock.since:%Y-%m-%d %H:%M:%S} UTC ({len(lock.differences)} lines)"
        super().__init__(f"{state.venue} is locked{since}; `poise ack {state.venue}` shows why, and ends it")


class NotFlat(Exception):
    """A flattening was not over in time; it goes on all the same."""


async def order(redis_url: str, command: type[Command], reason: str, *, wait_s: float = WAIT_S) -> RiskState:
    """Send an order and return risk's standing as risk told it once it had taken the order.

    Raises DeskUnreachable if the bus or risk does not answer in time, LockedVenue where a lock keeps trading from being
    taken up.
    """

    async def give(bus: DeskBus) -> RiskState:
        if command is Resume:
            await _refuse_while_locked(bus)
        now = utc_now()
        message = command.first(random_ids()(now), STAGE, now, operator=operator(), reason=reason)
        since = await bus.positions(RiskState)
        await bus.send(message)
        return await bus.until(RiskState, since=since, answer=lambda states: _confirmation(message, states))

    return await ask(redis_url, give, wait_s=wait_s, answerer="risk")


async def until_flat(redis_url: str, say: Callable[[str], None], *, wait_s: float) -> RiskState:
    """Follow a flattening until risk says that it is over; say what is left whenever that changes.

    Raises NotFlat if it is not over in time, DeskUnreachable if the bus goes away.
    """
    follower = _FlatteningFollower(say)

    async def follow(bus: DeskBus) -> RiskState:
        beginning = dict.fromkeys(await bus.positions(RiskState, PortfolioState), "0-0")
        try:
            async with asyncio.timeout(wait_s):
                return await bus.until(RiskState, PortfolioState, since=beginning, answer=follower.take)
        except TimeoutError:
            raise NotFlat(f"not flat within {wait_s:g} s; risk goes on with it: {follower.said}") from None

    return await ask(redis_url, follow, wait_s=wait_s + WAIT_S, answerer="risk")


class _FlatteningFollower:
    """Tells people what is left, each thing once."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._portfolio: PortfolioState | None = None
        self.said = ""

    def take(self, messages: list[Message]) -> RiskState | None:
        """Take what came; return risk's standing once the flattening is over."""
        standing: RiskState | None = None
        for message in messages:
            if isinstance(message, PortfolioState):
                self._portfolio = message
            elif isinstance(message, RiskState):
                standing = message
        if standing is not None and not standing.flattening:
            return standing
        left = _left(self._portfolio)
        if left != self.said:
            self._say(left)
            self.said = left
        return None


def operator() -> str:
    """Name who gives an order."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user often has no name
        return f"uid {os.getuid()}"


async def _refuse_while_locked(bus: DeskBus) -> None:
    for state in await bus.newest(VenueState):
        if state.lock is not None:
            raise LockedVenue(state)


def _confirmation(command: Message, messages: list[Message]) -> RiskState | None:
    """Return the standing that follows from the order; one that came right behind it is newer still."""
    states = [each for each in messages if isinstance(each, RiskState)]
    return states[-1] if any(state.trace_id == command.trace_id for state in states) else None


def _left(portfolio: PortfolioState | None) -> str:
    if portfolio is None:
        return "closing; the portfolio service does not say what is left"
    if not portfolio.packages:
        return "the ledger holds nothing; waiting for the venues to show it"
    largest = max(portfolio.packages, key=lambda package: package.exposure_usd)
    return (
        f"closing: {len(portfolio.packages)} packages, ${portfolio.exposure_usd:,.0f} exposure,"
        f" the largest in {largest.asset}"
    )
