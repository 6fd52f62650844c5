"""Deals the strikes of a plan one after the other, and remembers how each victim came back."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.crash.blows import BACK_WITHIN_S, HIT_WITHIN_S, Recovery, deal
from tests.crash.desk import CrashDesk
from tests.crash.plan import SERVERS, SERVICES, Blow, Kill, Strike

_NEXT_AFTER_S = 2.5
"""The next strike falls when the last victim is back, or after this long."""
_TRIES = 3


class Striker:
    """Carry out a plan; a failpoint that is not reached in time is tried again later."""

    def __init__(self, desk: CrashDesk, say: Callable[[str], None]) -> None:
        self._desk = desk
        self._say = say
        self._tries: Counter[Kill] = Counter()
        self._waiting: list[Strike] = []
        self._under_way: dict[asyncio.Task[None], Kill] = {}
        self.recoveries: list[Recovery] = []

    @property
    def struck(self) -> Counter[tuple[str, str]]:
        """Return how often each failpoint was struck, by service and place."""
        kills = (recovery.kill for recovery in self.recoveries)
        return Counter((kill.victim, str(kill.place)) for kill in kills if kill.blow is Blow.FAILPOINT)

    async def carry_out(self, strikes: Sequence[Strike], stop: asyncio.Event) -> None:
        """Deal every strike, or stop between two when told to; returns when all victims are back."""
        self._waiting = list(strikes)
        try:
            while (self._waiting or self._under_way) and not stop.is_set():
                strike = self._next()
                if strike is None:
                    await asyncio.wait(self._under_way, timeout=_NEXT_AFTER_S, return_when=asyncio.FIRST_COMPLETED)
                    continue
                await asyncio.sleep(strike.wait_s)
                tasks = [self._start(kill) for kill in strike.kills]
                with_server = any(kill.victim in SERVERS for kill in strike.kills)
                await asyncio.wait(tasks, timeout=None if with_server else _NEXT_AFTER_S)
            await asyncio.gather(*self._under_way)
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    def _next(self) -> Strike | None:
        """Take the first strike whose victims nobody else is at."""
        busy = {kill.victim for kill in self._under_way.values()}
        for strike in self._waiting:
            if busy.isdisjoint(kill.victim for kill in strike.kills):
                self._waiting.remove(strike)
                return strike
        return None

    def _start(self, kill: Kill) -> asyncio.Task[None]:
        task = asyncio.create_task(self._deal(kill))
        self._under_way[task] = kill
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]

    async def _deal(self, kill: Kill) -> None:
        recovery = await deal(kill, self._desk)
        if recovery is None:
            self._try_again(kill)
            return
        self.recoveries.append(recovery)
        number = len(self.recoveries)
        if recovery.seconds is not None:
            computed = "" if recovery.cpu_s is None else f", {recovery.cpu_s:.2f} s of them computing"
            self._say(f"{number}: {kill}: ready after {recovery.seconds:.2f} s{computed}")
            return
        reasons = {service: reason for service in SERVICES if (reason := await self._desk.unready(service))}
        self._say(f"{number}: {kill}: NOT ready within {BACK_WITHIN_S:g} s: {reasons}")

    def _try_again(self, kill: Kill) -> None:
        once = replace(kill, hits=1)
        self._tries[once] += 1
        if self._tries[once] < _TRIES:
            self._say(f"{kill}: not reached within {HIT_WITHIN_S:g} s; later again")
            self._waiting.append(Strike((once,), 0.0))
        else:
            self._say(f"{kill}: never reached; killed at a random moment instead")
            self._waiting.append(Strike((Kill(kill.victim, Blow.KILL),), 0.0))
