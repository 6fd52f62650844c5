"""The compose file as one running stack of its own: its project, folders and ports are nobody else's."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from poise.stack import free_ports

ROOT = Path(__file__).resolve().parents[2]
HEALTHY_WITHIN_S = 180
TRADING_WITHIN_S = 240
ONE_SHOTS = frozenset({"first-start", "migrate"})
FILE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def run(*command: str, timeout_s: float = 600, given: str | None = None, env: dict[str, str] | None = None) -> str:
    """Return what a command says; AssertionError with all it said where it fails."""
    done = subprocess.run(  # noqa: S603 - our own commands
        command, cwd=ROOT, input=given, env=env, capture_output=True, text=True, timeout=timeout_s, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False, timeout=300).returncode == 0  # noqa: S603


def has_image(image: str) -> bool:
    """Say whether an image is here, or can be had."""
    return succeeds("docker", "image", "inspect", image) or succeeds("docker", "pull", image)


def missing() -> str | None:
    """Say what this machine lacks to run the compose file, or None. Grafana's image alone may be missing."""
    if shutil.which("docker") is None or shutil.which("docker-compose") is None:
        return "docker and docker-compose are not both installed"
    if not succeeds("docker", "info"):
        return "no Docker engine answers"
    images = {part["image"] for name, part in FILE["services"].items() if "image" in part and name != "grafana"}
    for image in sorted({*images, "python:3.11-slim-bookworm"}):
        if not has_image(image):
            return f"the image {image} is neither here nor can it be pulled"
    return None


@dataclass(frozen=True)
class Container:
    """A container as `docker inspect` has it."""

    inspected: dict[str, Any]

    @property
    def service(self) -> str:
        return str(self.inspected["Config"]["Labels"]["com.docker.compose.service"])

    @property
    def id(self) -> str:
        return str(self.inspected["Id"])

    @property
    def pid(self) -> int:
        return int(self.inspected["State"]["Pid"])

    @property
    def is_healthy(self) -> bool:
        state = self.inspected["State"]
        return bool(state["Running"]) and state.get("Health", {}).get("Status") == "healthy"

    @property
    def addresses(self) -> dict[str, str]:
        """Return its address in each network, by the network's name in the compose file."""
        networks = self.inspected["NetworkSettings"]["Networks"]
        return {name.partition("_")[2]: part["IPAddress"] for name, part in networks.items() if part["IPAddress"]}


