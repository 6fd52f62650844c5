"""Tasks that live and end together."""

import asyncio

import pytest

from poise_common.platform.crew import Crew


async def test_the_first_failure_fails_the_crew() -> None:
    crew = Crew()

    async def fails() -> None:
        raise ValueError("defect")

    endless = crew.start(asyncio.Event().wait())  # type: ignore[arg-type]  # its result is not looked at
    crew.start(fails())
    with pytest.raises(ValueError, match="defect"):
        await crew.until(asyncio.Event())
    await crew.end()
    assert endless.cancelled()


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    crew = Crew()
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while swallowed < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
        await asyncio.Event().wait()

    task = crew.start(stubborn())
    await asyncio.sleep(0)
    await crew.end()
    assert task.cancelled()
    assert swallowed == 2


async def test_an_event_ends_the_wait_and_a_cancelled_task_is_no_failure() -> None:
    crew, event = Crew(), asyncio.Event()
    task = crew.start(asyncio.sleep(3600))
    task.cancel()
    event.set()
    await crew.until(event)
    crew.check()


async def test_a_task_that_joins_while_the_crew_ends_is_ended_too() -> None:
    crew = Crew()
    joined: list[asyncio.Task[None]] = []

    async def calls_for_help() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            joined.append(crew.start(asyncio.sleep(3600)))

    crew.start(calls_for_help())
    await asyncio.sleep(0)
    await crew.end()
    assert joined[0].cancelled()


async def test_only_the_named_tasks_end_and_those_added_to_them_meanwhile() -> None:
    crew = Crew()
    other = crew.start(asyncio.sleep(3600))
    named: list[asyncio.Task[None]] = []

    async def adds_one() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            named.append(crew.start(asyncio.sleep(3600)))

    named.append(crew.start(adds_one()))
    await asyncio.sleep(0)
    await crew.end(named)
    assert [task.cancelled() for task in named] == [True, True]
    assert not other.done()
    await crew.end()
