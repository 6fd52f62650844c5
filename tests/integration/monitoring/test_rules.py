"""What is shipped for Prometheus and Alertmanager passes their own checks, and each rule its examples."""

import asyncio

import pytest
from tests.integration.monitoring.servers import ALERTMANAGER, PROMETHEUS, program

EXAMPLES = sorted((PROMETHEUS / "rules" / "tests").glob("*.yml"))


async def passes(*command: str) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        program(command[0]), *command[1:], stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def test_prometheus_takes_its_configuration_and_rules() -> None:
    await passes("promtool", "check", "config", str(PROMETHEUS / "prometheus.yml"))


async def test_alertmanager_takes_its_configuration() -> None:
    await passes("amtool", "check-config", str(ALERTMANAGER))


@pytest.mark.parametrize("examples", EXAMPLES, ids=lambda file: file.stem)
async def test_each_rule_is_silent_fires_and_is_silent_again_as_its_example_says(examples: object) -> None:
    await passes("promtool", "test", "rules", str(examples))
