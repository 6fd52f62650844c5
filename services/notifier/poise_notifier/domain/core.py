"""Which alerts people are told: each once when it begins and when it ends, and again while it lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from poise_common.contracts.control import Alert
from poise_common.contracts.core import Output, Run
from poise_common.contracts.message import Message


class Occasion(StrEnum):
    """Why people are told now."""

    BEGAN = "began"
    CHANGED = "changed"
    LASTS = "lasts"
    ENDED = "ended"
    HAPPENED = "happened"
    """Something that does not last."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Have people told of an alert."""

    alert: Alert
    occasion: Occasion


@dataclass(slots=True)
class _Firing:
    alert: Alert
    told_at: datetime


class NotifierCore:
    """Keep the alerts that fire in memory; after a restart they are told anew when they are raised or closed."""

    def __init__(self, repeat_interval: timedelta) -> None:
        self._repeat_interval = repeat_interval
        self._firing: dict[tuple[str, str], _Firing] = {}

    def start(self, now: datetime) -> Sequence[Output]:  # noqa: ARG002  (the face of every core)
        """Begin with nothing firing."""
        return ()

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Tell what is new of an alert; anything else is not for people."""
        if not isinstance(message, Alert):
            return ()
        occasion = self._occasion(message)
        key = (message.name, message.subject)
        if message.firing:
            if occasion is not None:
                self._firing[key] = _Firing(message, now)
        else:
            self._firing.pop(key, None)
        return () if occasion is None else (Run(Tell(message, occasion)),)

    def tick(self, now: datetime) -> Sequence[Output]:
        """Tell again what has lasted for a whole interval since it was last told."""
        due = [firing for firing in self._firing.values() if now - firing.told_at >= self._repeat_interval]
        for firing in due:
            firing.told_at = now
        return tuple(Run(Tell(firing.alert, Occasion.LASTS)) for firing in due)

    def _occasion(self, alert: Alert) -> Occasion | None:
        known = self._firing.get((alert.name, alert.subject))
        if not alert.firing:
            return Occasion.HAPPENED if known is None else Occasion.ENDED
        if known is None:
            return Occasion.BEGAN
        return None if known.alert.severity is alert.severity else Occasion.CHANGED
