"""Real short-lived processes under the supervisor."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TextIO

import pytest

from poise.supervisor import Patience, ProcessSpec, Supervisor

QUICK = Patience(restart_pause_first_s=0.01, restart_pause_max_s=0.02, stop_s=0.05)
DEAF = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
line = open(sys.argv[1], "w")
line.write("ready\\n")
line.flush()
while True:
    signal.pause()
"""
"""A process that ignores SIGTERM; whoever reads the named pipe sees it get ready, and its end."""
LAUNCHER = """
import asyncio, sys
from pathlib import Path
from poise.supervisor import ProcessSpec, Supervisor

async def main():
    supervisor = Supervisor(Path(sys.argv[1]), print)
    supervisor.start(ProcessSpec("deaf", [sys.executable, "-c", sys.argv[2], sys.argv[3]]))
    await asyncio.Event().wait()

asyncio.run(main())
"""


class Heard:
    """What the supervisor says, to be waited for."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str] = asyncio.Queue()

    def __call__(self, line: str) -> None:
        self._lines.put_nowait(line)

    async def next(self) -> str:
        return await asyncio.wait_for(self._lines.get(), 30)

    @property
    def is_silent(self) -> bool:
        return self._lines.empty()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def shell(name: str, script: str, **environment: str) -> ProcessSpec:
    return ProcessSpec(name, ["/bin/sh", "-c", script], environment)


async def opened(fifo: Path) -> TextIO:
    """Open the pipe once somebody writes to it."""
    return await asyncio.to_thread(fifo.open)


async def line_of(pipe: TextIO) -> str:
    return (await asyncio.to_thread(pipe.readline)).strip()


async def test_a_process_that_ends_is_said_and_started_again_after_a_growing_pause(
    tmp_path: Path, heard: Heard
) -> None:
    supervisor = Supervisor(tmp_path, heard, patience=QUICK)
    supervisor.start(shell("risk", "exit 3"))
    said = [await heard.next() for _ in range(3)]
    await supervisor.stop()
    assert said == [
        "risk ended (exit code 3); starting it again in 0.01 s",
        "risk ended (exit code 3); starting it again in 0.02 s",
        "risk ended (exit code 3); starting it again in 0.02 s",
    ]
    assert supervisor.restarts["risk"] >= 3
    assert not supervisor.refused.done()


async def test_a_process_that_ran_steadily_is_started_again_after_the_first_pause(tmp_path: Path, heard: Heard) -> None:
    patience = Patience(restart_pause_first_s=0.01, restart_pause_max_s=8, steady_after_s=0, stop_s=1)
    supervisor = Supervisor(tmp_path, heard, patience=patience)
    supervisor.start(shell("risk", "exit 0"))
    said = {await heard.next() for _ in range(3)}
    await supervisor.stop()
    assert said == {"risk ended (exit code 0); starting it again in 0.01 s"}


async def test_a_killed_process_is_said_with_its_signal(tmp_path: Path, heard: Heard) -> None:
    supervisor = Supervisor(tmp_path, heard, patience=QUICK)
    supervisor.start(shell("risk", "kill -KILL $$"))
    assert "risk ended (signal SIGKILL)" in await heard.next()
    await supervisor.stop()


@pytest.mark.parametrize(
    ("script", "last_words"),
    [
        ("echo starting; echo 'limits.yaml is refused' >&2; exit 2", "limits.yaml is refused"),
        ("exit 2", "it said nothing"),
    ],
)
async def test_a_refused_configuration_is_told_with_its_last_words_and_not_tried_again(
    tmp_path: Path, heard: Heard, script: str, last_words: str
) -> None:
    supervisor = Supervisor(tmp_path, heard, patience=QUICK)
    supervisor.start(shell("risk", script))
    refusal = await asyncio.wait_for(supervisor.refused, 30)
    await supervisor.stop()
    assert str(refusal) == f"risk refused to start: {last_words}"
    assert supervisor.restarts == {"risk": 0}
    assert heard.is_silent


async def test_a_second_refusal_is_not_tried_again_either(tmp_path: Path, heard: Heard) -> None:
    supervisor = Supervisor(tmp_path, heard, patience=QUICK)
    supervisor.start(shell("risk", "exit 2"))
    await asyncio.wait_for(supervisor.refused, 30)
    supervisor.start(shell("signals", "exit 2"))
    _, unended = await asyncio.wait(supervisor._keepers, timeout=5)
    await supervisor.stop()
    assert unended == set()
    assert supervisor.restarts == {"risk": 0, "signals": 0}
    assert heard.is_silent


async def test_a_command_that_cannot_be_run_is_a_refusal_with_the_reason(tmp_path: Path, heard: Heard) -> None:
    supervisor = Supervisor(tmp_path, heard)
    supervisor.start(ProcessSpec("risk", ["/nowhere/python"]))
    refusal = await asyncio.wait_for(supervisor.refused, 30)
    await supervisor.stop()
    assert "/nowhere/python" in str(refusal)


async def test_a_stop_kills_what_ignores_sigterm(tmp_path: Path, heard: Heard, fifo: Path) -> None:
    supervisor = Supervisor(tmp_path, heard, patience=QUICK)
    supervisor.start(ProcessSpec("deaf", [sys.executable, "-c", DEAF, str(fifo)]))
    with await opened(fifo) as pipe:
        assert await line_of(pipe) == "ready"
        process = supervisor._processes["deaf"]
        await supervisor.stop()
        assert await line_of(pipe) == "", "nobody holds the other end any more"
    assert process.returncode == -signal.SIGKILL
    assert heard.is_silent


async def test_a_stop_lets_a_process_end_by_itself_on_sigterm(tmp_path: Path, heard: Heard, fifo: Path) -> None:
    supervisor = Supervisor(tmp_path, heard)
    supervisor.start(shell("polite", f"trap 'echo bye; exit 0' TERM; echo ready >{fifo}; while :; do sleep 0.01; done"))
    with await opened(fifo) as pipe:
        assert await line_of(pipe) == "ready"
    await supervisor.stop()
    assert supervisor.log_path("polite").read_text() == "bye\n"
    assert heard.is_silent


async def test_nothing_is_started_again_after_a_stop(tmp_path: Path, heard: Heard) -> None:
    supervisor = Supervisor(tmp_path, heard, patience=Patience(restart_pause_first_s=0))
    supervisor.start(shell("risk", "exit 1"))
    await heard.next()
    await supervisor.stop()
    restarts, log = supervisor.restarts["risk"], supervisor.log_path("risk").stat().st_mtime_ns
    for _ in range(100):
        await asyncio.sleep(0)
    assert supervisor.restarts["risk"] == restarts
    assert supervisor.log_path("risk").stat().st_mtime_ns == log
    assert supervisor.rss_mb() == {}


async def test_processes_that_outlive_a_killed_launcher_are_ended_by_the_kernel(tmp_path: Path, fifo: Path) -> None:
    launcher = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LAUNCHER, str(tmp_path), DEAF, str(fifo), stdout=asyncio.subprocess.DEVNULL
    )
    with await opened(fifo) as pipe:
        assert await line_of(pipe) == "ready"
        launcher.kill()
        await launcher.wait()
        assert await line_of(pipe) == "", "nobody holds the other end any more"


async def test_a_process_gets_its_environment_and_its_memory_is_known_while_it_lives(
    tmp_path: Path, heard: Heard, fifo: Path
) -> None:
    supervisor = Supervisor(tmp_path, heard)
    lasting = f"echo $POISE_REDIS__URL >{fifo}; while :; do sleep 0.1; done"
    supervisor.start(shell("risk", lasting, POISE_REDIS__URL="redis://here"))
    with await opened(fifo) as pipe:
        assert await line_of(pipe) == "redis://here"
    sizes = supervisor.rss_mb()
    await supervisor.stop()
    assert sizes["risk"] > 0
