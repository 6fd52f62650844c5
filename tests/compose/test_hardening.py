"""What a container may do to its host and the others: as little as its work takes, by `docker inspect`."""

from typing import Any

import pytest
from tests.compose.stack import FILE, Stack

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1500)]

MIB = 1 << 20
CHECKS: dict[str, Any] = {
    "runs as root": lambda container: container["Config"]["User"] in {"", "0", "root"},
    "its root can be written": lambda container: not container["HostConfig"]["ReadonlyRootfs"],
    "has capabilities": lambda container: (
        container["HostConfig"]["CapDrop"] != ["ALL"] or bool(container["HostConfig"]["CapAdd"])
    ),
    "may gain privileges": lambda container: (
        "no-new-privileges:true" not in (container["HostConfig"]["SecurityOpt"] or [])
    ),
    "is privileged": lambda container: container["HostConfig"]["Privileged"],
    "has no memory limit": lambda container: not 0 < container["HostConfig"]["Memory"] <= 512 * MIB,
    "has no limit of processes": lambda container: not 0 < (container["HostConfig"]["PidsLimit"] or 0) <= 256,
    "its log grows without end": lambda container: "max-size" not in container["HostConfig"]["LogConfig"]["Config"],
    "nothing asks whether it is ready": lambda container: "Healthcheck" not in container["Config"],
    "stays down": lambda container: container["HostConfig"]["RestartPolicy"]["Name"] != "always",
    "shares the host's names": lambda container: (
        "host" in {container["HostConfig"][kind] for kind in ("NetworkMode", "PidMode", "IpcMode")}
    ),
    "reaches the engine": lambda container: any("docker.sock" in each["Source"] for each in container["Mounts"]),
    "has a secret as an environment variable": lambda container: any(
        name.endswith(("PASSWORD", "TOKEN", "SECRET", "_KEY"))
        for name in (pair.partition("=")[0] for pair in container["Config"]["Env"])
    ),
    "may write its secrets": lambda container: any(
        each["RW"] for each in container["Mounts"] if each["Destination"] == "/run/secrets"
    ),
    "is published beyond this machine": lambda container: any(
        binding["HostIp"] != "127.0.0.1"
        for bindings in container["NetworkSettings"]["Ports"].values()
        for binding in bindings or ()
    ),
}


def test_every_container_is_hardened(stack: Stack) -> None:
    containers = stack.containers()
    assert {each.service for each in containers} == set(stack.servers)
    found = [f"{each.service} {flaw}" for each in containers for flaw, has in CHECKS.items() if has(each.inspected)]
    print(f"\n{len(containers)} containers × {len(CHECKS)} checks of hardening: {len(found)} flaws")
    assert found == []


def test_each_container_sees_its_own_secrets_alone(stack: Stack) -> None:
    seen = {
        each.service: {
            mount["Source"].rpartition("/")[2]
            for mount in each.inspected["Mounts"]
            if mount["Source"].startswith(str(stack.folder))
        }
        for each in stack.containers()
    }
    own = {name: {name} for name in seen} | {f"ingestion-tier{tier}": {"ingestion"} for tier in (1, 2, 3)}
    assert seen == own | {"simulator": set(), "prometheus": set()}


def test_only_dashboards_are_published(stack: Stack) -> None:
    published = {name for name, part in FILE["services"].items() if "ports" in part}
    assert published == {"grafana", "prometheus"}
    assert {
        each.service for each in stack.containers() if any(each.inspected["NetworkSettings"]["Ports"].values())
    } == (published & set(stack.servers))
