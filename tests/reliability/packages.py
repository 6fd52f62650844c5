"""Opening and closing packages as risk would approve them, until each is over."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import cycle
from random import Random

from tests.reliability.surroundings import End, Pair, Surroundings

from poise_common.contracts.execution import (
    ApprovalRefused,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.packages import LegRole, OrderStyle, PackageApproved

_ENDS_WITHIN_S = 60.0
_CLOSINGS_MAX = 8
_CLOSE_AGAIN_AFTER_S = 1.0
_REFUSALS_MAX = 200

BeforeEach = Callable[[PackageApproved], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Life:
    """How one approval went: from the signature to the first word on how it ended."""

    approved: PackageApproved
    end: End
    ended_at: datetime

    @property
    def seconds(self) -> float:
        return (self.ended_at - self.approved.approval.issued_at).total_seconds()


class PackageMaker:
    """Carry packages through, several at a time."""

    def __init__(self, around: Surroundings, random: Random, *, usd: tuple[int, int] = (200, 1_500)) -> None:
        self._around = around
        self._random = random
        self._usd = usd
        self.lives: list[Life] = []

    @property
    def is_shut_out(self) -> bool:
        """Say whether execution takes nothing any more: going on would go on for ever."""
        lately = self.lives[-_REFUSALS_MAX:]
        return len(lately) == _REFUSALS_MAX and all(isinstance(life.end, ApprovalRefused) for life in lately)

    async def run(self, packages: int, *, at_once: int, before_each: BeforeEach) -> None:
        """Open and close so many packages; a closing in two is a rested one."""
        pairs = cycle(self._around.pairs.values())
        queue = iter(range(packages))

        async def work() -> None:
            for number in queue:
                await self._carry(next(pairs), number, before_each)

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())

    async def _carry(self, pair: Pair, number: int, before_each: BeforeEach) -> None:
        opening = self._around.opening(pair, Decimal(self._random.randint(*self._usd)))
        end = await self._approve(opening, before_each)
        held = _held(end)
        for attempt in range(_CLOSINGS_MAX):
            if held is None or not any(held.values()):
                return
            style = OrderStyle.POST_ONLY if (number + attempt) % 2 else OrderStyle.IOC
            closing = self._around.closing(pair, opening.approval.package_id, held, style)
            end = await self._approve(closing, before_each)
            if not isinstance(end, ApprovalRefused):
                held = _held(end)
            if held is not None:
                await asyncio.sleep(_CLOSE_AGAIN_AFTER_S)

    async def _approve(self, approved: PackageApproved, before_each: BeforeEach) -> End:
        await before_each(approved)
        approval_id = approved.approval.approval_id
        await self._around.say(approved)
        await self._around.until(
            lambda: self._around.last_end(approval_id) is not None,
            within_s=_ENDS_WITHIN_S,
            what=f"a word on how approval {approval_id} ended",
        )
        end = self._around.heard.ends[approval_id][0]
        self.lives.append(Life(approved, end, end.hops[-1].at))
        return end


def _held(end: End) -> dict[LegRole, Decimal] | None:
    """Return what is held after an end; None where nothing is, or nobody can say."""
    match end:
        case PackageOpened():
            return {LegRole.LONG: end.long_leg.held_quantity, LegRole.SHORT: end.short_leg.held_quantity}
        case PackageClosedPartly():
            return {LegRole.LONG: end.remaining_long_quantity, LegRole.SHORT: end.remaining_short_quantity}
        case PackageClosed() | PackageAborted() | PackageHalted() | ApprovalRefused():
            return None
