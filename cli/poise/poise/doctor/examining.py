"""Looking at everything side by side, nothing for longer than it is given."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

from poise.doctor.findings import Diagnosis, Finding, Findings
from poise_common.platform.clock import utc_now

Look = Callable[[Findings], Coroutine[Any, Any, None]]


class Check(NamedTuple):
    """One area, and how it is looked at: what is found is added to the findings as it is found."""

    area: str
    look: Look


async def examine(checks: Sequence[Check], say: Callable[[str], None], *, within_s: float) -> Diagnosis:
    """Look at all areas at once and return what was found, in the order of the checks.

    An area that takes longer than `within_s` keeps what was found of it until then, and fails for the rest.
    """
    found = await asyncio.gather(*(_looked_at(check, say, within_s) for check in checks))
    return Diagnosis(checked_at=utc_now(), findings=tuple(finding for area in found for finding in area))


async def _looked_at(check: Check, say: Callable[[str], None], within_s: float) -> Sequence[Finding]:
    findings = Findings(check.area)
    try:
        async with asyncio.timeout(within_s):
            await check.look(findings)
    except TimeoutError:
        findings.fail("time", f"no answer within {within_s:g} s", "look at what it is slow by, or give --within-s")
    found = tuple(findings.all)
    say(f"{check.area}: {len(found)} looked at")
    return found
