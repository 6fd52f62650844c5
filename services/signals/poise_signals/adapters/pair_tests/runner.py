"""Having pairs tested by a process that comes and goes."""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import datetime

import orjson
import structlog

from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.platform.service import Push
from poise_signals.domain.pairs.trials import PairsTested, PairVerdict, TestPairs

_STAGE = "signals"
_MODULE = "poise_signals.adapters.pair_tests"
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT")
"""Of the environment: nothing of it is a secret."""
_log = structlog.get_logger()


class PairTestFailed(Exception):
    """The process did not answer."""


class PairTests:
    """Runs the effects of signals: tests of pairs, one process at a time."""

    def __init__(self, *, timeout_s: float, now: Clock, new_id: NewId) -> None:
        self._timeout_s = timeout_s
        self._now = now
        self._new_id = new_id
        self._turn = asyncio.Lock()

    async def run(self, effect: object, push: Push) -> None:
        """Test the pairs, and push a verdict on each, whatever became of the process."""
        if not isinstance(effect, TestPairs):
            raise TypeError(f"no such effect: {effect!r}")
        async with self._turn:
            try:
                verdicts = _verdicts(effect, await self._answer(_question(effect)))
            except PairTestFailed as failure:
                _log.warning("pairs_not_tested", pairs=len(effect.samples), reason=str(failure))
                verdicts = tuple(
                    PairVerdict(pair=sample.pair, p_value=None, reason=str(failure)) for sample in effect.samples
                )
        await push(tested(verdicts, self._new_id, self._now()))

    async def _answer(self, question: bytes) -> bytes:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | _ONE_THREAD
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            answer, complaint = await asyncio.wait_for(process.communicate(question), self._timeout_s)
        except TimeoutError:
            raise PairTestFailed(f"no answer within {self._timeout_s:g} s") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode != 0:
            last_line = complaint.decode(errors="replace").strip().rsplit("\n", 1)[-1]
            raise PairTestFailed(f"it ended with code {process.returncode}: {last_line}")
        return answer


def tested(verdicts: tuple[PairVerdict, ...], new_id: NewId, now: datetime) -> PairsTested:
    """Return the verdicts as the message that the core takes."""
    return PairsTested.first(new_id(now), _STAGE, now, verdicts=verdicts)


def _question(effect: TestPairs) -> bytes:
    samples = [(sample.log_first, sample.log_second) for sample in effect.samples]
    return orjson.dumps(samples, option=orjson.OPT_SERIALIZE_NUMPY)


def _verdicts(effect: TestPairs, answer: bytes) -> tuple[PairVerdict, ...]:
    try:
        outcomes = orjson.loads(answer)
    except orjson.JSONDecodeError as error:
        raise PairTestFailed(f"its answer cannot be read: {error}") from None
    return tuple(
        PairVerdict(pair=sample.pair, **outcome) for sample, outcome in zip(effect.samples, outcomes, strict=True)
    )
