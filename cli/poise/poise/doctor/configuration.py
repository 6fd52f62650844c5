"""The configuration, as the services would take it at their start; their rules of economics are part of that."""

from collections.abc import Mapping
from pathlib import Path

from poise.doctor.findings import Findings
from poise_common.platform.refusals import ConfigRefused


def look_at_configuration(findings: Findings, directory: Path, environment: Mapping[str, str]) -> None:
    """Look at every section."""
    try:
        from poise.config_check import check_all  # noqa: PLC0415 - every service's parameters, where they are installed
    except ModuleNotFoundError as missing:
        why = f"{missing.name} is not installed here"
        findings.unknown("all sections", why, "`poise config check` of a checkout looks at them")
        return
    verdicts = tuple(check_all(directory, environment))
    refused = [each for each in verdicts if isinstance(each, ConfigRefused)]
    for each in refused:
        for problem in each.problems:
            findings.fail(str(each.file), str(problem), problem.would_pass)
    notes = sum(isinstance(each, str) and each.startswith(" ") for each in verdicts)
    if not refused:
        found = f"{len(verdicts) - notes} sections of {directory} pass; entering and leaving at thresholds pays"
        findings.ok("all sections", found)
    if notes:
        findings.ok("notes", f"{notes} limits that never bind, or bind first: `poise config check` shows them")
