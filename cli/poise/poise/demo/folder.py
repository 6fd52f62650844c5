"""What a demo finds and leaves in the folder that it runs from: where it is reached, keys, logs."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from poise.demo.failure import DemoFailed
from poise.desk_addresses import RUNNING_DESK
from poise.stack import DeskAddresses, venue_environment
from poise_common.platform.key_files import ensure_key_pair


def refuse_a_second_desk() -> None:
    """Keep two desks out of one folder: they would take each other's logs, and orders would reach the wrong one."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        pid = json.loads(RUNNING_DESK.read_text())["pid"]
        if psutil.pid_exists(pid):
            raise DemoFailed(f"a desk already runs from this folder (process {pid}); stop it, or start from another")


def prepare(addresses: DeskAddresses, log_directory: Path) -> None:
    """Take away the last run's logs, and make the keys that are missing."""
    log_directory.mkdir(parents=True, exist_ok=True)
    for old in log_directory.glob("*.log"):
        old.unlink()
    ensure_key_pair(addresses.signing_key_file, addresses.verify_key_file)
    ensure_key_pair(addresses.operator_key_file, addresses.operator_public_key_file)


@contextlib.contextmanager
def announced(addresses: DeskAddresses) -> Iterator[None]:
    """Say where the desk is reached for as long as the block lasts."""
    RUNNING_DESK.parent.mkdir(exist_ok=True)
    said = {
        "redis_url": addresses.redis_url,
        "database_url": addresses.database_url,
        "config_directory": str(addresses.config_directory.absolute()),
        "pid": os.getpid(),
        "environment": venue_environment(addresses.venue_urls),
        "operator_key_file": str(addresses.operator_key_file.absolute()),
    }
    RUNNING_DESK.write_text(json.dumps(said))
    try:
        yield
    finally:
        RUNNING_DESK.unlink(missing_ok=True)


def logged_errors(log_directory: Path) -> list[str]:
    """Return a line for every error that a process has logged."""
    lines = []
    for log in sorted(log_directory.glob("*.log")):
        for line in log.read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict) and entry.get("level") in {"error", "critical"}:
                    lines.append(f"{log.stem}: {entry.get('event')}")
    return lines
