"""The five services fit a small server beside their two databases."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.compose.stack import Stack, run

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1500)]

PROMISED_MB = 500
FIVE = ("ingestion-tier1", "ingestion-tier2", "ingestion-tier3", "signals", "risk", "execution", "portfolio")
MORE_OF_INGESTION = ("ingestion-tier2", "ingestion-tier3")


class Resident(NamedTuple):
    """Memory of all processes of a container, in 10⁶ bytes."""

    shared_alike_mb: float
    """Pages that several processes have in memory count in equal parts: what all take together is the sum."""
    each_alone_mb: float
    """Such pages count in each: the sum is more than there is."""


def resident(container_id: str) -> Resident:
    pids = [line.split()[0] for line in run("docker", "top", container_id, "-eo", "pid").splitlines()[1:]]
    counted: Counter[str] = Counter()
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, kilobytes = line.split()[:2]
            counted[name] += int(kilobytes)
    return Resident(counted["Pss:"] * 1024 / 1e6, counted["Rss:"] * 1024 / 1e6)


def test_the_five_services_together_stay_within_their_memory(stack: Stack) -> None:
    stack.wait_until_traded()
    found = {each.service: resident(each.id) for each in stack.wait_until_healthy()}
    stats = run("docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}")
    total = Resident(*(sum(found[name][place] for name in FIVE) for place in range(2)))
    one_each = sum(found[name].each_alone_mb for name in FIVE if name not in MORE_OF_INGESTION)
    print(f"\n{'MB resident':16}  in all  each alone")
    print("\n".join(f"{name:16} {mb.shared_alike_mb:7.1f} {mb.each_alone_mb:11.1f}" for name, mb in found.items()))
    print(f"the five services, seven processes: {total.shared_alike_mb:.1f} MB of {PROMISED_MB}")
    print(f"(each process alone: {total.each_alone_mb:.1f}; one process a service: {one_each:.1f})\n{stats}")
    assert total.shared_alike_mb <= PROMISED_MB
