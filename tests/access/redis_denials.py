"""What no user of the bus may do: the same table for the tests' server and for the containers'."""

from collections.abc import Iterator
from typing import NamedTuple

from poise_common.contracts.streams import STREAMS, TIERS, Service, Stream, StreamKind
from poise_common.platform.bus.access import HEALTH_USER, USERS
from poise_common.platform.bus.dead_letters import dead_letter_stream
from poise_common.platform.bus.incarnation import MARKER

SERVICES = tuple(service for service in Service if service is not Service.CONSOLE)


class Denied(NamedTuple):
    """A command that the server must answer with NOPERM when this user gives it."""

    user: str
    why: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.user}: {self.why}"


def denials() -> tuple[Denied, ...]:
    """Return all of them, each once."""
    return tuple(dict.fromkeys(_all()))


def _all() -> Iterator[Denied]:
    for service in Service:
        for stream in STREAMS:
            yield from _of_stream(service, stream)
        yield from _own_keys_of_others(service)
    for user in USERS:
        yield from _of_the_server(user)
    yield from _of_health()


def _of_stream(service: Service, stream: Stream) -> Iterator[Denied]:
    user, name = service.value, stream.names(TIERS)[0]
    if service not in stream.producers:
        forged = "forge its own input" if service in stream.consumers else "add to another's stream"
        yield Denied(user, f"{forged} {name}", ("XADD", name, "*", "__data__", "{}"))
        yield Denied(user, f"trim another's stream {name}", ("XTRIM", name, "MAXLEN", "0"))
        script = "return redis.call('XADD', KEYS[1], '*', 'k', 'v')"
        yield Denied(user, f"add to {name} by a script", ("EVAL", script, "1", name))
    if service not in stream.consumers and service is not Service.CONSOLE:
        yield Denied(user, f"read {name}", ("XRANGE", name, "-", "+", "COUNT", "1"))
    if service not in stream.consumers or stream.kind is not StreamKind.WORK:
        yield Denied(user, f"read {name} in a group", ("XREADGROUP", "GROUP", user, user, "STREAMS", name, ">"))
        yield Denied(user, f"acknowledge on {name}", ("XACK", name, _reader_of(stream), "1-1"))
        yield Denied(user, f"make a group of {name}", ("XGROUP", "CREATE", name, "forged", "0", "MKSTREAM"))
    yield Denied(user, f"destroy a group of {name}", ("XGROUP", "DESTROY", name, _reader_of(stream)))
    yield Denied(user, f"skip ahead a group of {name}", ("XGROUP", "SETID", name, _reader_of(stream), "$"))
    yield Denied(user, f"delete {name}", ("DEL", name))
    yield Denied(user, f"delete an entry of {name}", ("XDEL", name, "1-1"))
    yield Denied(user, f"rename {name}", ("RENAME", name, "elsewhere"))
    yield Denied(user, f"let {name} expire", ("PEXPIRE", name, "1"))
    if service not in stream.consumers and service is not Service.CONSOLE:
        put_aside = dead_letter_stream(name)
        yield Denied(user, f"add to {put_aside}", ("XADD", put_aside, "*", "__data__", "{}"))
    if service is not Service.CONSOLE:
        yield Denied(user, f"read {dead_letter_stream(name)}", ("XRANGE", dead_letter_stream(name), "-", "+"))


def _own_keys_of_others(service: Service) -> Iterator[Denied]:
    user = service.value
    if service is not Service.INGESTION:
        yield Denied(user, "take the scanner's duty", ("SET", "ingestion:duty:universe", user))
        yield Denied(user, "read who shares a tier", ("GET", "ingestion:duty:universe"))
        yield Denied(user, "vouch for a book's reliability", ("HSET", "ingestion:reliability", "a", "1"))
    if service not in {Service.INGESTION, Service.EXECUTION}:
        yield Denied(user, "use up a venue's budget", ("SET", "venue:paper:ban:spot", "1"))
        script = "return redis.call('HSET', KEYS[1], 'tokens', '0')"
        yield Denied(user, "empty a venue's budget by a script", ("EVAL", script, "1", "venue:paper:budget:spot"))
    yield Denied(user, "write a key nobody has", ("SET", "elsewhere", "1"))
    yield Denied(user, "forget which life of Redis this is", ("DEL", MARKER))


def _of_the_server(user: str) -> Iterator[Denied]:
    for command in (
        ("FLUSHALL",),
        ("FLUSHDB",),
        ("CONFIG", "GET", "requirepass"),
        ("CONFIG", "SET", "appendfsync", "no"),
        ("ACL", "LIST"),
        ("ACL", "SETUSER", user, "allkeys", "+@all"),
        ("ACL", "LOAD"),
        ("KEYS", "*"),
        ("SCAN", "0"),
        ("SHUTDOWN", "NOSAVE"),
        ("REPLICAOF", "127.0.0.1", "1"),
        ("MODULE", "LIST"),
        ("CLIENT", "KILL", "TYPE", "normal"),
        ("CLIENT", "LIST"),
        ("MONITOR",),
        ("SAVE",),
        ("SCRIPT", "FLUSH"),
        ("FUNCTION", "LIST"),
        ("SWAPDB", "0", "1"),
        ("PUBLISH", "channel", "message"),
        ("SUBSCRIBE", "channel"),
    ):
        yield Denied(user, f"say {' '.join(command[:2])}", command)


def _of_health() -> Iterator[Denied]:
    for command in (
        ("GET", MARKER),
        ("XRANGE", "risk.state", "-", "+"),
        ("XADD", "control.commands", "*", "k", "v"),
        ("EVAL", "return 1", "0"),
        ("MULTI",),
    ):
        yield Denied(HEALTH_USER, f"say {' '.join(command[:2])}", command)


def _reader_of(stream: Stream) -> str:
    return min(stream.consumers).value
