"""The compose file for real: built, started, trading, taken down."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ("python:3.11-slim-bookworm", "redis:8-bookworm", "postgres:18-bookworm")
TRADING_WITHIN_S = 240
HEALTHY_WITHIN_S = 120
PROJECT = "poise-test"


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False, timeout=300).returncode == 0  # noqa: S603


def _missing() -> str | None:
    """Say what this machine lacks to run the compose file, or None; images are pulled where a registry is reached."""
    if shutil.which("docker") is None or shutil.which("docker-compose") is None:
        return "docker and docker-compose are not both installed"
    if not _succeeds("docker", "info"):
        return "no Docker engine answers"
    for image in IMAGES:
        if not _succeeds("docker", "image", "inspect", image) and not _succeeds("docker", "pull", image):
            return f"the image {image} is neither here nor can it be pulled"
    return None


pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]


def compose(*arguments: str, timeout_s: float = 600) -> str:
    run = subprocess.run(  # noqa: S603 - our own compose file
        ["docker-compose", "-p", PROJECT, *arguments],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert run.returncode == 0, f"docker-compose {' '.join(arguments)}\n{run.stdout[-4000:]}\n{run.stderr[-4000:]}"
    return run.stdout


@pytest.fixture(scope="module")
def stack() -> Iterator[None]:
    if (missing := _missing()) is not None:
        refuse = pytest.fail if os.environ.get("POISE_COMPOSE_TEST") == "required" else pytest.skip
        refuse(f"cannot run the compose file: {missing}")
    try:
        compose("up", "--build", "-d", timeout_s=900)
        yield
    finally:
        subprocess.run(  # noqa: S603
            ["docker-compose", "-p", PROJECT, "down", "--volumes", "--timeout", "10"],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            check=False,
        )


def _sql(query: str) -> str:
    return compose("exec", "-T", "postgres", "psql", "-U", "poise", "-d", "poise", "-At", "-c", query).strip()


def _wait_until_packages_open() -> int:
    deadline = time.monotonic() + TRADING_WITHIN_S
    while time.monotonic() < deadline:
        opened = int(_sql("select count(*) from portfolio.packages where state in ('open', 'closing', 'closed')"))
        if opened:
            return opened
        time.sleep(2)
    raise AssertionError(f"no package opened within {TRADING_WITHIN_S} s\n{compose('logs', '--tail', '40')[-8000:]}")


def _running_containers() -> list[dict[str, Any]]:
    inspected: list[dict[str, Any]] = json.loads(
        subprocess.run(  # noqa: S603
            ["docker", "inspect", *compose("ps", "-q").split()],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    return [each for each in inspected if each["State"]["Running"]]


def _wait_until_healthy() -> list[dict[str, Any]]:
    """Return the running containers once all say they are healthy: a check may come seconds after the first package."""
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while True:
        running = _running_containers()
        others = {
            each["Name"]: each["State"]["Health"] for each in running if each["State"]["Health"]["Status"] != "healthy"
        }
        if not others:
            return running
        assert time.monotonic() < deadline, (
            f"not healthy after {HEALTHY_WITHIN_S} s: {json.dumps(others, indent=1)[-8000:]}"
        )
        time.sleep(1)


@pytest.mark.usefixtures("stack")
def test_the_stack_comes_up_healthy_and_opens_packages() -> None:
    assert _wait_until_packages_open() >= 1
    running = _wait_until_healthy()
    assert len(running) == 11
    published = [each["Name"] for each in running if any(each["NetworkSettings"]["Ports"].values())]
    assert published == [], "nothing listens beyond the stack's own network unless asked"
