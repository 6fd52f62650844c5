"""Two venues with different protocols at once, as processes: packages across both, and each venue's books close."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

VENUES = ("paper", "paper_okx")
CHEAP = '{"taker": "0.0001", "maker": "0"}'
ACROSS_VENUES_ALONE = {
    "POISE_STRATEGIES__FUNDING_CARRY__ENABLED": "false",
    "POISE_STRATEGIES__CASH_AND_CARRY__ENABLED": "false",
    # What the venues differ by pays for entering sooner, so that a short run sees packages come and go.
    "POISE_SIMULATOR__OKX__SPOT_FEES": CHEAP,
    "POISE_SIMULATOR__OKX__DERIVATIVES_FEES": CHEAP,
}

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("two-venues")
    written = folder / "r.json"
    demo = ["demo", "--seconds", "40", "--seed", "7", "--venues", ",".join(VENUES), "--report", str(written)]
    run = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "poise.main", *demo],
        cwd=folder,
        env={**os.environ, **ACROSS_VENUES_ALONE},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    told: dict[str, Any] = json.loads(Path(written).read_text())
    return told


def test_packages_across_venues_are_opened_and_closed(report: dict[str, Any]) -> None:
    assert report["cross_venue_opened"] == report["packages_opened"] >= 1
    assert report["cross_venue_closed"] == report["packages_closed"] >= 1
    assert report["packages_halted"] == 0


@pytest.mark.parametrize("venue", VENUES)
def test_every_fill_of_each_venue_is_on_the_ledger_once(report: dict[str, Any], venue: str) -> None:
    figures = report["venues"][venue]
    assert figures["ledger_fills"] == figures["venue_fills"] > 0


@pytest.mark.parametrize("venue", VENUES)
def test_the_ledger_explains_each_venues_balances_to_the_cent(report: dict[str, Any], venue: str) -> None:
    assert abs(report["venues"][venue]["ledger_residual_usd"]) <= 0.01


@pytest.mark.parametrize("venue", VENUES)
def test_no_order_reaches_a_venue_unapproved_or_twice(report: dict[str, Any], venue: str) -> None:
    figures = report["venues"][venue]
    assert figures["venue_orders"] == figures["orders_sent"] > 0
    assert figures["unapproved_orders"] == figures["duplicate_orders"] == 0


def test_the_second_account_is_no_gain(report: dict[str, Any]) -> None:
    assert report["equity_usd"] == pytest.approx(200_000, rel=0.01)
    assert abs(report["pnl_pct"]) < 1


def test_nothing_goes_wrong_on_the_way(report: dict[str, Any]) -> None:
    assert report["errors"] == 0, report["error_messages"]
    assert report["state"] == "active"
