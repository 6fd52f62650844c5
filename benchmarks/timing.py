"""Timing single calls, and telling their figures beside those of a floor."""

import gc
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter_ns
from typing import TypeVar

_NS_PER_MS = 1_000_000

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Figures:
    """How long single calls took, in ms."""

    name: str
    calls: int
    p50_ms: float
    p99_ms: float
    max_ms: float


class Stopwatch:
    """Times calls one by one; the garbage collector runs as it does in a service."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._taken_ns: list[int] = []
        gc.collect()

    def time(self, call: Callable[[], Result]) -> Result:
        began = perf_counter_ns()
        result = call()
        self._taken_ns.append(perf_counter_ns() - began)
        return result

    async def time_async(self, call: Callable[[], Awaitable[Result]]) -> Result:
        began = perf_counter_ns()
        result = await call()
        self._taken_ns.append(perf_counter_ns() - began)
        return result

    def figures(self, *, warm_up: int) -> Figures:
        """Return the figures of all calls after the first ones."""
        counted = sorted(self._taken_ns[warm_up:])
        return Figures(
            name=self._name,
            calls=len(counted),
            p50_ms=counted[len(counted) // 2] / _NS_PER_MS,
            p99_ms=counted[len(counted) * 99 // 100] / _NS_PER_MS,
            max_ms=counted[-1] / _NS_PER_MS,
        )


def tell(figures: Sequence[Figures]) -> None:
    """Print the figures as a table, or as JSON where `--json` was given."""
    if "--json" in sys.argv[1:]:
        sys.stdout.write(json.dumps([asdict(each) for each in figures], indent=2) + "\n")
        return
    width = max(len(each.name) for each in figures)
    lines = [
        f"{each.name:{width}}  {each.calls:6}  {each.p50_ms:8.3f}  {each.p99_ms:8.3f}  {each.max_ms:8.3f}"
        for each in figures
    ]
    head = f"{'':{width}}  {'calls':>6}  {'p50 ms':>8}  {'p99 ms':>8}  {'max ms':>8}"
    sys.stdout.write("\n".join([head, *lines]) + "\n")
