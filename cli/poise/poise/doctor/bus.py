"""Redis: whether it keeps what it is told, evicts nothing, and lets everybody do only what is theirs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from poise.desk_addresses import shown
from poise.doctor.clocks import judge_clock, read_clock
from poise.doctor.examining import Look
from poise.doctor.findings import Findings
from poise_common.contracts.streams import STREAMS, TIERS
from poise_common.platform.bus.dead_letters import dead_letter_stream
from poise_common.platform.bus.redis_client import connect_redis

_VERSION_MIN = (7, 0)
_MEMORY_WARN, _MEMORY_FAIL = 0.75, 0.95
"""Used share of `maxmemory`: at all of it every write is refused."""
_MB = 1e6
_BY_ACL = "infra/redis/users.acl has a user for each service"


def looker_at_bus(url: str) -> Look:
    """Return what looks at the bus at an address."""

    async def look(findings: Findings) -> None:
        try:
            redis = connect_redis(url)
        except ValueError as refused:
            findings.fail("address", f"{shown(url)!r} is no address of a bus: {refused}", "set POISE_REDIS__URL")
            return
        try:
            await _look(redis, findings)
            await _look_for_open_door(url, findings)
        except (RedisError, OSError) as error:
            findings.fail("reached", f"the bus at {shown(url)} does not answer: {error}", "is Redis running?")
        finally:
            await redis.aclose()

    return look


async def _look(redis: Redis, findings: Findings) -> None:
    info: Mapping[str, Any] = await redis.info()
    name = info.get("server_name", "redis")
    version = str(info.get(f"{name}_version") or info.get("redis_version", "0"))
    if _numbers(version) < _VERSION_MIN:
        findings.fail("version", f"{name} {version}", "Redis 7.0 or newer, or Valkey")
    else:
        findings.ok("version", f"{name} {version}")
    judge_clock(findings, "the bus' clock", await read_clock(lambda: _time(redis)))
    _judge_memory(findings, info)
    await _look_at_keeping(redis, findings, info)
    await _look_at_dead_letters(redis, findings)


async def _look_at_keeping(redis: Redis, findings: Findings, info: Mapping[str, Any]) -> None:
    """Look at how durable it is; `appendfsync` is told only to who may do anything, and that is found, too."""
    if not int(info.get("aof_enabled", 0)):
        findings.fail("appendonly", "off: what is on the bus is lost when Redis stops", "set `appendonly yes`")
    elif info.get("aof_last_write_status") != "ok":
        findings.fail("appendonly", "its last write to disk failed", "look at Redis' log and at its disk")
    else:
        findings.ok("appendonly", "on")
    try:
        fsync = (await redis.config_get("appendfsync")).get("appendfsync", "")
        user = await redis.acl_whoami()
    except (NoPermissionError, ResponseError):
        findings.unknown("appendfsync", "this user may not ask; `always` is what the compose file sets")
        findings.ok("rights", "this user may not ask for Redis' settings: it is no administrator")
        return
    if fsync == "always":
        findings.ok("appendfsync", fsync)
    else:
        to_do = "set `appendfsync always`: work messages survive a power cut only so"
        findings.warn("appendfsync", f"{fsync}: the last second can be lost", to_do)
    found = f"connected as {_text(user)}, who may do anything"
    findings.warn("rights", found, f"connect as a user with its own rights alone; {_BY_ACL}")


async def _look_for_open_door(url: str, findings: Findings) -> None:
    """Try without a name: nobody should get in so."""
    stranger = connect_redis(url)
    pool = stranger.connection_pool
    pool.connection_kwargs = {
        key: value for key, value in pool.connection_kwargs.items() if key not in {"username", "password"}
    }
    try:
        await stranger.ping()
    except (AuthenticationError, NoPermissionError, ResponseError):
        findings.ok("default user", "nobody gets in without a name and a password")
    else:
        to_do = f"switch the user `default` off (`user default off`); {_BY_ACL}"
        findings.warn("default user", "whoever reaches the bus gets in without a password", to_do)
    finally:
        await stranger.aclose()


async def _look_at_dead_letters(redis: Redis, findings: Findings) -> None:
    names = sorted(dead_letter_stream(name) for stream in STREAMS for name in stream.names(TIERS))
    counts = {name: await redis.xlen(name) for name in names}
    found = ", ".join(f"{count} on {name}" for name, count in counts.items() if count)
    if found:
        findings.warn("dead letters", found, "each holds its reason: `XRANGE <stream> - +` shows it")
    else:
        findings.ok("dead letters", "none")


def _judge_memory(findings: Findings, info: Mapping[str, Any]) -> None:
    policy = str(info.get("maxmemory_policy", "unknown"))
    if policy == "noeviction":
        findings.ok("eviction", policy)
    else:
        found = f"{policy}: what others have not read yet may go"
        findings.fail("eviction", found, "set `maxmemory-policy noeviction`")
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if most == 0:
        found = f"{used / _MB:,.0f} MB used and no limit"
        findings.warn("memory", found, "set `maxmemory`: else it takes all that the machine has")
        return
    found = f"{used / _MB:,.0f} MB of {most / _MB:,.0f} MB used"
    to_do = "raise `maxmemory`, and see which stream grows: `poise_stream_length`"
    if used > _MEMORY_FAIL * most:
        findings.fail("memory", found, to_do)
    elif used > _MEMORY_WARN * most:
        findings.warn("memory", found, to_do)
    else:
        findings.ok("memory", found)


async def _time(redis: Redis) -> datetime:
    seconds, microseconds = await redis.time()
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
