"""The notifier's records as rows, and back."""

from typing import Any

from sqlalchemy import RowMapping

from poise_notifier.domain.alerts.episodes import Episode, Told
from poise_notifier.domain.mail.notices import Notice
from poise_notifier.domain.telegram.orders import Order
from poise_notifier.domain.telegram.updates import UpdateTaken

Values = dict[str, Any]

_ANSWER = "answer"


def episode_values(record: Episode) -> Values:
    return {
        **record.model_dump(),
        "severity": record.severity.value,
        "peak_severity": record.peak_severity.value,
    }


def episode_of(row: RowMapping) -> Episode:
    return Episode.model_validate(dict(row))


def notice_values(record: Notice) -> Values:
    told = record.told
    return {
        **record.model_dump(exclude={"told", "state"}),
        "occasion": _ANSWER if told is None else told.occasion.value,
        "episode_id": None if told is None else told.episode_id,
        "alert": None if told is None else told.model_dump(mode="json"),
        "state": record.state.value,
    }


def notice_of(row: RowMapping) -> Notice:
    told = None if row["alert"] is None else Told.model_validate(row["alert"])
    own = {name: value for name, value in row.items() if name not in {"occasion", "episode_id", "alert"}}
    return Notice.model_validate({**own, "told": told})


def order_values(record: Order) -> Values:
    return {
        **record.model_dump(exclude={"lock", "command", "state"}),
        "lock": None if record.lock is None else record.lock.model_dump(mode="json"),
        "command": record.command.value,
        "state": record.state.value,
    }


def order_of(row: RowMapping) -> Order:
    return Order.model_validate(dict(row))


def update_values(record: UpdateTaken) -> Values:
    return record.model_dump()


def update_of(row: RowMapping) -> UpdateTaken:
    return UpdateTaken.model_validate(dict(row))
