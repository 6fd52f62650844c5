"""The services: whether each says that it is ready, and what they last told of the desk."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.request import urlopen

from poise.desk_addresses import DeskUnreachable
from poise.desk_bus import DeskBus, ask
from poise.doctor.clocks import ClockReading, judge_clock
from poise.doctor.examining import Look
from poise.doctor.findings import Findings
from poise.operating.status import read_status, silence
from poise_common.contracts.market_data import Universe
from poise_common.contracts.packages import CandidateEvaluated

_ANSWERS_WITHIN_S = 5.0
_READ_IT = "look at its log: `docker compose logs <service>`, or .poise/logs"


def looker_at_services(addresses: Mapping[str, str]) -> Look:
    """Return what asks each service by its address whether it is ready."""

    async def look(findings: Findings) -> None:
        if not addresses:
            findings.unknown("readiness", "no address of a service is known", "--service risk=http://127.0.0.1:9100")
        await asyncio.gather(*(_ask(findings, name, url) for name, url in addresses.items()))

    return look


def looker_at_news(redis_url: str) -> Look:
    """Return what looks at when each service was last heard of on the bus, and at what execution says of venues."""

    async def look(findings: Findings) -> None:
        try:
            await _look_at_news(redis_url, findings)
        except DeskUnreachable as unreachable:
            findings.unknown("last heard of", str(unreachable))

    return look


async def _look_at_news(redis_url: str, findings: Findings) -> None:
    async def newest(bus: DeskBus) -> tuple[list[Universe], list[CandidateEvaluated]]:
        return await bus.newest(Universe), await bus.newest(CandidateEvaluated)

    status = await read_status(redis_url, wait_s=_ANSWERS_WITHIN_S)
    universes, candidates = await ask(redis_url, newest, wait_s=_ANSWERS_WITHIN_S, answerer="the desk")
    heard_at: dict[str, datetime | None] = {
        "ingestion": max((each.as_of for each in universes), default=None),
        "signals": max((each.evaluated_at for each in candidates), default=None),
        "risk": None if status.risk is None else status.risk.hops[-1].at,
        "execution": max((each.as_of for each in status.venues), default=None),
        "portfolio": None if status.portfolio is None else status.portfolio.as_of,
    }
    for name, at in heard_at.items():
        silent = silence(name, at, status.read_at)
        if at is None:
            findings.warn(name, "it has not said anything yet", f"is it running? {_READ_IT}")
        elif silent is not None:
            findings.fail(name, silent, f"is it running? {_READ_IT}")
        else:
            findings.ok(name, f"heard of {max(0.0, (status.read_at - at).total_seconds()):.0f} s ago")
    for venue in status.venues:
        if venue.lock is not None:
            findings.warn(f"venue {venue.venue}", "it is locked", f"`poise ack {venue.venue}` shows why, and ends it")
        if venue.clock_offset_ms is not None:
            reading = ClockReading(timedelta(milliseconds=venue.clock_offset_ms), timedelta())
            judge_clock(findings, f"{venue.venue}'s clock, by execution,", reading)


async def _ask(findings: Findings, name: str, url: str) -> None:
    try:
        reasons = await asyncio.to_thread(_why_unready, f"{url.rstrip('/')}/readyz")
    except (OSError, ValueError) as error:
        findings.fail(name, f"{url} does not answer: {error}", f"is it running? {_READ_IT}")
        return
    if reasons:
        findings.fail(name, f"not ready: {'; '.join(reasons)}", _READ_IT)
    else:
        findings.ok(name, "ready")


def _why_unready(url: str) -> list[str]:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is no http address")
    try:
        with urlopen(url, timeout=_ANSWERS_WITHIN_S):  # noqa: S310 - an http address, as was looked at
            return []
    except HTTPError as answer:
        if answer.code != HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return [str(reason) for reason in json.load(answer).get("reasons", ())] or ["it does not say why"]
