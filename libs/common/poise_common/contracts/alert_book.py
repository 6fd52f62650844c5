"""How a core raises an alert once, keeps it while it lasts, and closes it."""

from collections.abc import Sequence
from datetime import datetime

from poise_common.contracts.control import Alert, Severity
from poise_common.contracts.core import Publish
from poise_common.domain.ids import NewId


class AlertBook:
    """Remember which alerts fire, so that each is said once when it begins and once when it ends."""

    def __init__(self, raised_by: str, new_id: NewId) -> None:
        self._raised_by = raised_by
        self._new_id = new_id
        self._firing: dict[tuple[str, str], Alert] = {}

    @property
    def firing(self) -> Sequence[Alert]:
        """Alerts that last, oldest first."""
        return tuple(self._firing.values())

    def watch(
        self, name: str, subject: str, *, firing: bool, severity: Severity, text: str, now: datetime
    ) -> tuple[Publish, ...]:
        """raise the alert if it begins (or its severity changes), close it if it ends, else say nothing."""
        known = self._firing.get((name, subject))
        if firing and (known is None or known.severity is not severity):
            alert = self._alert(name, subject, severity, text, now, firing=True)
            self._firing[name, subject] = alert
            return (Publish(alert),)
        if not firing and known is not None:
            del self._firing[name, subject]
            return (Publish(self._alert(name, subject, known.severity, text, now, firing=False)),)
        return ()

    def tell(self, name: str, subject: str, *, severity: Severity, text: str, now: datetime) -> tuple[Publish, ...]:
        """Say something that happened and does not last: raised without being kept."""
        return (Publish(self._alert(name, subject, severity, text, now, firing=False)),)

    def _alert(self, name: str, subject: str, severity: Severity, text: str, now: datetime, *, firing: bool) -> Alert:
        return Alert.first(
            self._new_id(now),
            self._raised_by,
            now,
            name=name,
            subject=subject,
            severity=severity,
            firing=firing,
            text=text,
            raised_by=self._raised_by,
            raised_at=now,
        )
