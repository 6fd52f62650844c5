"""Who may do what on Redis, made of the topology: `python -m poise_common.platform.bus.access` writes the ACL file.

With the name of a desk behind it, it is the file of that desk on a Redis Cluster, where its hash tag begins every key.

A user's rules are selectors: a command passes only where one of them allows it for all its keys. So a service reads its
input and cannot add to it, adds to its output and cannot read what others added there. What Redis cannot tell apart
are the groups of one stream: who reads a work stream could acknowledge for its fellow readers.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType

from poise_common.contracts.streams import STREAMS, TIERS, Service, Stream, StreamKind, consumed_by, published_by
from poise_common.platform.bus.bus_url import cluster_key_prefix
from poise_common.platform.bus.dead_letters import dead_letter_stream
from poise_common.platform.bus.incarnation import MARKER

HEALTH_USER = "health"
"""Asks whether the server answers, and nothing else: for the container's health check."""
USERS: tuple[str, ...] = (*(service.value for service in Service), HEALTH_USER)

_CONNECTION = ("ping", "info", "select", "client|setname")
_EVERY_CLIENT = (*_CONNECTION, "multi", "exec", "discard", "unwatch", "time", "script|load")
_CLUSTER = ("cluster|slots",)
"""What a client asks to find its way in a cluster; the command is there on a single server, too."""
_FOLLOW = ("xread", "xrange", "xrevrange", "xlen", "xinfo|stream", "exists")
_TAKE = (
    *("xreadgroup", "xack", "xclaim", "xautoclaim", "xpending", "xgroup|create"),
    *("xrange", "xlen", "xinfo|groups", "xinfo|stream"),
)
_KEEP_UP = ("xtrim", "xpending", "xinfo|groups", "xlen")
_RUN_SCRIPTS = ("eval", "evalsha")
_VENUE_BUDGETS = "venue:*"
_BUDGETS = (*_RUN_SCRIPTS, "hmget", "hset", "pexpire", "pttl", "set")
_TIER_SHARING = "ingestion:*"
_SHARING = (
    *(*_RUN_SCRIPTS, "set", "get", "del", "exists", "expire", "pexpire", "ttl", "pttl"),
    *("hset", "hdel", "hget", "hmget", "hgetall", "hkeys", "hvals", "hlen"),
    *("zadd", "zrem", "zrange", "zrangebyscore", "zremrangebyscore", "zscore", "zcard"),
)
"""Whatever data a tier's replicas share: the keys are theirs alone."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Commands that pass where all their keys match one of the patterns; `access` is `%R`, `%W` or empty for both."""

    access: str
    patterns: tuple[str, ...]
    commands: tuple[str, ...]

    def under(self, key_prefix: str) -> "Selector":
        """Return the same for keys that begin so."""
        return replace(self, patterns=tuple(f"{key_prefix}{pattern}" for pattern in self.patterns))

    def __str__(self) -> str:
        keys = (f"{self.access}~{pattern}" for pattern in self.patterns)
        return f"({' '.join((*keys, *_allowed(self.commands)))})"


_OWN_KEYS: Mapping[Service, tuple[Selector, ...]] = MappingProxyType(
    {
        Service.INGESTION: (
            Selector("", (_TIER_SHARING,), _SHARING),
            Selector("", (_VENUE_BUDGETS,), _BUDGETS),
        ),
        Service.EXECUTION: (Selector("", (_VENUE_BUDGETS,), _BUDGETS),),
    }
)


def selectors_of(service: Service) -> tuple[Selector, ...]:
    """Return what a service may do with keys: the fewest selectors under which its bus works."""
    read, written = consumed_by(service), published_by(service)
    if service is Service.CONSOLE:
        # People look at everything, in no group; what was put aside, too.
        followed = [*_names(STREAMS), *map(dead_letter_stream, _names(STREAMS))]
        taken: list[str] = []
        put_aside: list[str] = []
    else:
        followed = _names(stream for stream in read if stream.kind is not StreamKind.WORK)
        taken = _names(stream for stream in read if stream.kind is StreamKind.WORK)
        put_aside = list(map(dead_letter_stream, _names(read)))
    kept_up = [] if service is Service.CONSOLE else _names(one for one in written if one.kind is StreamKind.WORK)
    found = (
        Selector("%R", tuple(followed), _FOLLOW),
        Selector("", tuple(taken), _TAKE),
        Selector("%W", (*_names(written), *put_aside), ("xadd",)),
        Selector("%R", (*_names(written), *put_aside), ("xlen",)),
        Selector("", tuple(kept_up), _KEEP_UP),
        Selector("", (MARKER,), ("set", "get", "watch")),
        *_OWN_KEYS.get(service, ()),
    )
    return tuple(selector for selector in found if selector.patterns)


def rules_of(user: str, key_prefix: str = "") -> str:
    """Return a user's rules as ACL SETUSER and an ACL file take them, from nothing allowed on; no password."""
    if user == HEALTH_USER:
        return " ".join(("resetkeys", "resetchannels", "-@all", *_allowed(_CONNECTION)))
    selectors = (str(selector.under(key_prefix)) for selector in selectors_of(Service(user)))
    allowed = _allowed((*_EVERY_CLIENT, *_CLUSTER))
    return " ".join(("resetkeys", "resetchannels", "-@all", *allowed, *selectors))


def acl_file(passwords: Mapping[str, str] = MappingProxyType({}), key_prefix: str = "") -> str:
    """Return the whole ACL file; a user whose password is not given can't log in."""
    lines = ["user default off resetpass resetkeys resetchannels -@all"]
    for user in USERS:
        password = f" #{sha256(passwords[user].encode()).hexdigest()}" if user in passwords else ""
        lines.append(f"user {user} on{password} {rules_of(user, key_prefix)}")
    return "\n".join(lines) + "\n"


def _names(streams: Iterable[Stream]) -> list[str]:
    return [name for stream in streams for name in stream.names(TIERS)]


def _allowed(commands: Iterable[str]) -> Iterator[str]:
    return (f"+{command}" for command in commands)


if __name__ == "__main__":
    sys.stdout.write(acl_file(key_prefix=cluster_key_prefix(sys.argv[1]) if sys.argv[1:] else ""))
