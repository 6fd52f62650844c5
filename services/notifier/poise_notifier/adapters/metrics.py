"""What Prometheus is told of the notifier: which alerts fire, what is delivered, and what waits."""

from collections import Counter as Count
from collections.abc import Sequence
from datetime import datetime
from math import nan

from prometheus_client import Counter, Gauge

from poise_common.contracts.core import Output, Run, Store
from poise_notifier.domain.core import NotifierCore
from poise_notifier.domain.mail.notices import Deliver, Notice, NoticeState, channel_of

FIRING = Gauge("poise_alert_firing", "Alerts that fire, by how many subjects.", ("name", "severity"))
NOTIFICATIONS = Counter(
    "poise_notifications_total",
    "What people are told: delivered, failed for good; and attempts that were made again.",
    ("channel", "outcome"),
)
WAITING = Gauge("poise_notifications_waiting", "What is still to be told.", ("channel",))
TELEGRAM_UP = Gauge("poise_telegram_up", "1 while Telegram answers the bot; not a number without one.")
TELEGRAM_UP.set(nan)


class Shown:
    """Follows what a core decides."""

    def __init__(self, core: NotifierCore) -> None:
        self._core = core
        self._shown: frozenset[tuple[str, str]] = frozenset()

    def see(self, outputs: Sequence[Output], _now: datetime) -> None:
        """Count what is in the outputs, and show how the core stands after them."""
        for output in outputs:
            match output:
                case Store(Notice() as notice):
                    _count(notice)
                case Run(Deliver() as deliver) if deliver.notices[0].attempts > 1:
                    NOTIFICATIONS.labels(channel_of(deliver.mailbox), "retried").inc()
                case _:
                    pass
        for channel, waiting in self._core.mailroom.waiting.items():
            WAITING.labels(channel).set(waiting)
        firing = Count((each.name, each.severity.value) for each in self._core.announcer.firing)
        for key, subjects in firing.items():
            FIRING.labels(*key).set(subjects)
        for gone in self._shown - firing.keys():
            FIRING.remove(*gone)
        self._shown = frozenset(firing)


def _count(notice: Notice) -> None:
    channel = channel_of(notice.mailbox)
    if notice.state is NoticeState.SET_ASIDE:
        NOTIFICATIONS.labels(channel, "failed").inc()
    elif notice.state is not NoticeState.WAITING:
        NOTIFICATIONS.labels(channel, "delivered").inc()
