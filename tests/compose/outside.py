"""What lies beyond the stack: the engine's host, and a machine in another net that knows the host alone."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_WORLD = "poise-world"
_HOST_SIDE, _WORLD_SIDE = "198.51.100.1", "198.51.100.2"
"""Of a net that documentation alone uses (RFC 5737)."""
_SERVER = """
import socket
with socket.create_server(("", 4430)) as server:
    print("listening", flush=True)
    while True:
        server.accept()[0].close()
"""


def lack() -> str | None:
    """Say why no machine can be made up here, or None."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "a net of its own for a machine beyond the host takes root and iproute2"
    return None


@contextmanager
def listening(host: str) -> Iterator[tuple[str, int]]:
    """Accept connections at an address of this machine that only its containers can name."""
    with socket.create_server((host, 0)) as server:

        def accept() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield host, server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def machine_beyond() -> Iterator[tuple[str, int]]:
    """Make up a machine that answers whoever comes with the host's own address, as all the world does."""
    for command in (
        f"ip netns add {_WORLD}",
        f"ip link add {_WORLD} type veth peer name world netns {_WORLD}",
        f"ip address add {_HOST_SIDE}/30 dev {_WORLD}",
        f"ip link set {_WORLD} up",
        f"ip -n {_WORLD} address add {_WORLD_SIDE}/30 dev world",
        f"ip -n {_WORLD} link set world up",
    ):
        subprocess.run(command.split(), check=True)  # noqa: S603 - our own commands
    within = ["ip", "netns", "exec", _WORLD, sys.executable, "-c", _SERVER]
    try:
        with subprocess.Popen(within, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
            assert server.stdout is not None
            assert server.stdout.readline() == "listening\n"
            yield _WORLD_SIDE, 4430
            server.terminate()
    finally:
        subprocess.run(["ip", "netns", "delete", _WORLD], check=True)  # noqa: S603, S607
