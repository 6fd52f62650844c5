"""Takes alerts, others' and the notifier's own, and has people told: by the book, the mailboxes and the log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from poise_common.contracts.control import Alert, Severity
from poise_common.contracts.core import Output, Run, Store
from poise_common.domain.ids import NewId, derived_id
from poise_notifier.domain.alerts.episodes import AlertEpisodes, Episode, Told
from poise_notifier.domain.mail.mailroom import Mailroom
from poise_notifier.domain.mail.notices import Write

STAGE = "notifier"


class Announcer:
    """The one way from an alert to people."""

    def __init__(self, episodes: AlertEpisodes, mailroom: Mailroom, new_id: NewId) -> None:
        self._episodes = episodes
        self._mailroom = mailroom
        self._new_id = new_id

    @property
    def firing(self) -> Sequence[Episode]:
        """The alerts that last, the worst first."""
        return self._episodes.firing

    def take(self, alert: Alert, now: datetime) -> Sequence[Output]:
        """Have people told what is new of an alert."""
        return self._announce(*self._episodes.take(alert, now), alert.id, now)

    def end(self, alert: Alert, now: datetime) -> Sequence[Output]:
        """Take the end of an alert; one that does not fire is nobody's news."""
        return self.take(alert, now) if self._episodes.find(alert.name, alert.subject) is not None else ()

    def tick(self, now: datetime) -> Sequence[Output]:
        """Have people told again what lasts."""
        outputs: list[Output] = []
        for episode, told in self._episodes.tick(now):
            cause = derived_id(episode.episode_id, told.occasion.value, now.isoformat())
            outputs += self._announce(episode, told, cause, now)
        return outputs

    def happened(self, name: str, subject: str, severity: Severity, text: str, now: datetime) -> Sequence[Output]:
        """Have people told of something that the notifier itself has seen, and that does not last."""
        return self.take(self._own(name, subject, severity, text, now, firing=False), now)

    def begins(
        self, name: str, subject: str, severity: Severity, text: str, now: datetime, *, since: datetime
    ) -> Sequence[Output]:
        """Raise an alert of the notifier's own, unless it fires; `since` is when what it tells began."""
        if self._episodes.find(name, subject) is not None:
            return ()
        alert = self._own(name, subject, severity, text, now, firing=True)
        return self.take(alert.model_copy(update={"raised_at": since}), now)

    def ends(self, name: str, subject: str, text: str, now: datetime) -> Sequence[Output]:
        """Close an alert of the notifier's own, if it fires."""
        known = self._episodes.find(name, subject)
        if known is None:
            return ()
        return self.take(self._own(name, subject, known.severity, text, now, firing=False), now)

    def _announce(self, episode: Episode | None, told: Told | None, cause: UUID, now: datetime) -> Sequence[Output]:
        stored = [] if episode is None else [Store(episode)]
        if told is None:
            return stored
        return [*stored, *self._mailroom.tell(told, cause, now), Run(Write(told))]

    def _own(self, name: str, subject: str, severity: Severity, text: str, now: datetime, *, firing: bool) -> Alert:
        return Alert.first(
            self._new_id(now),
            STAGE,
            now,
            name=name,
            subject=subject,
            severity=severity,
            firing=firing,
            text=text,
            raised_by=STAGE,
            raised_at=now,
        )
