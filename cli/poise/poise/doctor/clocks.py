"""Another clock less ours: beyond a second the desk trusts neither."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from poise.doctor.findings import Findings
from poise_common.platform.clock import utc_now

OFFSET_MAX = timedelta(seconds=1)
"""As risk's kill switch has it (config/limits.yaml)."""
_WORTH_KNOWING = timedelta(milliseconds=250)
_READINGS = 3
_TO_DO = "have both machines keep their time by NTP: `timedatectl set-ntp true`"


class ClockReading(NamedTuple):
    """How far another clock is ahead of ours, and how long asking it took: it is that uncertain, half each way."""

    offset: timedelta
    round_trip: timedelta


async def read_clock(ask: Callable[[], Awaitable[datetime]]) -> ClockReading:
    """Ask for the time again and again; the quickest answer counts, by the middle of its question."""
    readings = []
    for _ in range(_READINGS):
        asked_at = utc_now()
        told = await ask()
        round_trip = utc_now() - asked_at
        readings.append(ClockReading(told - (asked_at + round_trip / 2), round_trip))
    return min(readings, key=lambda reading: reading.round_trip)


def judge_clock(findings: Findings, whose: str, reading: ClockReading) -> None:
    """Judge how far a clock is from ours at least."""
    found = f"{whose} is {reading.offset.total_seconds() * 1_000:+,.0f} ms from this machine's"
    off_at_least = abs(reading.offset) - reading.round_trip / 2
    if off_at_least > OFFSET_MAX:
        findings.fail("clock", found, _TO_DO)
    elif off_at_least > _WORTH_KNOWING:
        findings.warn("clock", found, _TO_DO)
    else:
        findings.ok("clock", found)
