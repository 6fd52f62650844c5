"""What `poise report` refuses before it reads a book."""

from pathlib import Path

import pytest
from tests.unit.cli.commands import ROOT, is_one_clear_line, poise

CONFIG = {"POISE_CONFIG__DIR": str(ROOT / "config")}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--since", "yesterday"), "'yesterday' is no date or time; 2026-11-01"),
        (("--since", "2026-03-02", "--until", "2026-03-01"), "a beginning before the end would pass"),
        (("--since", "2026-03-02", "--until", "2026-04-01", "--days", "3"), "leave one out"),
        (("--days", "0"), "0.0 is not in the range"),
        (("--html", "nowhere/report.html"), "nowhere is no folder that can be written to"),
    ],
)
def test_options_that_make_no_report_are_refused_with_what_would_pass(arguments: tuple[str, ...], why: str) -> None:
    refused = poise("report", *arguments, **CONFIG)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert why in " ".join(refused.stderr.replace("│", " ").split())


def test_a_configuration_that_does_not_pass_is_refused(tmp_path: Path) -> None:
    refused = poise("report", POISE_CONFIG__DIR=str(tmp_path))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f"{tmp_path}/portfolio.yaml" in refused.stderr


def test_without_a_book_it_is_said_where_one_is_looked_for() -> None:
    refused = poise("report", **CONFIG)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert is_one_clear_line(refused.stderr)
    assert "POISE_DATABASE__URL is not set" in refused.stderr
