"""Which server has the desk's keys now: asked of those that know it, remembered until it proves wrong.

On a Redis Cluster all keys of a desk have one hash tag, thus one slot, which one master serves at a time; sentinels
name one master for all keys. Either way a desk talks to one server, and to another one after a failover.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from redis.crc import key_slot
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from poise_common.platform.bus.bus_url import Address, cluster_key_prefix

_ANSWERS_WITHIN_S = 1.0
"""A node that is asked the way and says nothing for so long is passed over."""


class Home(ABC):
    """Find the server by asking one node after the other."""

    key_prefix = b""
    """What stands before each key there."""

    def __init__(self, what: str, nodes: Sequence[Address], connection_class: Any, options: dict[str, Any]) -> None:
        self._what = what
        self._nodes = tuple(nodes)
        self._turn = 0
        self._connection_class = connection_class
        self._options = options
        self._found: Address | None = None
        self._asking = asyncio.Lock()

    async def find(self) -> Address:
        """Return where the server is; raises redis' ConnectionError that says of each node why it could not tell."""
        async with self._asking:
            if self._found is None:
                self._found = await self._ask_all()
            return self._found

    def forget(self, address: Address | None = None) -> None:
        """Ask again next time, as the server is not, or no more, at that address; without one, wherever it is."""
        if address is None or self._found == address:
            self._found = None

    @abstractmethod
    async def _where(self, node: Address) -> Address:
        """Ask one node; raises RedisError or OSError where it does not know."""

    async def _ask_all(self) -> Address:
        troubles = []
        # Begun with another node each time: one that is cut off from the others may know what is no more true.
        self._turn += 1
        for position in range(len(self._nodes)):
            node = self._nodes[(self._turn + position) % len(self._nodes)]
            try:
                return await self._where(node)
            except (RedisError, OSError) as error:
                troubles.append(str(error) if str(node) in str(error) else f"{node} says: {error}")
        message = f"{self._what} is not found: {'; '.join(troubles)}"
        raise RedisConnectionError(message)

    async def _ask(self, node: Address, *question: str, options: dict[str, Any]) -> Any:
        within = {"socket_timeout": _ANSWERS_WITHIN_S, "socket_connect_timeout": _ANSWERS_WITHIN_S}
        connection = self._connection_class(**{**options, **within, "host": node.host, "port": node.port})
        try:
            await connection.connect()
            await connection.send_command(*question)
            return await connection.read_response()
        finally:
            await connection.disconnect(nowait=True)


class ClusterHome(Home):
    """The master of the slot that a desk's hash tag falls into."""

    def __init__(self, desk: str, nodes: Sequence[Address], connection_class: Any, options: dict[str, Any]) -> None:
        self._slot = key_slot(desk.encode())
        what = f"the master of desk {desk!r} (slot {self._slot} of the Redis Cluster)"
        super().__init__(what, nodes, connection_class, options)
        self._given = self._nodes
        self.key_prefix = cluster_key_prefix(desk).encode()

    async def _where(self, node: Address) -> Address:
        ranges = await self._ask(node, "CLUSTER", "SLOTS", options=self._options)
        masters = {(first, last): _address(master, node) for first, last, master, *_ in ranges}
        others = [_address(one, node) for _, _, *servers in ranges for one in servers]
        self._nodes = tuple(dict.fromkeys((*self._given, *others)))
        for (first, last), master in masters.items():
            if first <= self._slot <= last:
                return master
        message = f"{node} knows nobody who serves it"
        raise RedisConnectionError(message)


class SentinelHome(Home):
    """The master that sentinels know by a name; db and credentials of `options` are the master's, not theirs."""

    def __init__(
        self,
        name: str,
        nodes: Sequence[Address],
        connection_class: Any,
        options: dict[str, Any],
        sentinel_options: Mapping[str, Any],
    ) -> None:
        super().__init__(f"the sentinels' master {name!r}", nodes, connection_class, options)
        self._name = name
        not_theirs = ("db", "username", "password")
        for_all = {key: value for key, value in options.items() if key not in not_theirs}
        self._to_sentinel = {**for_all, **sentinel_options}

    async def _where(self, node: Address) -> Address:
        told = await self._ask(node, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._name, options=self._to_sentinel)
        if not told:
            message = f"{node} knows no master of that name"
            raise RedisConnectionError(message)
        master = Address(told[0].decode(), int(told[1]))
        # A sentinel that was cut off may name one that is a replica since: it could be read, and would lag.
        about = await self._ask(master, "INFO", "replication", options=self._options)
        if b"role:master" not in about:
            message = f"{node} names {master}, which is no master"
            raise RedisConnectionError(message)
        return master


def _address(server: Sequence[Any], told_by: Address) -> Address:
    """Read a node of CLUSTER SLOTS; one without a name has that of the node that was asked."""
    return Address(server[0].decode() if server[0] else told_by.host, int(server[1]))
