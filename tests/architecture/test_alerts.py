"""Each alert that people may be told of, by a rule or by the desk, says what it is, and the page says what to do."""

import re
from typing import Any

import pytest
import yaml
from tests.architecture.declared_metrics import ROOT
from tests.architecture.desk_alerts import desk_alert_names

from poise_common.contracts.control import Severity

RULES = ROOT / "infra" / "prometheus" / "rules"
PAGE = dict(
    re.findall(r"^### (\S+)\n(.*?)(?=^#|\Z)", (ROOT / "docs" / "alerts.md").read_text(), re.DOTALL | re.MULTILINE)
)


def rules() -> dict[str, dict[str, Any]]:
    groups = [group for file in sorted(RULES.glob("*.yml")) for group in yaml.safe_load(file.read_text())["groups"]]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


ALERTING = rules()
DESK = desk_alert_names(ROOT / "services")


def test_the_page_has_each_alert_and_no_other() -> None:
    assert {"kill_switch", "approval_unanswered", "limits_refused", "package_locked", "depeg"} <= DESK
    assert set(PAGE) == DESK | set(ALERTING)


@pytest.mark.parametrize("name", sorted(PAGE))
def test_each_says_how_bad_it_is_what_it_means_and_what_to_do(name: str) -> None:
    text = " ".join(PAGE[name].split())
    severity = text.partition(".")[0]
    assert severity in set(Severity)
    assert all(part in text for part in ("**Means:**", "**Likely:**", "**Do:**"))
    if name in ALERTING:
        assert ALERTING[name]["labels"]["severity"] == severity


@pytest.mark.parametrize("name", sorted(ALERTING))
def test_each_rule_is_told_with_a_summary_a_description_and_where_to_read_on(name: str) -> None:
    annotations = ALERTING[name]["annotations"]
    assert set(annotations) == {"summary", "description", "runbook"}
    assert annotations["runbook"] == f"docs/alerts.md#{name.lower()}"


def test_links_on_the_page_lead_somewhere() -> None:
    anchors = {name.lower() for name in PAGE}
    assert {anchor for text in PAGE.values() for anchor in re.findall(r"\]\(#(\w+)\)", text)} <= anchors


@pytest.mark.parametrize("name", sorted(ALERTING))
def test_each_rule_has_an_example_in_which_it_is_silent_fires_and_is_silent_again(name: str) -> None:
    examples = [
        [bool(at["exp_alerts"]) for at in test["alert_rule_test"] if at["alertname"] == name]
        for file in sorted((RULES / "tests").glob("*.yml"))
        for test in yaml.safe_load(file.read_text())["tests"]
        if any(at["alertname"] == name for at in test["alert_rule_test"])
    ]
    assert examples
    assert all(fires[0] is False and any(fires) and fires[-1] is False for fires in examples)
