"""This installation: Python, the libraries beside their locks, room on the disk."""

import re
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from poise.doctor.findings import Findings
from poise.installation import LOCKS, ROOT

_PYTHON_MIN = (3, 11)
_LOCK_FILES = (LOCKS / "dev.lock", LOCKS / "operator.lock")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)")
_SHOWN = 5
_DISK_WARN, _DISK_FAIL = 0.10, 0.03
"""Free share of the disk from which on it is narrow, and from which on nothing can be relied on."""
_GB = 1e9


def look_at_machine(findings: Findings) -> None:
    """Look at Python, libraries and disk."""
    running = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _PYTHON_MIN:
        findings.fail("Python", running, "Poise needs Python 3.11 or newer")
    else:
        findings.ok("Python", running)
    _look_at_libraries(findings, next((file for file in _LOCK_FILES if file.is_file()), None))
    _look_at_disk(findings, Path.cwd())


def _look_at_libraries(findings: Findings, lock: Path | None) -> None:
    if lock is None:
        findings.unknown("libraries", f"{ROOT} has no locks to compare them with")
        return
    pinned = filter(None, map(_PINNED.match, lock.read_text().splitlines()))
    locked = {each[1]: each[2] for each in pinned}
    installed = {name: at for name in locked if (at := _installed(name)) is not None}
    others = [f"{name} {at} ({locked[name]})" for name, at in sorted(installed.items()) if at != locked[name]]
    if not others:
        findings.ok("libraries", f"{len(installed)} are those of {lock.name}")
        return
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    found = f"{', '.join(others[:_SHOWN])}{more} are not those of {lock.name} (in brackets), by which all was tested"
    findings.warn("libraries", found, "`make setup` after removing .venv installs what is locked")


def _look_at_disk(findings: Findings, folder: Path) -> None:
    usage = shutil.disk_usage(folder)
    free = usage.free / usage.total
    found = f"{usage.free / _GB:,.1f} GB of {usage.total / _GB:,.1f} GB are free at {folder}"
    to_do = "make room: the book and Redis' log grow, and a full disk stops both"
    if free < _DISK_FAIL:
        findings.fail("disk", found, to_do)
    elif free < _DISK_WARN:
        findings.warn("disk", found, to_do)
    else:
        findings.ok("disk", found)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
