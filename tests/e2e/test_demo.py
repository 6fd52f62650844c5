"""The whole stack as processes: the demo trades, balances, and leaves nothing behind."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

POISE = [sys.executable, "-m", "poise.main"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    report = tmp_path_factory.mktemp("demo") / "r.json"
    run = subprocess.run(  # noqa: S603 - our own command
        [*POISE, "demo", "--seconds", "90", "--seed", "7", "--report", str(report)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run, json.loads(report.read_text())


pytestmark = pytest.mark.timeout(300)


def test_packages_are_opened_and_closed(demo: tuple[Any, dict[str, Any]]) -> None:
    _, report = demo
    assert report["packages_opened"] >= 5
    assert report["packages_closed"] >= 1


def test_every_fill_of_the_venue_is_on_the_ledger_once(demo: tuple[Any, dict[str, Any]]) -> None:
    _, report = demo
    assert report["ledger_fills"] == report["venue_fills"] > 0


def test_no_order_reaches_the_venue_unapproved_or_twice(demo: tuple[Any, dict[str, Any]]) -> None:
    _, report = demo
    assert report["venue_orders"] == report["orders_sent"] > 0
    assert report["unapproved_orders"] == report["duplicate_orders"] == 0


def test_the_ledger_explains_the_venues_balances_to_the_cent(demo: tuple[Any, dict[str, Any]]) -> None:
    _, report = demo
    assert abs(float(report["ledger_residual_usd"])) <= 0.01


def test_books_flow_and_the_way_to_the_order_is_timed(demo: tuple[Any, dict[str, Any]]) -> None:
    _, report = demo
    assert report["books"] > 1_000
    assert report["tick_to_order_ms"]["p50"] is not None
    assert report["errors"] == 0, report["error_messages"]


def _children(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def _wait_for_line(log: Path, text: str, process: subprocess.Popen[bytes]) -> None:
    with log.open() as lines:
        while process.poll() is None:
            if text in lines.readline():
                return
    raise AssertionError(f"the demo ended before saying {text!r}: {log.read_text()}")


def test_ctrl_c_ends_the_demo_with_its_summary_and_leaves_no_process(tmp_path: Path) -> None:
    log = tmp_path / "out"
    with log.open("wb") as out:
        run = subprocess.Popen([*POISE, "demo", "--seconds", "120"], stdout=out, stderr=out)  # noqa: S603
    _wait_for_line(log, "first book", run)
    children = _children(run)
    assert len(children) >= 8
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=60) == 130
    assert "stopped by Ctrl-C" in log.read_text()
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []


def test_a_dead_service_is_said_and_restarted(tmp_path: Path) -> None:
    log = tmp_path / "out"
    with log.open("wb") as out:
        run = subprocess.Popen([*POISE, "demo", "--seconds", "20"], stdout=out, stderr=out)  # noqa: S603
    _wait_for_line(log, "first book", run)
    victim = next(child for child in _children(run) if "poise_signals" in child.cmdline())
    victim.kill()
    _wait_for_line(log, "signals ended (signal SIGKILL)", run)
    assert run.wait(timeout=120) == 0, log.read_text()
    assert "signals was restarted 1 times" in log.read_text()
