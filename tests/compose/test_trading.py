"""The stack does what it is for: it trades, and what watches it sees all of it."""

import json
from typing import Any
from urllib.request import urlopen

import pytest
from tests.compose.stack import Stack, eventually

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1500)]

NOT_SCRAPED = frozenset({"redis", "postgres", "grafana"})


def asked(stack: Stack, path: str) -> Any:
    with urlopen(f"{stack.prometheus_url}/api/v1/{path}", timeout=10) as answer:  # noqa: S310 - our own Prometheus
        return json.load(answer)["data"]


def test_packages_open_and_no_account_is_locked(stack: Stack) -> None:
    opened = stack.wait_until_traded()
    assert stack.sql("SELECT venue FROM execution.locks WHERE acknowledged_at IS NULL") == ""
    print(f"\n{opened} packages opened")


def test_prometheus_has_every_target_up(stack: Stack) -> None:
    def down() -> list[str]:
        targets = asked(stack, "targets")["activeTargets"]
        jobs = {target["labels"]["job"] for target in targets if target["health"] == "up"}
        absent = set(stack.servers) - NOT_SCRAPED - jobs
        return [*sorted(absent), *(each["scrapeUrl"] for each in targets if each["health"] != "up")]

    eventually(lambda: not down(), 60, lambda: f"not up: {down()}")
    jobs = sorted(target["labels"]["job"] for target in asked(stack, "targets")["activeTargets"])
    print(f"\n{len(jobs)} targets up: {' '.join(jobs)}")
    assert asked(stack, "rules")["groups"], "there are rules to alert by"
    assert asked(stack, "alertmanagers")["activeAlertmanagers"], "and somebody to hand alerts to"
