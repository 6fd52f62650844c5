"""Alerts from their beginning to their end: each is told when it begins, changes, lasts and ends, and once each."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from poise_common.contracts.control import Alert, Severity
from poise_common.domain.ids import derived_id
from poise_common.domain.value import Value

REPORTED_BY = "prometheus"
"""Who raises what comes from Alertmanager: it is repeated there while it fires."""

_WEIGHTS = {severity: weight for weight, severity in enumerate(Severity)}


def is_at_least(severity: Severity, least: Severity) -> bool:
    """Say whether a severity is that bad, or worse."""
    return _WEIGHTS[severity] >= _WEIGHTS[least]


class Occasion(StrEnum):
    """Why people are told now."""

    BEGAN = "began"
    CHANGED = "changed"
    LASTS = "lasts"
    ENDED = "ended"
    HAPPENED = "happened"
    """Something that does not last."""


class Episode(Value):
    """An alert from when it began to fire to when it was closed."""

    episode_id: UUID
    name: str
    subject: str
    severity: Severity
    peak_severity: Severity
    """The worst it ever was: whoever heard of that hears of its end."""
    text: str
    raised_by: str
    began_at: AwareDatetime
    reported_at: AwareDatetime
    """When it was last said to fire."""
    told_at: AwareDatetime
    ended_at: AwareDatetime | None = None


class Told(Value):
    """What people are told of an alert on an occasion."""

    occasion: Occasion
    episode_id: UUID | None
    """None of something that does not last."""
    name: str
    subject: str
    severity: Severity
    peak_severity: Severity
    text: str
    raised_by: str
    raised_at: AwareDatetime
    began_at: AwareDatetime


class AlertEpisodes:
    """The alerts that fire."""

    def __init__(self, repeat_interval: timedelta, unreported_after: timedelta, firing: Iterable[Episode] = ()) -> None:
        """`unreported_after`: what its source repeats while it fires is over once it was not repeated for so long."""
        self._repeat_interval = repeat_interval
        self._unreported_after = unreported_after
        self._firing = {(episode.name, episode.subject): episode for episode in firing}

    @property
    def firing(self) -> Sequence[Episode]:
        """Those that fire, the worst first, then the oldest."""
        return sorted(self._firing.values(), key=lambda each: (-_WEIGHTS[each.severity], each.began_at))

    def find(self, name: str, subject: str) -> Episode | None:
        """Return the alert if it fires."""
        return self._firing.get((name, subject))

    def take(self, alert: Alert, now: datetime) -> tuple[Episode | None, Told | None]:
        """Return the episode as it is to be stored, and what is to be told; None where nothing is new."""
        known = self.find(alert.name, alert.subject)
        if not alert.firing:
            return (None, _happened(alert)) if known is None else self._end(known, alert.text, now)
        if known is None:
            return self._begin(alert, now)
        if known.severity is not alert.severity:
            worst = alert.severity if is_at_least(alert.severity, known.peak_severity) else known.peak_severity
            changes = {"severity": alert.severity, "peak_severity": worst, "text": alert.text, "told_at": now}
            episode = self._keep(known, **changes, reported_at=now)
            return episode, _told(episode, Occasion.CHANGED, alert.raised_at)
        if alert.raised_by == REPORTED_BY:
            return self._keep(known, reported_at=now), None
        return None, None

    def tick(self, now: datetime) -> list[tuple[Episode, Told]]:
        """Tell again what has lasted for a whole interval; end what its source repeats no more."""
        found: list[tuple[Episode, Told]] = []
        for known in list(self._firing.values()):
            if known.raised_by == REPORTED_BY and now - known.reported_at >= self._unreported_after:
                found.append(self._end(known, f"not reported any more since {known.reported_at:%H:%M} UTC", now))
            elif now - known.told_at >= self._repeat_interval:
                episode = self._keep(known, told_at=now)
                found.append((episode, _told(episode, Occasion.LASTS, now)))
        return found

    def _begin(self, alert: Alert, now: datetime) -> tuple[Episode, Told]:
        episode = Episode(
            episode_id=derived_id(alert.id, "episode"),
            name=alert.name,
            subject=alert.subject,
            severity=alert.severity,
            peak_severity=alert.severity,
            text=alert.text,
            raised_by=alert.raised_by,
            began_at=min(alert.raised_at, now),
            reported_at=now,
            told_at=now,
        )
        self._firing[episode.name, episode.subject] = episode
        return episode, _told(episode, Occasion.BEGAN, alert.raised_at)

    def _end(self, known: Episode, text: str, now: datetime) -> tuple[Episode, Told]:
        del self._firing[known.name, known.subject]
        episode = known.model_copy(update={"ended_at": max(now, known.began_at), "text": text})
        return episode, _told(episode, Occasion.ENDED, now)

    def _keep(self, known: Episode, **changes: object) -> Episode:
        episode = known.model_copy(update=changes)
        self._firing[episode.name, episode.subject] = episode
        return episode


def _told(episode: Episode, occasion: Occasion, at: datetime) -> Told:
    fields = ("episode_id", "name", "subject", "severity", "peak_severity", "text", "raised_by", "began_at")
    return Told(occasion=occasion, raised_at=at, **{field: getattr(episode, field) for field in fields})


def _happened(alert: Alert) -> Told:
    return Told(
        occasion=Occasion.HAPPENED,
        episode_id=None,
        name=alert.name,
        subject=alert.subject,
        severity=alert.severity,
        peak_severity=alert.severity,
        text=alert.text,
        raised_by=alert.raised_by,
        raised_at=alert.raised_at,
        began_at=alert.raised_at,
    )
