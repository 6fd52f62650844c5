"""The metrics that the code declares, by whose they are."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeGuard

from prometheus_client.metrics import MetricWrapperBase

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("libs/common", "libs/venues", *(f"services/{path.name}" for path in sorted((ROOT / "services").iterdir())))
_DECLARES = re.compile(r"^[A-Z_]+ = (Counter|Gauge|Histogram|Info)\(", re.MULTILINE)
_OF_THE_SIMULATOR = re.compile(r'_Sample\(\s*"(\w+)",\s*"(\w+)",\s*"([^"]+)"')
"""It imports nothing of the desk's, nor what the desk has for metrics."""


class Metric(NamedTuple):
    """A metric as Prometheus has it: a counter with `_total`, an info with `_info`."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str

    @property
    def row(self) -> str:
        """Its line in the table of docs/metrics.md."""
        labels = ", ".join(f"`{label}`" for label in self.labels) or "-"
        return f"| `{self.name}` | {self.kind} | {labels} | {self.meaning} |"


def declared_metrics() -> dict[str, list[Metric]]:
    """Return the metrics of each package, by its folder."""
    return {package: metrics for package in _PACKAGES if (metrics := list(_of_package(ROOT / package)))}


def _of_package(folder: Path) -> Iterator[Metric]:
    for file in sorted(folder.rglob("*.py")):
        source = file.read_text()
        for name, kind, meaning in _OF_THE_SIMULATOR.findall(source):
            yield Metric(name, kind, ("venue",), meaning)
        if _DECLARES.search(source):
            module = importlib.import_module(".".join(file.relative_to(folder).with_suffix("").parts))
            yield from (_metric(one) for one in vars(module).values() if _is_declared_in(one, source))


def _is_declared_in(one: object, source: str) -> TypeGuard[MetricWrapperBase]:
    return isinstance(one, MetricWrapperBase) and f'"{_declared_name(one)}' in source


def _declared_name(metric: MetricWrapperBase) -> str:
    return str(metric._name)


def _metric(metric: MetricWrapperBase) -> Metric:
    kind = str(metric._type)
    suffix = {"counter": "_total", "info": "_info"}.get(kind, "")
    labels = ("version",) if kind == "info" else tuple(metric._labelnames)
    return Metric(_declared_name(metric) + suffix, kind, labels, str(metric._documentation))
