"""Pairs tested by a real process, which comes and goes."""

import asyncio
import sys
from csv import DictReader
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise_common.contracts.message import Message
from poise_common.domain.ids import seeded_ids
from poise_common.domain.instruments import InstrumentId
from poise_signals.adapters.pair_tests import runner
from poise_signals.adapters.pair_tests.cointegration import engle_granger
from poise_signals.adapters.pair_tests.runner import PairTests
from poise_signals.domain.arrays import Floats
from poise_signals.domain.pairs.pairing import PairKey
from poise_signals.domain.pairs.trials import PairSample, PairsTested, PairVerdict, TestPairs

US_MACRO = Path(__file__).parents[2] / "unit" / "signals" / "us_macro.csv"
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def us_macro(column: str) -> Floats:
    """Quarterly US figures in billions of chained 2005 dollars, 1959 to 2009 (Bureau of Economic Analysis)."""
    with US_MACRO.open() as rows:
        return np.array([float(row[column]) for row in DictReader(rows)])


def two_with_one_trend() -> tuple[Floats, Floats]:
    """The series by which statsmodels compares itself with Stata: one random walk, and noise of each one's own."""
    dice = np.random.RandomState(123)
    walk = dice.randn(200).cumsum()
    noise = dice.randn(200, 4)
    return np.round(noise[:, 0] + walk + 1, 4), np.round(noise[:, 1] + walk, 4)


def pair(first: str) -> PairKey:
    return PairKey(InstrumentId("paper", f"{first}/USDT:USDT"), InstrumentId("paper", "ZRX/USDT:USDT"))


TOGETHER = PairSample(pair("A"), *two_with_one_trend())
APART = PairSample(pair("B"), us_macro("realcons"), us_macro("realgdp"))
STANDING = PairSample(pair("C"), np.ones(100), two_with_one_trend()[0][:100])


async def answer(*samples: PairSample, timeout_s: float = 60) -> tuple[PairVerdict, ...]:
    pushed: list[Message] = []

    async def push(message: Message) -> None:
        pushed.append(message)

    await PairTests(timeout_s=timeout_s, now=lambda: NOW, new_id=seeded_ids(1)).run(TestPairs(samples), push)
    (tested,) = pushed
    assert isinstance(tested, PairsTested)
    return tested.verdicts


async def test_a_process_tells_what_keeps_together_from_what_does_not_while_the_loop_goes_on() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    together, apart, standing = await answer(TOGETHER, APART, STANDING)
    ticking.cancel()
    # statsmodels' import takes a second or more: had it been here, there would be hardly any.
    assert ticks > 100
    assert [verdict.pair for verdict in (together, apart, standing)] == [pair("A"), pair("B"), pair("C")]
    assert together.p_value is not None
    assert together.p_value < 1e-3
    # Stata's egranger without lags finds 0.615; Akaike's criterion takes some, and finds the same.
    assert apart.p_value is not None
    assert apart.p_value > 0.3
    assert (standing.p_value, standing.reason) == (None, "a series stands still")


async def test_a_process_that_does_not_answer_in_time_is_ended_and_its_pairs_told_untested() -> None:
    (verdict,) = await answer(TOGETHER, timeout_s=0.01)
    assert (verdict.p_value, verdict.reason) == (None, "no answer within 0.01 s")


async def test_a_process_that_fails_leaves_its_pairs_untested_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_MODULE", "poise_signals.adapters.no_such_module")
    (verdict,) = await answer(TOGETHER)
    assert verdict.p_value is None
    assert "it ended with code 1" in (verdict.reason or "")
    assert "no_such_module" in (verdict.reason or "")


async def test_a_test_that_is_cancelled_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    started: asyncio.Future[asyncio.subprocess.Process] = asyncio.get_running_loop().create_future()
    really_start = asyncio.create_subprocess_exec

    async def start(*arguments: str, **options: Any) -> asyncio.subprocess.Process:
        process = await really_start(*arguments, **options)
        started.set_result(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    testing = asyncio.create_task(answer(TOGETHER))
    process = await started
    testing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await testing
    assert process.returncode is not None


async def test_another_effect_is_a_defect() -> None:
    with pytest.raises(TypeError, match="no such effect"):
        await PairTests(timeout_s=1, now=lambda: NOW, new_id=seeded_ids(1)).run(object(), lambda _: asyncio.sleep(0))


async def test_statsmodels_stays_out_of_the_process_that_decides() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys, poise_signals.app; sys.exit('statsmodels' in sys.modules or 'pandas' in sys.modules)",
    )
    assert await process.wait() == 0


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (np.ones(50), np.arange(50.0), "stands still"),
        (np.arange(50.0) ** 1.5, 3 * np.arange(50.0) ** 1.5 - 2, "nothing is left between them"),
        (np.append(np.arange(49.0) ** 2, np.nan), np.arange(50.0), ""),
    ],
)
def test_what_cannot_be_tested_has_a_reason_and_no_figure(first: Floats, second: Floats, reason: str) -> None:
    outcome = engle_granger(first.tolist(), second.tolist())
    assert outcome.p_value is None
    assert reason in (outcome.reason or "")


def test_of_unrelated_walks_one_in_twenty_is_taken_for_a_pair() -> None:
    def walk(seed: int) -> list[float]:
        walked: list[float] = np.random.default_rng(seed).normal(size=200).cumsum().tolist()
        return walked

    found = sum((engle_granger(walk(2 * seed), walk(2 * seed + 1)).p_value or 1) < 0.05 for seed in range(200))
    # Five in a hundred, with three standard deviations of 200 draws to either side.
    assert 0.05 - 3 * 0.0154 < found / 200 < 0.05 + 3 * 0.0154
