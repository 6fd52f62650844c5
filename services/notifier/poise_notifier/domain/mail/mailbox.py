"""What waits for one recipient: answers first, which somebody waits for; alerts in order."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from poise_notifier.domain.alerts.episodes import Occasion, Told
from poise_notifier.domain.mail.notices import Notice
from poise_notifier.domain.mail.reachability import Reachability


class Mailbox:
    """Two queues, and whether their recipient is reached."""

    def __init__(self, name: str, reachability: Reachability, pause: timedelta, summary_above: int | None) -> None:
        """`summary_above`: more alerts than this are told in one message; None tells each by itself."""
        self.name = name
        self.reachability = reachability
        self.pause = pause
        self.last_attempt = 0
        """The number of the last message that was tried here; 0 before the first."""
        self._summary_above = summary_above
        self._answers: dict[UUID, Notice] = {}
        self._alerts: dict[UUID, Notice] = {}
        self._one_by_one = False

    def __len__(self) -> int:
        return len(self._answers) + len(self._alerts)

    @property
    def head(self) -> Notice:
        """What is told next."""
        return next(iter((self._answers or self._alerts).values()))

    def put(self, notice: Notice) -> None:
        """Have it wait behind all others of its kind, or in the place it has already."""
        self._queue(notice)[notice.notice_id] = notice

    def remove(self, notice: Notice) -> None:
        del self._queue(notice)[notice.notice_id]
        if not self._alerts:
            self._one_by_one = False

    def next_notices(self) -> Sequence[Notice]:
        """Return what the next message tells: the head, or all alerts that wait where they are too many."""
        if self._answers or self._one_by_one or self._summary_above is None:
            return (self.head,)
        return tuple(self._alerts.values()) if len(self._alerts) > self._summary_above else (self.head,)

    def tell_one_by_one(self) -> None:
        """Make no summary of what waits now: the channel has refused it."""
        self._one_by_one = True

    def makes_superfluous(self, told: Told) -> bool:
        """Say whether a reminder need not be put here: of that very alert something waits to be told."""
        return told.occasion is Occasion.LASTS and any(
            notice.told is not None and notice.told.episode_id == told.episode_id for notice in self._alerts.values()
        )

    def _queue(self, notice: Notice) -> dict[UUID, Notice]:
        return self._answers if notice.told is None else self._alerts
