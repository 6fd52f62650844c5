"""What Alertmanager posts (its webhook, version 4) as the notifier's own alerts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from poise_common.contracts.control import Alert, Severity
from poise_common.domain.ids import NewId, derived_id
from poise_notifier.domain.alerts.episodes import REPORTED_BY
from poise_notifier.domain.announcer import STAGE
from poise_notifier.domain.core import AlertsReported

_NOT_DISTINGUISHING = frozenset({"alertname", "severity", "prometheus", "monitor", "cluster", "replica"})
_OF_NOTHING_ELSE = "desk"
_NOBODY = UUID(int=0)

Text = Annotated[str, Field(max_length=4_000)]
Labels = Annotated[Mapping[Text, Text], Field(max_length=64)]


class _Posted(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PostedAlert(_Posted):
    status: Literal["firing", "resolved"]
    labels: Labels
    annotations: Labels = Field(default_factory=dict)
    starts_at: Annotated[AwareDatetime, Field(alias="startsAt")]
    fingerprint: Text = ""


class Posted(_Posted):
    """One post: a group of alerts."""

    version: Literal["4"]
    alerts: Annotated[tuple[PostedAlert, ...], Field(max_length=1_000)]


def reported(posted: Posted, new_id: NewId, now: datetime) -> AlertsReported:
    """Return a post's alerts; the same alert said again is the same message."""
    alerts = tuple(_alert(each, now) for each in posted.alerts)
    return AlertsReported.first(new_id(now), STAGE, now, alerts=alerts)


def _alert(posted: PostedAlert, now: datetime) -> Alert:
    name, subject = posted.labels.get("alertname") or "unnamed", _subject(posted.labels)
    said = [posted.annotations.get(key, "").strip() for key in ("summary", "description")]
    key = (name, subject, posted.starts_at.isoformat(), posted.status)
    return Alert.first(
        derived_id(_NOBODY, "alertmanager", *key),
        STAGE,
        now,
        name=name,
        subject=subject,
        severity=_severity(posted.labels.get("severity")),
        firing=posted.status == "firing",
        text=". ".join(part.rstrip(".") for part in said if part) or name,
        raised_by=REPORTED_BY,
        raised_at=posted.starts_at if posted.status == "firing" else now,
    )


def _subject(labels: Mapping[str, str]) -> str:
    """Name what tells one alert of a rule from another."""
    distinguishing = {name: value for name, value in sorted(labels.items()) if name not in _NOT_DISTINGUISHING}
    if len(distinguishing) == 1:
        return next(iter(distinguishing.values()))
    return ", ".join(f"{name}={value}" for name, value in distinguishing.items()) or _OF_NOTHING_ELSE


def _severity(said: str | None) -> Severity:
    """Return the severity; what a rule forgot to say, or says in another way, is a warning."""
    try:
        return Severity(said or "")
    except ValueError:
        return Severity.WARNING
