"""What a bus' URL says: one server, the nodes of a Redis Cluster, or the sentinels that know a master.

`redis://user:password@host:6379/0`
`redis+cluster://user:password@node1:6379,node2:6379/desk`: `desk` is the hash tag of all keys, `poise` if left out
`redis+sentinel://user:password@sentinel1:26379,sentinel2:26379/master?sentinel_username=…&sentinel_password=…`

`rediss` in place of `redis` is TLS to every node and sentinel; what stands behind `?` are redis-py's own options.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis.asyncio.connection import Connection, parse_url

from poise_common.platform.refusals import StartRefused

DEFAULT_DESK = "poise"
_PORTS = {"cluster": 6379, "sentinel": 26379}
_NAME = re.compile(r"[A-Za-z0-9._-]+")


class BusUrlRefused(StartRefused, ValueError):
    """A URL that names no bus: why and what would pass; nothing of the URL itself, which may hold a password."""

    def __init__(self, reason: str, example: str = "redis://127.0.0.1:6379/0") -> None:
        self.why = f"{reason}; {example} would pass"
        super().__init__(f"POISE_REDIS__URL (or its _FILE) names no bus: {self.why}")


class BusKind(StrEnum):
    SERVER = "server"
    CLUSTER = "cluster"
    SENTINEL = "sentinel"


class Address(NamedTuple):
    """A server's host and port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class BusUrl(NamedTuple):
    """A URL, read; `options` are those of redis-py's connections, `connection_class` among them."""

    kind: BusKind
    options: dict[str, Any]
    nodes: tuple[Address, ...] = ()
    name: str = ""
    """The desk's hash tag on a cluster, the name that sentinels know the master by."""
    sentinel_options: Mapping[str, Any] = MappingProxyType({})


def read_bus_url(url: str) -> BusUrl:
    """Read a URL; raises BusUrlRefused."""
    scheme, separator, rest = url.strip().partition("://")
    transport, _, kind = scheme.partition("+")
    if not separator or transport not in {"redis", "rediss", "unix"} or (kind and kind not in _PORTS):
        reason = "it does not begin with redis://, rediss://, redis+cluster:// or redis+sentinel://"
        raise BusUrlRefused(reason)
    if not kind:
        return BusUrl(BusKind.SERVER, _options(url.strip()))
    return _read_many(BusKind(kind), transport, rest)


def cluster_key_prefix(desk: str) -> str:
    """Return what stands before every key of a desk on a Redis Cluster: its hash tag, so that all are in one slot."""
    return f"{{{desk}}}"


def _read_many(kind: BusKind, transport: str, rest: str) -> BusUrl:
    example = f"redis+{kind}://host1:{_PORTS[kind]},host2:{_PORTS[kind]}/" + (
        DEFAULT_DESK if kind is BusKind.CLUSTER else "mymaster"
    )
    rest, _, query = rest.partition("?")
    authority, _, name = rest.partition("/")
    credentials, at, hosts = authority.rpartition("@")
    nodes = tuple(_address(node, _PORTS[kind], example) for node in hosts.split(","))
    if kind is BusKind.CLUSTER:
        name = name or DEFAULT_DESK
    if not _NAME.fullmatch(name):
        what = "the desk's name" if kind is BusKind.CLUSTER else "the name of the sentinels' master"
        reason = f"behind the nodes' addresses stands {what}, of letters, digits, dots and dashes"
        raise BusUrlRefused(reason, example)
    asked = dict(parse_qsl(query))
    sentinel = {key.removeprefix("sentinel_"): asked.pop(key) for key in list(asked) if key.startswith("sentinel_")}
    options = _options(f"{transport}://{credentials}{at}{nodes[0]}/?{urlencode(asked)}")
    for one_server_only in ("host", "port"):
        options.pop(one_server_only, None)
    return BusUrl(kind, options, nodes, name, sentinel)


def _address(node: str, default_port: int, example: str) -> Address:
    try:
        parts = urlsplit(f"//{node}")
        if parts.hostname:
            return Address(parts.hostname, parts.port or default_port)
    except ValueError:
        pass
    reason = "its nodes are host:port, with commas between"
    raise BusUrlRefused(reason, example)


def _options(url: str) -> dict[str, Any]:
    try:
        options: dict[str, Any] = dict(parse_url(url))
    except ValueError:
        reason = "its host, port or options cannot be read"
        raise BusUrlRefused(reason) from None
    return {"connection_class": Connection, **options}
