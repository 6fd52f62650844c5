"""Say what the locks pin, and whether anything of it is known to be vulnerable: `make audit`.

Writes a bill of materials (CycloneDX) for each image where a folder is given. Exit code 0: nothing is known;
1: something is; 2: the database of vulnerabilities could not be asked about everything, which is no all-clear.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "requirements"
EVERYTHING = "dev"
"""The lock that all others are cut from."""
IMAGES = ("ingestion", "signals", "risk", "execution", "portfolio", "notifier", "simulator", "operator")
OSV = "https://api.osv.dev/v1/query"
_PIP_AUDIT_FOUND = 1
_WITHIN_S = 600


class NotAudited(Exception):
    """The database of vulnerabilities did not answer for everything."""


def write_bills(locks: Iterable[Path], directory: Path) -> list[Path]:
    """Write a bill of materials for each lock, with its hashes; the same lock makes the same bill."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for lock in locks:
        bill = directory / f"poise-{lock.stem}.cdx.json"
        command = [sys.executable, "-m", "cyclonedx_py", "requirements", str(lock)]
        options = ["--output-reproducible", "--validate", "--of", "JSON", "-o", str(bill)]
        subprocess.run([*command, *options], check=True, capture_output=True, text=True, timeout=_WITHIN_S)  # noqa: S603
        written.append(bill)
    return written


def known_vulnerabilities(lock: Path, database_url: str) -> list[dict[str, Any]]:
    """Return what is known of the pins of a lock: name, version, and `vulns`; raises NotAudited."""
    command = [sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip", "-r", str(lock)]
    options = ["--vulnerability-service", "osv", "--osv-url", database_url, "--progress-spinner", "off", "-f", "json"]
    run = subprocess.run([*command, *options], check=False, capture_output=True, text=True, timeout=_WITHIN_S)  # noqa: S603
    try:
        dependencies: list[dict[str, Any]] = json.loads(run.stdout)["dependencies"]
    except (ValueError, KeyError):
        why = (run.stderr.strip().splitlines() or ["no answer"])[-1]
        raise NotAudited(why) from None
    if run.returncode not in {0, _PIP_AUDIT_FOUND} or any("vulns" not in each for each in dependencies):
        raise NotAudited(run.stderr.strip() or "some packages were left out")
    return [each for each in dependencies if each["vulns"]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the bills, ask the database, say what came of it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="audit.py", description=__doc__)
    parser.add_argument("--bills", type=Path, help="write the bills of materials into this folder")
    parser.add_argument("--image", action="append", choices=IMAGES, help="a bill of this image alone")
    parser.add_argument("--database-url", default=OSV, help="whom to ask, in OSV's terms")
    parser.add_argument("--lock", type=Path, default=LOCKS / f"{EVERYTHING}.lock", help="what to ask about")
    given = parser.parse_args(arguments)
    if given.bills is not None:
        bills = write_bills((LOCKS / f"{image}.lock" for image in given.image or IMAGES), given.bills)
        sys.stdout.write(f"{len(bills)} bills of materials in {given.bills}\n")
    try:
        found = known_vulnerabilities(given.lock, given.database_url)
    except NotAudited as failure:
        sys.stderr.write(f"not audited, {given.database_url} did not answer for everything: {failure}\n")
        return 2
    for each in found:
        for vulnerability in each["vulns"]:
            mended = ", ".join(vulnerability["fix_versions"]) or "none yet"
            sys.stdout.write(f"{each['name']} {each['version']}: {vulnerability['id']}; mended in: {mended}\n")
    if not found:
        sys.stdout.write("nothing that is pinned is known to be vulnerable\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
