"""What a campaign found: figures beside what they must be."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, and whether it is as it must be."""

    name: str
    value: Any
    must: str = ""
    """What it must be, in words; empty where it is only told."""
    holds: bool = True


def zero(name: str, value: int) -> Figure:
    """Return a count that must be zero."""
    return Figure(name, value, "0", value == 0)


def at_least(name: str, value: float, least: float) -> Figure:
    """Return a figure that must reach a bound."""
    return Figure(name, value, f"≥ {least:g}", value >= least)


def at_most(name: str, value: float | None, most: float) -> Figure:
    """Return a figure that must stay within a bound; None was never measured and does not pass."""
    shown = None if value is None else round(value, 3)
    return Figure(name, shown, f"≤ {most:g}", value is not None and value <= most)


def conclude(title: str, figures: Sequence[Figure], report: Path | None, say: Callable[[str], None] = print) -> int:
    """Print the figures, write the report where one is wanted; returns the exit code."""
    width = max(len(figure.name) for figure in figures)
    say(f"\n{title}")
    for figure in figures:
        verdict = "" if not figure.must else f"   must be {figure.must}: {'ok' if figure.holds else 'NOT SO'}"
        say(f"  {figure.name:<{width}}  {figure.value}{verdict}")
    if report is not None:
        report.write_text(json.dumps({figure.name: figure.value for figure in figures}, indent=2, default=str) + "\n")
    failed = [figure.name for figure in figures if not figure.holds]
    if failed:
        print(f"not as it must be: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least this share of the values does not exceed."""
    if not values:
        return None
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, max(0, -(-round(share * 1000) * len(ranked) // 1000) - 1))]
