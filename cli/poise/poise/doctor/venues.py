"""A venue: whether it answers, how far its clock is from ours, and what our key may do there."""

import time
from datetime import timedelta

from redis.asyncio import Redis

from poise.doctor.clocks import ClockReading, judge_clock
from poise.doctor.examining import Look
from poise.doctor.findings import Findings
from poise_common.platform.clock import utc_now
from poise_common.platform.secret_files import SecretRefused
from poise_venues.errors import KeyTooPowerful, KeyTooWeak, VenueError
from poise_venues.parameters import VenueConfig
from poise_venues.rate_limits import redis_for_budgets
from poise_venues.session import open_session
from poise_venues.trading import TradingSession, open_trading_session

_NO_REDIS = "redis://127.0.0.1:1/0"
"""Nothing listens there: budgets are then this process' own, a small share."""
_READINGS = 3
"""Requests by which a session reads a clock."""
_SLOW_MS = 1_000
_DAMAGE = "make a key that may read and trade and nothing else, and delete this one at the venue"


def looker_at_venue(venue: str, config: VenueConfig, redis_url: str | None) -> Look:
    """Return what looks at a venue, by the code and within the budgets that the services trade with."""

    async def look(findings: Findings) -> None:
        redis = redis_for_budgets(redis_url or _NO_REDIS)
        try:
            if config.has_key:
                await _look_with_key(venue, config, redis, findings)
            else:
                await _look_at_markets(venue, config, redis, findings)
        except VenueError as error:
            what_failed = str(error).partition(" (")[0]  # behind it stand the library's own objects
            findings.fail("reached", what_failed, "is the address right, the network there, the venue up?")
        finally:
            await redis.aclose()

    return look


async def _look_with_key(venue: str, config: VenueConfig, redis: Redis, findings: Findings) -> None:
    try:
        session = open_trading_session(venue, config, redis=redis, now=utc_now)
    except SecretRefused as refused:
        why = f"{refused.file} cannot be read here ({refused.why}): it is execution's"
        findings.unknown("key", why, "run `poise doctor` where the venue's key is, or trust that execution is ready")
        await _look_at_markets(venue, config.model_copy(update=_WITHOUT_KEY), redis, findings)
        return
    try:
        await _look_at_clock(session, findings)
        await session.connect()
        findings.ok("key", "it may trade spot and derivatives, and move no money out")
        await _look_at_addresses(session, findings, is_simulated=config.base_url is not None)
    except KeyTooPowerful as refused:
        findings.fail("key", str(refused), _DAMAGE)
    except KeyTooWeak as refused:
        findings.fail("key", str(refused), "give the key these rights at the venue")
    finally:
        await session.close()


async def _look_at_addresses(session: TradingSession, findings: Findings, *, is_simulated: bool) -> None:
    bound = (await session.key_powers()).is_bound_to_addresses
    if bound:
        findings.ok("key's addresses", "it is taken from named addresses alone")
    elif is_simulated:
        findings.ok("key's addresses", "the venue is simulated")
    elif bound is None:
        findings.unknown("key's addresses", "the venue does not say whether it is taken from anywhere")
    else:
        to_do = "bind the key to this server's address at the venue: a stolen one is then worth nothing"
        findings.warn("key's addresses", "it is taken from any address", to_do)


async def _look_at_markets(venue: str, config: VenueConfig, redis: Redis, findings: Findings) -> None:
    session = open_session(venue, config, redis=redis, now=utc_now)
    try:
        started = time.perf_counter()
        offset_ms = await session.read_clock_offset_ms()
        _judge(findings, offset_ms, time.perf_counter() - started)
    finally:
        await session.close()


async def _look_at_clock(session: TradingSession, findings: Findings) -> None:
    started = time.perf_counter()
    offset_ms = await session.clock_offset_ms()
    _judge(findings, offset_ms, time.perf_counter() - started)


def _judge(findings: Findings, offset_ms: int, took_s: float) -> None:
    round_trip = timedelta(seconds=took_s / _READINGS)
    request_ms = round_trip.total_seconds() * 1_000
    found = f"a request takes {request_ms:,.0f} ms"
    if request_ms > _SLOW_MS:
        findings.warn("reached", found, "orders will be late: a server nearer to the venue, or a better line")
    else:
        findings.ok("reached", found)
    judge_clock(findings, "the venue's clock", ClockReading(timedelta(milliseconds=offset_ms), round_trip))


_WITHOUT_KEY = dict.fromkeys(("api_key", "api_key_file", "secret", "secret_file", "password", "password_file"))
