"""Waiting while a desk runs: for what happens, for the time, for a person, for a process that refuses."""

import asyncio

import pytest

from poise.demo.waiting import TradingTime, Waiting, listens
from poise.supervisor import ProcessRefusedToStart

LONG_S = 30


class Hall:
    """Where one waits, and all that may end it."""

    def __init__(self) -> None:
        self.refused: asyncio.Future[ProcessRefusedToStart] = asyncio.get_running_loop().create_future()
        self.interrupted = asyncio.Event()
        self.happens = asyncio.Event()
        self.waiting = Waiting(self.refused, self.interrupted)

    def until_it_happens(self, timeout_s: float = LONG_S) -> asyncio.Task[bool]:
        return asyncio.create_task(self.waiting.until(self.happens.wait(), timeout_s=timeout_s))


async def test_what_happens_ends_the_wait() -> None:
    hall = Hall()
    wait = hall.until_it_happens()
    hall.happens.set()
    assert await asyncio.wait_for(wait, LONG_S) is True


async def test_what_does_not_happen_in_time_is_told() -> None:
    assert await Hall().until_it_happens(timeout_s=0.01) is False


async def test_a_person_ends_the_wait_and_every_one_after_it() -> None:
    hall = Hall()
    wait = hall.until_it_happens()
    hall.interrupted.set()
    assert await asyncio.wait_for(wait, LONG_S) is False
    assert hall.waiting.is_interrupted
    await asyncio.wait_for(hall.waiting.pause(LONG_S * 10), LONG_S)


@pytest.mark.parametrize("pausing", [False, True])
async def test_a_process_that_refuses_to_start_ends_it_with_its_reason(pausing: bool) -> None:
    hall = Hall()
    wait = asyncio.create_task(hall.waiting.pause(LONG_S)) if pausing else hall.until_it_happens()
    hall.refused.set_result(ProcessRefusedToStart("risk", "limits.yaml is refused"))
    with pytest.raises(ProcessRefusedToStart, match=r"limits\.yaml is refused"):
        await asyncio.wait_for(wait, LONG_S)


async def test_what_the_awaited_raises_is_raised() -> None:
    async def breaks() -> None:
        raise LookupError("a defect")

    with pytest.raises(LookupError, match="a defect"):
        await Hall().waiting.until(breaks(), timeout_s=LONG_S)


async def test_nothing_of_a_wait_is_left_behind() -> None:
    await Hall().until_it_happens(timeout_s=0)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_who_listens_is_found() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        await asyncio.wait_for(listens(server.sockets[0].getsockname()[1]), LONG_S)


def test_trading_time_runs_from_its_start_and_can_be_made_longer_but_not_shorter() -> None:
    time = TradingTime()
    assert (time.left_s, time.passed_s) == (None, 0)
    time.start(1_000)
    time.last_at_least(500)
    assert time.left_s is not None
    assert 500 < time.left_s <= 1_000
    time.last_at_least(5_000)
    assert time.left_s > 1_000
    assert time.passed_s >= 0
