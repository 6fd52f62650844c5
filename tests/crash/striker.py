"""Deals the blows of a plan and times how long each victim takes to be ready again."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tests.crash.armed import FailpointOrder
from tests.crash.desk import CrashDesk
from tests.crash.plan import SERVERS, SERVICES, Blow, Kill, Strike
from tests.crash.waiting import until

_NEXT_AFTER_S = 2.5
"""The next strike falls when the last victim is back, or after this long."""
_READY_BEFORE_S = 15.0
_BACK_WITHIN_S = 30.0
_STEADY_S = 0.3
_SERVER_STEADY_S = 1.5
"""Longer than a service may take to notice that a server was away."""
_HIT_WITHIN_S = 20.0
_HIT_TRIES = 3
_LOOK_EVERY_S = 0.01


@dataclass(frozen=True, slots=True)
class Recovery:
    """A blow that fell, and the seconds until its victim (for a server: all services) was ready; None: never."""

    kill: Kill
    seconds: float | None


class Striker:
    """Carry out a plan; a failpoint that is not reached in time is tried again later."""

    def __init__(self, desk: CrashDesk, say: Callable[[str], None]) -> None:
        self._desk = desk
        self._say = say
        self._tries: Counter[Kill] = Counter()
        self._waiting: list[Strike] = []
        self._under_way: dict[asyncio.Task[None], Kill] = {}
        self.recoveries: list[Recovery] = []
        self.struck: Counter[tuple[str, str]] = Counter()
        """Failpoints by service and place."""

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
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]

    async def _deal(self, kill: Kill) -> None:
        if kill.victim in SERVERS:
            await self._back(kill, await self._kill_server(kill))
            return
        await self._desk.ready((kill.victim,), steady_s=0, within_s=_READY_BEFORE_S)
        match kill.blow:
            case Blow.KILL:
                await self._back(kill, await self._killed(kill.victim))
            case Blow.PAUSE:
                await self._back(kill, await self._pause(kill))
            case Blow.FAILPOINT:
                await self._at_failpoint(kill)

    async def _back(self, kill: Kill, seconds: float | None) -> None:
        self.recoveries.append(Recovery(kill, seconds))
        if seconds is not None:
            self._say(f"{len(self.recoveries)}: {kill}: ready after {seconds:.2f} s")
            return
        reasons = {service: reason for service in SERVICES if (reason := await self._desk.unready(service))}
        self._say(f"{len(self.recoveries)}: {kill}: NOT ready within {_BACK_WITHIN_S:g} s: {reasons}")

    async def _killed(self, victim: str) -> float | None:
        process_id = self._desk.process_id(victim)
        struck_at = asyncio.get_running_loop().time()
        if process_id is not None:
            os.kill(process_id, signal.SIGKILL)
        return await self._until_back(victim, process_id, struck_at)

    async def _until_back(self, victim: str, old: int | None, struck_at: float) -> float | None:
        """Return the time from the blow until another process of that name is ready."""
        await until(lambda: self._desk.process_id(victim) not in {old, None}, every_s=_LOOK_EVERY_S)
        since = await self._desk.ready((victim,), steady_s=_STEADY_S, within_s=_BACK_WITHIN_S)
        return None if since is None else since - struck_at

    async def _pause(self, kill: Kill) -> float | None:
        process_id = self._desk.process_id(kill.victim)
        if process_id is None:
            return await self._killed(kill.victim)
        os.kill(process_id, signal.SIGSTOP)
        try:
            await asyncio.sleep(kill.seconds)
        finally:
            os.kill(process_id, signal.SIGCONT)
        resumed_at = asyncio.get_running_loop().time()
        # It may find that it has lost its place, end, and be started anew.
        since = await self._desk.ready((kill.victim,), steady_s=_SERVER_STEADY_S, within_s=_BACK_WITHIN_S)
        return None if since is None else since - resumed_at

    async def _kill_server(self, kill: Kill) -> float | None:
        server = self._desk.redis if kill.victim == SERVERS[0] else self._desk.postgres
        struck_at = asyncio.get_running_loop().time()
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(kill.seconds)
        await asyncio.to_thread(server.start)
        since = await self._desk.ready(SERVICES, steady_s=_SERVER_STEADY_S, within_s=_BACK_WITHIN_S)
        return None if since is None else since - struck_at

    async def _at_failpoint(self, kill: Kill) -> None:
        orders = self._desk.orders_for(kill.victim)
        process_id = self._desk.process_id(kill.victim)
        orders.give(FailpointOrder(str(kill.place), kill.hits))
        try:
            async with asyncio.timeout(_HIT_WITHIN_S):
                await until(lambda: orders.read() is None, every_s=_LOOK_EVERY_S)
        except TimeoutError:
            if orders.take_back():
                self._not_reached(kill)
                return
        struck_at = asyncio.get_running_loop().time()
        self.struck[kill.victim, str(kill.place)] += 1
        await self._back(kill, await self._until_back(kill.victim, process_id, struck_at))

    def _not_reached(self, kill: Kill) -> None:
        once = replace(kill, hits=1)
        self._tries[once] += 1
        if self._tries[once] < _HIT_TRIES:
            self._say(f"{kill}: not reached within {_HIT_WITHIN_S:g} s; later again")
            self._waiting.append(Strike((once,), 0.0))
        else:
            self._say(f"{kill}: never reached; killed at a random moment instead")
            self._waiting.append(Strike((Kill(kill.victim, Blow.KILL),), 0.0))
