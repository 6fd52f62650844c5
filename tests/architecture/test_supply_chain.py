"""What images are made of: pinned with hashes, listed in a bill, and asked about."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).resolve().parents[2]

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
AUDIT = [sys.executable, str(ROOT / "infra" / "supply_chain" / "audit.py")]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==([^ ;\\]+)", re.MULTILINE)
LITTLE = "structlog==26.1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"


class Database(BaseHTTPRequestHandler):
    """Answers as OSV does; `known` has what is known of a package by name, None has every question fail."""

    known: dict[str, list[dict[str, object]]] | None = None

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.known is None:
            self.send_error(503)
            return
        body = json.dumps({"vulns": self.known.get(asked["package"]["name"], [])}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""


@pytest.fixture
def database() -> Iterator[tuple[str, type[Database]]]:
    class Own(Database):
        known = None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query", Own
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def little(folder: Path) -> Path:
    lock = folder / "little.lock"
    lock.write_text(LITTLE)
    return lock


def audit(database_url: str, lock: Path, *more: str) -> subprocess.CompletedProcess[str]:
    options = ["--database-url", database_url, "--lock", str(lock)]
    return subprocess.run([*AUDIT, *options, *more], capture_output=True, text=True, check=False)  # noqa: S603 - our own


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_has_hashes_for_all_it_pins_and_no_addresses(lock: Path) -> None:
    text = lock.read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block or not PIN.match(block)] == []
    assert "://" not in text


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_what_an_image_has_is_what_is_tested(lock: Path) -> None:
    tested = dict(PIN.findall((ROOT / "requirements" / "dev.lock").read_text()))
    assert dict(PIN.findall(lock.read_text())).items() <= tested.items()


def test_a_bill_lists_all_that_a_lock_pins_with_its_hashes(tmp_path: Path) -> None:
    audit("http://127.0.0.1:9/", little(tmp_path), "--bills", str(tmp_path), "--image", "notifier")
    components = json.loads((tmp_path / "poise-notifier.cdx.json").read_text())["components"]
    pins = set(PIN.findall((ROOT / "requirements" / "notifier.lock").read_text()))
    assert {(each["name"], each["version"]) for each in components} == pins
    assert all("hashes" in json.dumps(each["externalReferences"]) for each in components)


def test_nothing_known_passes(tmp_path: Path, database: tuple[str, type[Database]]) -> None:
    url, answers = database
    answers.known = {}
    run = audit(url, little(tmp_path))
    assert (run.returncode, "nothing that is pinned is known to be vulnerable" in run.stdout) == (0, True), run.stderr


def test_a_known_vulnerability_fails_and_says_what_mends_it(
    tmp_path: Path, database: tuple[str, type[Database]]
) -> None:
    url, answers = database
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "27.0.0"}]}]
    affected = {"package": {"name": "structlog", "ecosystem": "PyPI"}, "ranges": ranges}
    answers.known = {"structlog": [{"id": "PYSEC-2026-1", "affected": [affected], "details": "", "summary": ""}]}
    run = audit(url, little(tmp_path))
    assert run.returncode == 1, run.stderr
    assert "structlog 26.1.0: PYSEC-2026-1; mended in: 27.0.0" in run.stdout


def test_a_database_that_does_not_answer_is_no_all_clear(tmp_path: Path, database: tuple[str, type[Database]]) -> None:
    run = audit(database[0], little(tmp_path))
    assert run.returncode == 2
    assert run.stderr.startswith("not audited")
    assert len(run.stderr.splitlines()) == 1
