"""One blow at one victim, and how long the victim takes to be ready again."""

import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import datetime, timedelta

import psutil
from tests.crash.armed import FailpointOrder
from tests.crash.desk import CrashDesk
from tests.crash.history import Stretch
from tests.crash.plan import REDIS, SERVERS, SERVICES, Blow, Kill
from tests.crash.waiting import until

from poise_common.platform.clock import utc_now

BACK_WITHIN_S = 30.0
HIT_WITHIN_S = 20.0
_READY_BEFORE_S = 15.0
_STEADY_S = 0.3
_NOTICED_S = 1.5
"""Longer than a service may take to notice that a server was away, or that it was itself."""
_LOOK_EVERY_S = 0.01


@dataclass(frozen=True, slots=True)
class Recovery:
    """A blow that fell, and the seconds until its victim (for a server: all services) was ready; None: never.

    A pause counts from its end: until then there is nothing to recover from.
    """

    kill: Kill
    struck_at: datetime
    seconds: float | None
    cpu_s: float | None = None
    """What the new process had computed by then: how long it takes on a core of its own."""

    @property
    def away(self) -> Stretch:
        """From the blow until the victim was back, a pause included."""
        paused_s = self.kill.seconds if self.kill.blow is Blow.PAUSE else 0.0
        seconds = BACK_WITHIN_S if self.seconds is None else self.seconds
        return Stretch(self.struck_at, self.struck_at + timedelta(seconds=paused_s + seconds))


async def deal(kill: Kill, desk: CrashDesk) -> Recovery | None:
    """Strike; return how the victim came back, None where it never reached the failpoint."""
    if kill.victim in SERVERS:
        return await _kill_server(kill, desk)
    await desk.ready((kill.victim,), steady_s=0, within_s=_READY_BEFORE_S)
    match kill.blow:
        case Blow.KILL:
            return await _kill(kill, desk)
        case Blow.PAUSE:
            return await _pause(kill, desk)
        case Blow.FAILPOINT:
            return await _strike_at_failpoint(kill, desk)


async def _kill(kill: Kill, desk: CrashDesk) -> Recovery:
    process_id = desk.process_id(kill.victim)
    struck_at, struck_s = utc_now(), _now_s()
    if process_id is not None:
        os.kill(process_id, signal.SIGKILL)
    return await _until_back(kill, desk, process_id, struck_at, struck_s)


async def _pause(kill: Kill, desk: CrashDesk) -> Recovery:
    process_id = desk.process_id(kill.victim)
    if process_id is None:
        return await _kill(kill, desk)
    struck_at = utc_now()
    os.kill(process_id, signal.SIGSTOP)
    try:
        await asyncio.sleep(kill.seconds)
    finally:
        os.kill(process_id, signal.SIGCONT)
    continued_s = _now_s()
    # It may find that it has lost its place, end, and be started anew.
    since_s = await desk.ready((kill.victim,), steady_s=_NOTICED_S, within_s=BACK_WITHIN_S)
    return Recovery(kill, struck_at, None if since_s is None else since_s - continued_s)


async def _kill_server(kill: Kill, desk: CrashDesk) -> Recovery:
    server = desk.redis if kill.victim == REDIS else desk.postgres
    struck_at, struck_s = utc_now(), _now_s()
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(kill.seconds)
    await asyncio.to_thread(server.start)
    since_s = await desk.ready(SERVICES, steady_s=_NOTICED_S, within_s=BACK_WITHIN_S)
    return Recovery(kill, struck_at, None if since_s is None else since_s - struck_s)


async def _strike_at_failpoint(kill: Kill, desk: CrashDesk) -> Recovery | None:
    orders = desk.orders_for(kill.victim)
    struck = desk.process_id(kill.victim)

    def is_struck() -> bool:
        nonlocal struck
        running = desk.process_id(kill.victim)  # before the order is looked for: else it may be the next one already
        if orders.read() is None:
            return True
        struck = running
        return False

    orders.give(FailpointOrder(str(kill.place), kill.hits))
    try:
        async with asyncio.timeout(HIT_WITHIN_S):
            await until(is_struck, every_s=_LOOK_EVERY_S)
    except TimeoutError:
        if orders.take_back():
            return None
    struck_at, struck_s = utc_now(), _now_s()
    return await _until_back(kill, desk, struck, struck_at, struck_s)


async def _until_back(
    kill: Kill, desk: CrashDesk, struck: int | None, struck_at: datetime, struck_s: float
) -> Recovery:
    """Wait until another process of that name is ready."""
    await until(lambda: desk.process_id(kill.victim) not in {struck, None}, every_s=_LOOK_EVERY_S)
    since_s = await desk.ready((kill.victim,), steady_s=_STEADY_S, within_s=BACK_WITHIN_S)
    if since_s is None:
        return Recovery(kill, struck_at, None)
    return Recovery(kill, struck_at, since_s - struck_s, _cpu_s(desk.process_id(kill.victim)))


def _cpu_s(process_id: int | None) -> float | None:
    try:
        times = psutil.Process(process_id).cpu_times()
    except psutil.NoSuchProcess:
        return None
    return float(times.user + times.system)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
