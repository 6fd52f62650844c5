import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.cli.commands import ROOT, poise, poise_process

from poise.config_check import SECTIONS

SHIPPED = ROOT / "config"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return shutil.copytree(SHIPPED, tmp_path / "config")


def change(directory: Path, section: str, dotted: str, value: object) -> None:
    file = directory / f"{section}.yaml"
    values: dict[str, Any] = yaml.safe_load(file.read_text())
    place: Any = values
    *path, last = dotted.split(".")
    for key in path:
        place = place[key]
    place[last] = value
    file.write_text(yaml.safe_dump(values))


def test_every_file_of_the_shipped_configuration_is_a_section_that_passes() -> None:
    checked = poise("config", "check", "--directory", str(SHIPPED))
    assert checked.exit_code == 0
    assert {file.stem for file in SHIPPED.glob("*.yaml")} == set(SECTIONS)
    for section in SECTIONS:
        assert f"{SHIPPED / section}.yaml passes" in checked.stdout


def test_a_budget_that_a_venue_draws_on_and_nobody_configured_is_named(directory: Path) -> None:
    budgets = yaml.safe_load((directory / "venues.yaml").read_text())["paper"]["rate_limits"]["budgets"]
    change(directory, "venues", "paper.rate_limits.budgets", budgets | {"renamed": budgets.pop("wallet")})
    refused = poise("config", "check", "--directory", str(directory))
    assert refused.exit_code == 2
    assert "paper.rate_limits.budgets.wallet = None: requests to binance draw on this budget" in refused.stderr


def test_which_limit_binds_first_is_noted() -> None:
    assert "note: profile focused" in poise("config", "check", "--directory", str(SHIPPED)).stdout


@pytest.mark.parametrize(
    ("section", "key", "value", "reason", "would_pass"),
    [
        ("limits", "profiles.focused.drawdown_pct", 0, "greater than 0", "a value > 0 would pass"),
        ("limits", "profiles.focused.packages_open", 5, "no such key", "did you mean 'packages_open_max'?"),
        ("limits", "approvals.ttl_s", 6, "less than or equal to 5", "a value ≤ 5 would pass"),
        ("limits", "profiles.focused.slot_contest_ms", 1_100.0, "request lives 2000", "at most 1000 would pass"),
        ("strategies", "sizing.kelly.max_equity_pct", 80, "less than or equal to 25", "a value ≤ 25.0 would pass"),
        ("strategies", "timing.books_stale_after", 1, "no such key", "did you mean 'books_stale_after_s'?"),
        ("venues", "paper.fees.taker", 5, "less than or equal to 0.05", "a value ≤ 0.05 would pass"),
        ("venues", "paper.ccxt_id", "bybit", "not trade there", "binance or okx would pass"),
        ("universe", "scan.interval_s", "often", "valid number", "would pass"),
        ("ingestion", "books.levels", -1, "greater than", "would pass"),
        ("execution", "orders.answer_timeout_s", 0, "greater than 0", "a value > 0.0 would pass"),
        ("venues", "paper.rate_limits.order_wait_max_ms", 9_000, "beyond execution's", "would pass"),
        ("portfolio", "state_interval_s", 0, "greater than 0", "a value > 0.0 would pass"),
        ("portfolio", "phases.initial", 4, "less than or equal to 3", "a value ≤ 3 would pass"),
        ("portfolio", "phases.to_phase_1.assets", ["SOL"], "phase 0 does not trade SOL", "of phase 0 would pass"),
        ("portfolio", "phases.to_phase_3.stable_assets", 3, "no such key", "did you mean 'stable_assets_min'?"),
    ],
)
def test_a_value_that_cannot_work_is_named_with_its_file_its_reason_and_what_would_pass(  # noqa: PLR0917 (one refusal)
    directory: Path, section: str, key: str, value: object, reason: str, would_pass: str
) -> None:
    change(directory, section, key, value)
    refused = poise("config", "check", "--directory", str(directory))
    assert refused.exit_code == 2
    assert f"{directory / section}.yaml is refused" in refused.stderr
    (line,) = [line for line in refused.stderr.splitlines() if key in line]
    assert line.strip().startswith(f"{key} = {value!r}: ")
    assert reason in line
    assert would_pass in line


def test_thresholds_that_lose_money_are_refused_with_the_sum_and_what_would_pass(directory: Path) -> None:
    change(directory, "strategies", "funding_carry.enter_net_yield_pct", -0.05)
    refused = poise("config", "check", "--directory", str(directory))
    assert refused.exit_code == 2
    assert "loses money after all fees" in refused.stderr
    assert "= -" in refused.stderr
    passing = float(refused.stderr.split("enter_net_yield_pct above ")[1].split(" ")[0])
    change(directory, "strategies", "funding_carry.enter_net_yield_pct", passing + 0.001)
    assert poise("config", "check", "--directory", str(directory)).exit_code == 0


def test_all_refusals_are_shown_at_once_beside_what_passes(directory: Path) -> None:
    change(directory, "limits", "profiles.focused.drawdown_pct", 0)
    change(directory, "execution", "hedging.residual_cap_usd", -1)
    checked = poise("config", "check", "--directory", str(directory))
    assert checked.exit_code == 2
    assert checked.stderr.count(" is refused:") == 2
    assert checked.stdout.count(" passes") == len(SECTIONS) - 2


def test_a_variable_is_checked_as_the_service_would_read_it() -> None:
    variable = "POISE_LIMITS__PROFILES__FOCUSED__POSITION_SIZE_PCT"
    refused = poise("config", "check", "--directory", str(SHIPPED), **{variable: "500"})
    assert refused.exit_code == 2
    assert variable in refused.stderr


def test_variables_that_are_a_services_settings_are_not_taken_for_configuration() -> None:
    settings = {"POISE_INGESTION__TIER": "1", "POISE_EXECUTION__VERIFY_KEY_FILE": "/run/secrets/verify.pem"}
    assert poise("config", "check", "--directory", str(SHIPPED), **settings).exit_code == 0


def test_a_folder_without_configuration_is_refused_by_name(tmp_path: Path) -> None:
    refused = poise("config", "check", "--directory", str(tmp_path))
    assert refused.exit_code == 2
    assert f"{tmp_path}/limits.yaml" in refused.stderr
    assert "No such file" in refused.stderr


def test_the_real_command_says_so_on_stderr_and_ends_with_2(directory: Path) -> None:
    change(directory, "limits", "profiles.focused.total_exposure_pct", 4_000)
    refused = poise_process("config", "check", "--directory", str(directory), cwd=directory)
    assert refused.returncode == 2
    assert "total_exposure_pct" in refused.stderr
    assert "4000" in refused.stderr
    assert "Traceback" not in refused.stderr
