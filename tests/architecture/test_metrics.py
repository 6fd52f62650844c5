"""Metrics are what docs/metrics.md says, and rules ask for none that there is not."""

import re
from pathlib import Path

import pytest
import yaml
from tests.architecture.declared_metrics import ROOT, Metric, declared_metrics

RULES = sorted((ROOT / "infra" / "prometheus" / "rules").glob("*.yml"))
SECTIONS = {
    "libs/common": "Every service",
    "libs/venues": "Ingestion and execution: the venues",
}
_SHOWN_AS = {"histogram": ("_bucket", "_count", "_sum")}


@pytest.fixture(scope="module")
def declared() -> dict[str, list[Metric]]:
    return declared_metrics()


def test_the_page_has_each_metric_in_its_section_and_no_other(declared: dict[str, list[Metric]]) -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    sections = {
        title: [line for line in text.splitlines() if line.startswith("| `poise_")]
        for title, _, text in (part.partition("\n") for part in page.split("\n## ")[1:])
    }
    called = {SECTIONS.get(package, Path(package).name.capitalize()): metrics for package, metrics in declared.items()}
    assert sections == {title: [metric.row for metric in metrics] for title, metrics in called.items()}


def test_no_two_metrics_have_one_name(declared: dict[str, list[Metric]]) -> None:
    names = [metric.name for metrics in declared.values() for metric in metrics]
    assert len(names) == len(set(names))


def test_each_metric_that_a_rule_asks_for_is_declared(declared: dict[str, list[Metric]]) -> None:
    shown = {
        metric.name + suffix
        for metrics in declared.values()
        for metric in metrics
        for suffix in _SHOWN_AS.get(metric.kind, ("",))
    }
    rules = [rule for file in RULES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    asked = {name for rule in rules for name in re.findall(r"(?:\w+:)?\bpoise_\w+(?::\w+)?", rule["expr"])}
    assert len(asked) > 20
    assert asked - recorded - shown == set()
