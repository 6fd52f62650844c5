"""What a message to a person says; its first line is the heading."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from poise_common.contracts.control import Severity
from poise_notifier.domain.alerts.episodes import Occasion, Told
from poise_notifier.domain.mail.notices import Notice

SIGNS = {Severity.INFO: "🔵", Severity.WARNING: "🟠", Severity.CRITICAL: "🔴"}
_OVER = "✅"
_TOLD_BEFORE = "(may be here twice: the last attempt had no answer)"
_LINES_EACH = 15
_LINE_MAX = 140


def duration(lasted: timedelta) -> str:
    """Write a duration by its two largest units."""
    seconds = max(0, int(lasted.total_seconds()))
    parts = [
        (seconds // 86_400, "d"),
        (seconds // 3_600 % 24, "h"),
        (seconds // 60 % 60, "min"),
        (seconds % 60, "s"),
    ]
    while len(parts) > 1 and parts[0][0] == 0:
        parts.pop(0)
    shown = parts[:2] if parts[0][1] in {"d", "h"} else parts[:1]
    return " ".join(f"{count} {unit}" for position, (count, unit) in enumerate(shown) if count or position == 0)


def worded(notice: Notice) -> str:
    """Write one notice."""
    told = notice.told
    text = notice.text if told is None else "\n".join((_heading(told), told.text, _signature(told)))
    return f"{text}\n{_TOLD_BEFORE}" if notice.may_be_told else text


def summarised(notices: Sequence[Notice], now: datetime) -> str:
    """Write many in one message: what fires still, what is over, and how often the rest was told."""
    told = [notice.told for notice in notices if notice.told is not None]
    newest: dict[tuple[str, str], Told] = {}
    for each in told:
        newest.pop((each.name, each.subject), None)
        newest[each.name, each.subject] = each
    standing = [each for each in newest.values() if each.occasion not in {Occasion.ENDED, Occasion.HAPPENED}]
    over = [each for each in newest.values() if each.occasion is Occasion.ENDED]
    happened = [each for each in told if each.occasion is Occasion.HAPPENED]
    parts = [f"📬 {len(notices)} alerts waited since {notices[0].made_at:%d %b %H:%M} UTC; in short:"]
    parts += _listed("firing", [_short(each, f"since {duration(now - each.began_at)}") for each in standing])
    parts += _listed("over", [_short(each, f"lasted {duration(each.raised_at - each.began_at)}") for each in over])
    parts += _listed("happened", [_counted(*each) for each in Counter(map(_named, happened)).items()])
    return "\n".join(parts)


def _heading(told: Told) -> str:
    what = f"{told.name} ({told.subject})"
    lasted = duration(told.raised_at - told.began_at)
    match told.occasion:
        case Occasion.BEGAN | Occasion.HAPPENED:
            return f"{SIGNS[told.severity]} {told.severity.value}: {what}"
        case Occasion.CHANGED:
            return f"{SIGNS[told.severity]} now {told.severity.value}: {what}, for {lasted}"
        case Occasion.LASTS:
            return f"{SIGNS[told.severity]} still {told.severity.value}: {what}, for {lasted}"
        case Occasion.ENDED:
            return f"{_OVER} over: {what}, lasted {lasted}"


def _signature(told: Told) -> str:
    return f"{told.raised_by}, {told.raised_at:%Y-%m-%d %H:%M:%S} UTC"


def _listed(heading: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    shown = lines[:_LINES_EACH]
    more = [f"… and {len(lines) - _LINES_EACH} more"] if len(lines) > _LINES_EACH else []
    return [f"{heading} ({len(lines)}):", *shown, *more]


def _named(told: Told) -> str:
    return f"{SIGNS[told.severity]} {told.name} ({told.subject})"


def _counted(named: str, times: int) -> str:
    return named if times == 1 else f"{named}, {times} times"


def _short(told: Told, when: str) -> str:
    line = f"{_named(told)} {when}: {told.text}"
    return line if len(line) <= _LINE_MAX else f"{line[: _LINE_MAX - 1]}…"