class Stack:
    """A project of docker-compose: `folder` holds its secrets and back-ups."""

    def __init__(self, project: str, folder: Path) -> None:
        self.project = project
        self.folder = folder
        grafana, prometheus = free_ports(2)
        self.env = {
            **os.environ,
            "POISE_SECRETS": str(folder / "secrets"),
            "POISE_BACKUPS": str(folder / "backups"),
            "POISE_GRAFANA_PORT": str(grafana),
            "POISE_PROMETHEUS_PORT": str(prometheus),
            "COMPOSE_PROFILES": "simulated",
        }

    @cached_property
    def services(self) -> list[str]:
        """Every service of a plain `up`; without Grafana where its image cannot be had."""
        there = [name for name, part in FILE["services"].items() if "operator" not in part.get("profiles", ())]
        return there if has_image(FILE["services"]["grafana"]["image"]) else [n for n in there if n != "grafana"]

    @property
    def servers(self) -> list[str]:
        return [name for name in self.services if name not in ONE_SHOTS]

    def compose(self, *arguments: str, timeout_s: float = 600, given: str | None = None) -> str:
        command = ("docker-compose", "-p", self.project, *arguments)
        return run(*command, timeout_s=timeout_s, given=given, env=self.env)

    def make(self, *arguments: str) -> str:
        """Run a verb of the Makefile on this stack."""
        stack = f"COMPOSE=docker-compose -p {self.project}"
        return run("make", *arguments, stack, f"STACK={' '.join(self.servers)}", env=self.env)

    @property
    def prometheus_url(self) -> str:
        """Where this machine, and nobody else, reaches Prometheus."""
        (published,) = self.container("prometheus").inspected["NetworkSettings"]["Ports"]["9090/tcp"]
        return f"http://{published['HostIp']}:{published['HostPort']}"

    def operator(self, *arguments: str) -> str:
        """Give a command as the person who runs the desk."""
        return self.compose("run", "--rm", "-T", "--no-deps", "operator", *arguments)

    def start(self) -> None:
        self.compose("up", "--build", "-d", *self.services, timeout_s=1200)

    def destroy(self) -> None:
        """Take down all there is; the folder, too, whose files are other users'."""
        command = ["docker-compose", "-p", self.project, "down", "--volumes", "--remove-orphans", "--timeout", "10"]
        subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, check=False)  # noqa: S603
        emptied = ["docker", "run", "--rm", "--network", "none", "--volume", f"{self.folder}:/folder"]
        delete = ["python:3.11-slim-bookworm", "find", "/folder", "-mindepth", "1", "-delete"]
        subprocess.run([*emptied, *delete], capture_output=True, check=False)  # noqa: S603

    def containers(self, *services: str) -> list[Container]:
        """Return the running containers, of all services or of some."""
        labels = {"com.docker.compose.project": self.project, "com.docker.compose.oneoff": "False"}
        filters = [f"--filter=label={name}={value}" for name, value in labels.items()]
        ids = run("docker", "ps", "--quiet", *filters).split()
        found = [Container(each) for each in json.loads(run("docker", "inspect", *ids))] if ids else []
        return [each for each in found if each.service not in ONE_SHOTS and (not services or each.service in services)]

    def container(self, service: str) -> Container:
        (found,) = self.containers(service)
        return found

    def inside(self, service: str, script: Path, *arguments: str) -> str:
        """Run a script with the Python of a running container, as that container's user, with its secrets."""
        command = ["docker", "exec", "-i", self.container(service).id, "python", "-", *arguments]
        return run(*command, given=script.read_text())

    def beside(self, network: str, secrets: str, user: int) -> list[str]:
        """Return the command that runs one of our images in a network, with somebody's secrets, as that one's user."""
        mounted = f"{self.folder}/secrets/{secrets}:/run/secrets:ro"
        limited = ["--read-only", "--cap-drop", "ALL", "--network", f"{self.project}_{network}", "--user", str(user)]
        return ["docker", "run", "--rm", "-i", *limited, "--volume", mounted, f"{self.project}_risk"]

    def sql(self, query: str) -> str:
        """Ask the book as its owner, from within its own container."""
        psql = ["psql", "-U", "poise", "-d", "poise", "-X", "-At", "-c", query]
        return run("docker", "exec", self.container("postgres").id, *psql).strip()

    def logs(self, *services: str) -> str:
        return self.compose("logs", "--no-color", "--tail", "30", *services)

    def packages(self) -> int:
        """Count the packages that were ever opened."""
        return int(self.sql("SELECT count(*) FROM portfolio.packages WHERE state IN ('open', 'closing', 'closed')"))

    def wait_until_healthy(self, *services: str, within_s: float = HEALTHY_WITHIN_S) -> list[Container]:
        """Return the running containers once each service has at least one and all say that they are healthy."""
        wanted = services or tuple(self.servers)

        def unhealthy() -> list[str]:
            there = self.containers(*wanted)
            absent = sorted(set(wanted) - {each.service for each in there})
            return [*absent, *(each.service for each in there if not each.is_healthy)]

        eventually(lambda: not unhealthy(), within_s, lambda: f"not healthy: {unhealthy()}\n{self.logs(*unhealthy())}")
        return self.containers(*wanted)

    def wait_until_traded(self, beyond: int = 0) -> int:
        """Return how many packages were opened, once it is more than `beyond`."""
        eventually(
            lambda: self.packages() > beyond, TRADING_WITHIN_S, lambda: f"no package more than {beyond}\n{self.logs()}"
        )
        return self.packages()


def eventually(
    condition: Callable[[], bool], within_s: float, why: Callable[[], str], unknown: Sequence[type[Exception]] = ()
) -> float:
    """Return after how many seconds a condition held; AssertionError with the reason where it does not in time.

    Asking may fail in the given ways: then it is not known yet whether the condition holds.
    """
    started = time.monotonic()
    while True:
        try:
            if condition():
                return time.monotonic() - started
        except tuple(unknown):
            pass
        assert time.monotonic() - started < within_s, f"after {within_s} s: {why()[-12000:]}"
        time.sleep(0.5)
