"""The whole stack through a crisis: the demo has it struck, and says of each bound whether it held."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)


def test_a_crisis_is_survived_within_its_bounds_and_the_report_says_so(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    command = [sys.executable, "-m", "poise.main", "demo", "--scenario", "stablecoin-depeg", "--seconds", "60"]
    run = subprocess.run(  # noqa: S603 - our own command
        [*command, "--report", str(file)], cwd=tmp_path, capture_output=True, text=True, timeout=270, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    report = json.loads(file.read_text())
    assert report["scenario"] == "stablecoin-depeg"
    assert report["packages_held_when_struck"] >= 1
    assert {bound["name"]: bound["held"] for bound in report["bounds"]} == {
        "entries_meanwhile": True,
        "packages_still_held": True,
    }
    assert (report["liquidations"], report["state"]) == (0, "active")
    assert report["rejected"]["stablecoin_peg"] > 0, "entries were asked for, and the peg kept them out"
    assert -5 < report["pnl_pct"] < 5
    assert 0 <= report["worst_asset_loss_pct"] <= 3
    assert 0 <= report["max_drawdown_pct"] <= 5
    assert "held  packages_still_held 0 (at most 0)" in run.stdout
