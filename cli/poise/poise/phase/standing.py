"""The desk's phase as the portfolio last told it, and a person's order to change it."""

from collections.abc import Callable, Iterator

from pydantic import AwareDatetime, computed_field

from poise.desk_bus import DeskBus, ask
from poise.operating.orders import STAGE, operator
from poise.operating.status import silence
from poise_common.contracts.control import Promote
from poise_common.contracts.message import Message
from poise_common.contracts.state import GateLine, PhaseState
from poise_common.domain.value import Value
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids


class PhaseStanding(Value):
    """The phase, and what keeps the desk from the next one."""

    read_at: AwareDatetime
    phase: PhaseState | None

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def missing(self) -> tuple[GateLine, ...]:
        """What the next phase requires and the desk has not."""
        gate = () if self.phase is None else self.phase.gate
        return tuple(line for line in gate if line.is_required and not line.is_met)

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def attention(self) -> tuple[str, ...]:
        """What keeps the figures from being the newest."""
        return tuple(self._attention())

    def _attention(self) -> Iterator[str]:
        told_at = None if self.phase is None else self.phase.as_of
        if (silent := silence("portfolio", told_at, self.read_at)) is not None:
            yield silent


class NoSuchStep(Exception):
    """What is ordered leads nowhere from the phase that the desk is in."""


async def read_phase(redis_url: str, *, wait_s: float) -> PhaseStanding:
    """Read what the bus has; raises DeskUnreachable."""

    async def read(bus: DeskBus) -> PhaseStanding:
        return PhaseStanding(read_at=utc_now(), phase=await _newest(bus))

    return await ask(redis_url, read, wait_s=wait_s, answerer="the portfolio")


async def promote(redis_url: str, to: int | None, reason: str, *, wait_s: float) -> PhaseState:
    """Order the next phase, or the one named, and return the portfolio's answer; its `refusal` says why not.

    Raises NoSuchStep for a phase that does not lie ahead, DeskUnreachable where nobody answers.
    """

    def wanted(current: PhaseState) -> int:
        if to is not None and to <= current.phase:
            raise NoSuchStep(f"the desk is in phase {current.phase}; `poise phase demote {to}` leads back")
        target = current.next_phase if to is None else to
        if target is None:
            raise NoSuchStep(f"phase {current.phase} is the last one")
        return target

    return await _order(redis_url, wanted, reason, wait_s=wait_s)


async def demote(redis_url: str, to: int | None, reason: str, *, wait_s: float) -> PhaseState:
    """Order the phase before, or an earlier one, and return the portfolio's answer; raises as `promote` does."""

    def wanted(current: PhaseState) -> int:
        if to is not None and to >= current.phase:
            raise NoSuchStep(f"the desk is in phase {current.phase}; `poise phase promote {to}` leads on")
        if current.phase == 0:
            raise NoSuchStep("phase 0 is the first one")
        return current.phase - 1 if to is None else to

    return await _order(redis_url, wanted, reason, wait_s=wait_s)


async def _order(redis_url: str, wanted: Callable[[PhaseState], int], reason: str, *, wait_s: float) -> PhaseState:
    async def give(bus: DeskBus) -> PhaseState:
        current = await _newest(bus)
        if current is None:
            raise NoSuchStep("the portfolio has not said which phase the desk is in; is it running?")
        now = utc_now()
        order = Promote.first(random_ids()(now), STAGE, now, phase=wanted(current), operator=operator(), reason=reason)
        since = await bus.positions(PhaseState)
        await bus.send(order)
        return await bus.until(PhaseState, since=since, answer=lambda messages: _answer(order, messages))

    return await ask(redis_url, give, wait_s=wait_s, answerer="the portfolio")


async def _newest(bus: DeskBus) -> PhaseState | None:
    return next(iter(await bus.newest(PhaseState)), None)


def _answer(order: Promote, messages: list[Message]) -> PhaseState | None:
    answers = (each for each in messages if isinstance(each, PhaseState) and each.trace_id == order.trace_id)
    return next(answers, None)
