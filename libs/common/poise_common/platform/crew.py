"""Tasks that live and end together."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any

_CANCEL_AGAIN_AFTER_S = 0.5


class Crew:
    """Start tasks; the first that fails fails the crew.

    Unlike a task group it cancels until a task ends: a client library may swallow one cancellation (`asyncio.wait_for`
    of Python 3.11 does when its inner wait ends in the same moment), and a service must not outlive its defect.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task of the crew."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._note_end)
        return task

    def fail(self, error: BaseException) -> None:
        """Fail the crew for a reason that is no task's own."""
        if not self._failure.done():
            self._failure.set_exception(error)

    async def until(self, event: asyncio.Event) -> None:
        """Wait for the event; raises the crew's failure if that comes first."""
        waiting = asyncio.create_task(event.wait())
        try:
            waited_for: set[asyncio.Future[Any]] = {waiting, self._failure}
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        self.check()

    def check(self) -> None:
        """Raise the crew's failure if there is one."""
        if self._failure.done():
            self._failure.result()

    async def end(self, tasks: Collection["asyncio.Task[None]"] | None = None) -> None:
        """Cancel these tasks, or all, until they have ended; those that join meanwhile too."""
        ending = self._tasks if tasks is None else tasks
        while pending := [task for task in ending if not task.done()]:
            for task in pending:
                task.cancel()
            await asyncio.wait(pending, timeout=_CANCEL_AGAIN_AFTER_S)

    def _note_end(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)
