"""Prometheus and Alertmanager as processes, with the shipped configuration at other addresses and in a hurry."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.integration.conftest import free_port
from tests.integration.service_process import ROOT

PROMETHEUS = ROOT / "infra" / "prometheus"
ALERTMANAGER = ROOT / "infra" / "alertmanager" / "alertmanager.yml"
_PACKAGES = {"prometheus": "prometheus", "promtool": "prometheus"} | dict.fromkeys(
    ("amtool", "prometheus-alertmanager"), "prometheus-alertmanager"
)
_STOPS_WITHIN_S = 20


def program(name: str) -> str:
    """Return a program's path; skips the test where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed (apt-get install {_PACKAGES[name]})")
    return path


@asynccontextmanager
async def prometheus(directory: Path, *, scrapes: str, job: str, alertmanager_port: int) -> AsyncIterator[int]:
    """Run Prometheus with the shipped rules, none of which waits, over one job; yields its port."""
    rules = directory / "rules"
    rules.mkdir()
    for file in (PROMETHEUS / "rules").glob("*.yml"):
        (rules / file.name).write_text(yaml.safe_dump(_without_waits(yaml.safe_load(file.read_text()))))
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    config["global"] = dict.fromkeys(("scrape_interval", "scrape_timeout", "evaluation_interval"), "500ms")
    config["alerting"]["alertmanagers"] = [_static(f"127.0.0.1:{alertmanager_port}")]
    config["scrape_configs"] = [{"job_name": job, **_static(scrapes)}]
    file = directory / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    port = free_port()
    options = [
        f"--config.file={file}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    async with _running([program("prometheus"), *options], directory / "prometheus.log"):
        yield port


@asynccontextmanager
async def alertmanager(directory: Path, *, notifier_url: str, token: str, repeat_critical: str) -> AsyncIterator[int]:
    """Run Alertmanager with the shipped configuration, its waits cut short; yields its port."""
    (directory / "token").write_text(token)
    config = yaml.safe_load(ALERTMANAGER.read_text())
    config["route"] |= {"group_wait": "100ms", "group_interval": "500ms"}
    config["route"]["routes"][0]["repeat_interval"] = repeat_critical
    webhook = config["receivers"][0]["webhook_configs"][0]
    webhook["url"] = notifier_url
    webhook["http_config"]["authorization"]["credentials_file"] = str(directory / "token")
    file = directory / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config))
    port = free_port()
    options = [
        f"--config.file={file}",
        f"--storage.path={directory / 'alerts'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    async with _running([program("prometheus-alertmanager"), *options], directory / "alertmanager.log"):
        yield port


def _without_waits(file: dict[str, Any]) -> dict[str, Any]:
    for group in file["groups"]:
        for rule in group["rules"]:
            rule.pop("for", None)
    return file


def _static(target: str) -> dict[str, Any]:
    return {"static_configs": [{"targets": [target]}]}


@asynccontextmanager
async def _running(command: Sequence[str], log: Path) -> AsyncIterator[None]:
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(*command, stdout=output, stderr=output)
    try:
        yield
        if process.returncode is not None:
            pytest.fail(f"{command[0]} ended by itself:\n{_end_of(log)}")
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOPS_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()


def _end_of(log: Path) -> str:
    return log.read_text()[-2000:]
