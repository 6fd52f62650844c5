"""The campaigns against execution, short: each the very program that `make fault-test` and its likes run in full."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.timeout(400), pytest.mark.alone]


@pytest.mark.parametrize(
    "campaign",
    [
        pytest.param(("ambiguous", "--orders", "120"), id="answers that tell nothing"),
        pytest.param(("one-leg", "--faults", "20"), id="faults of one leg"),
        pytest.param(("divergences", "--count", "8", "--accounts", "4"), id="accounts that diverge"),
    ],
)
def test_a_campaign_ends_with_every_figure_as_it_must_be(campaign: tuple[str, ...], tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "tests.reliability", "--directory", str(tmp_path), "--report", str(report)]
    run = subprocess.run([*command, *campaign], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    said = f"{run.stdout[-6000:]}\n{run.stderr[-3000:]}"
    assert run.returncode == 0, said
    assert json.loads(report.read_text())
