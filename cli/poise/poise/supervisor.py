"""Keeps a set of processes running: starts them, says when one died, starts it again, ends them all."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_REFUSED = 2
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """Let the kernel end the child when the launcher is killed outright: nothing may stay behind.

    SIGKILL, since nobody is left to wait for one that does not listen; services are built to be killed.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the supervisor waits for what."""

    restart_pause_first_s: float = 0.5
    restart_pause_max_s: float = 8.0
    steady_after_s: float = 20.0
    """A process that lived this long starts again with the first pause."""
    stop_s: float = 8.0
    """From SIGTERM to SIGKILL."""


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process of the desk: its name in messages and log files, its command, what its environment adds."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class ProcessRefusedToStart(Exception):
    """A process ended by itself with exit code 2, or cannot be run at all: starting it again won't help."""

    def __init__(self, name: str, last_words: str) -> None:
        super().__init__(f"{name} refused to start: {last_words}")
        self.name = name
        self.last_words = last_words


class Supervisor:
    """Run processes until stopped; a dead one is said and restarted with a growing pause."""

    def __init__(self, log_directory: Path, say: Callable[[str], None], *, patience: Patience | None = None) -> None:
        self._log_directory = log_directory
        self._say = say
        self._patience = patience or Patience()
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self.restarts: dict[str, int] = {}
        self.refused: asyncio.Future[ProcessRefusedToStart] = asyncio.get_running_loop().create_future()

    def start(self, spec: ProcessSpec) -> None:
        """Start a process and keep it running."""
        self.restarts[spec.name] = 0
        self._keepers.append(asyncio.create_task(self._keep(spec), name=f"keep {spec.name}"))

    async def stop(self) -> None:
        """End every process: SIGTERM first, SIGKILL for what does not listen."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._keepers.clear()
        await asyncio.gather(*(self._end(process) for process in self._processes.values()))
        self._processes.clear()

    def process_id(self, name: str) -> int | None:
        """Return the process' id while it runs."""
        process = self._processes.get(name)
        return process.pid if process is not None and process.returncode is None else None

    def rss_mb(self) -> dict[str, float]:
        """Return each living process' resident memory in MB."""
        sizes = {}
        for name, process in self._processes.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                sizes[name] = round(psutil.Process(process.pid).memory_info().rss / 1e6, 1)
        return sizes

    def log_path(self, name: str) -> Path:
        return self._log_directory / f"{name}.log"

    async def _keep(self, spec: ProcessSpec) -> None:
        patience = self._patience
        pause_s = patience.restart_pause_first_s
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                code = await self._run_once(spec)
            except OSError as error:
                self._refuse(spec.name, str(error))
                return
            if code == _REFUSED:
                self._refuse(spec.name, self._last_words(spec.name))
                return
            if loop.time() - started > patience.steady_after_s:
                pause_s = patience.restart_pause_first_s
            self.restarts[spec.name] += 1
            self._say(f"{spec.name} ended ({_describe(code)}); starting it again in {pause_s:g} s")
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, patience.restart_pause_max_s)

    def _refuse(self, name: str, why: str) -> None:
        if not self.refused.done():  # the first refusal ends the desk; the others' reasons are in their logs
            self.refused.set_result(ProcessRefusedToStart(name, why))

    async def _run_once(self, spec: ProcessSpec) -> int:
        with self.log_path(spec.name).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *spec.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **spec.environment},
                start_new_session=True,  # Ctrl-C is the launcher's to handle
                preexec_fn=_die_with_parent,
            )
        self._processes[spec.name] = process
        return await process.wait()

    def _last_words(self, name: str) -> str:
        lines = self.log_path(name).read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self._patience.stop_s)
        except TimeoutError:
            process.kill()
            await process.wait()


def _describe(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
