"""The figures of a run, each beside what it must be."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from tests.crash.blows import Recovery
from tests.crash.history import History
from tests.crash.plan import REACHABLE, coverage
from tests.reliability.findings import Figure, at_most, percentile, zero

_HUNDREDTHS = 100
"""Of fewer the 99th percentile is the slowest one, which says as much of the machine as of the desk."""
_RESUME_P99_MAX_S = 10.0
_RESIDUAL_MAX_USD = 0.01
_DEFECT = "ended by a defect"


def conclusion(
    history: History,
    found: Mapping[str, Sequence[str]],
    *,
    recoveries: Sequence[Recovery],
    struck: Counter[tuple[str, str]],
    halts: Counter[str],
    residual_usd: Decimal,
    asked_kills: int,
    struck_s: float,
) -> list[Figure]:
    """Return what happened, what must be zero, and how long recovery took."""
    seconds = [recovery.seconds for recovery in recoveries if recovery.seconds is not None]
    missed = coverage(struck)
    places = sum(len(reached) for reached in REACHABLE.values())
    covers_all = asked_kills >= 100
    return [
        Figure("kills", len(recoveries), f"≥ {asked_kills}", len(recoveries) >= asked_kills),
        Figure("seconds of killing", round(struck_s)),
        Figure("orders at the venue", len(history.venue_orders), "> 0", bool(history.venue_orders)),
        Figure("fills at the venue", len(history.venue_fills), "> 0", bool(history.venue_fills)),
        Figure("packages", len(history.packages), "> 0", bool(history.packages)),
        Figure("packages locked for a while", len(history.halted)),
        Figure("halts, resumed by the operator", dict(halts)),
        *(zero(name, len(instances)) for name, instances in found.items()),
        at_most("venue's account against the ledger, $", float(residual_usd), _RESIDUAL_MAX_USD),
        Figure(
            "failpoints struck",
            f"{places - len(missed)} of {places}",
            "all" if covers_all else "",
            not (covers_all and missed),
        ),
        *(Figure(f"never struck: {service}", place.value) for service, place in missed),
        zero("victims that did not come back", sum(recovery.seconds is None for recovery in recoveries)),
        *_by_victim(recoveries),
        Figure("resume p50, s", _rounded(percentile(seconds, 0.5))),
        at_most("resume p99, s", percentile(seconds, 0.99), _RESUME_P99_MAX_S)
        if len(seconds) >= _HUNDREDTHS
        else Figure("resume at the slowest, s", _rounded(max(seconds, default=None))),
    ]


def defects(logs: Path) -> Counter[str]:
    """Count why services ended by themselves, from their logs: a lost server ends them by design."""
    ended: Counter[str] = Counter()
    for log in sorted(logs.glob("*.log")):
        for line in log.read_text(errors="replace").splitlines():
            if _DEFECT not in line:
                continue
            try:
                trace = str(json.loads(line).get("exception", ""))
            except ValueError:
                trace = line
            ended[f"{log.stem}: {trace.strip().splitlines()[-1][:160] if trace.strip() else line[:160]}"] += 1
    return ended


def _by_victim(recoveries: Sequence[Recovery]) -> list[Figure]:
    by_victim: dict[str, list[Recovery]] = defaultdict(list)
    for recovery in recoveries:
        if recovery.seconds is not None:
            by_victim[recovery.kill.victim].append(recovery)
    return [
        Figure(f"resume of {victim}, s: p50 / p99 / max of {len(those)}", _told(those))
        for victim, those in sorted(by_victim.items())
    ]


def _told(those: Sequence[Recovery]) -> str:
    seconds = [one.seconds for one in those if one.seconds is not None]
    computing = [one.cpu_s for one in those if one.cpu_s is not None]
    told = " / ".join(f"{percentile(seconds, share):.1f}" for share in (0.5, 0.99, 1.0))
    return f"{told}; {percentile(computing, 0.5):.1f} computing" if computing else told


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
