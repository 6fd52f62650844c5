"""Does what the core asks of the outside: tell people by a channel, answer a press, write the log."""

from collections.abc import Mapping

import structlog

from poise_common.contracts.control import Severity
from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.platform.failpoints import Failpoint, hit
from poise_common.platform.service import Push
from poise_notifier.adapters.telegram.courier import TelegramCourier
from poise_notifier.domain.alerts.episodes import Told
from poise_notifier.domain.announcer import STAGE
from poise_notifier.domain.mail.notices import Deliver, DeliveryEnded, Write, channel_of
from poise_notifier.domain.telegram.updates import AnswerPress
from poise_notifier.ports import Courier


class Outside:
    """The couriers by channel, and the log."""

    def __init__(
        self, couriers: Mapping[str, Courier], telegram: TelegramCourier | None, clock: Clock, new_id: NewId
    ) -> None:
        self._couriers = couriers
        self._telegram = telegram
        self._clock = clock
        self._new_id = new_id
        self._log = structlog.get_logger()

    async def run(self, effect: object, push: Push) -> None:
        """Do it, and push what came of it."""
        match effect:
            case Deliver():
                await self._deliver(effect, push)
            case AnswerPress() if self._telegram is not None:
                await self._telegram.answer(effect)
            case Write():
                self._write(effect.told)
            case _:
                raise TypeError(f"no such effect: {effect!r}")

    async def _deliver(self, deliver: Deliver, push: Push) -> None:
        hit(Failpoint.POST_BEFORE)
        ending = await self._couriers[channel_of(deliver.mailbox)].deliver(deliver)
        hit(Failpoint.POST_AFTER)
        now = self._clock()
        await push(
            DeliveryEnded.first(
                self._new_id(now),
                STAGE,
                now,
                mailbox=deliver.mailbox,
                attempt=deliver.attempt,
                outcome=ending.outcome,
                receipt=ending.receipt,
                reason=ending.reason,
                is_unclear=ending.is_unclear,
                retry_after_s=ending.retry_after_s,
            )
        )

    def _write(self, told: Told) -> None:
        write = self._log.info if told.severity is Severity.INFO else self._log.warning
        write(
            "alert",
            occasion=told.occasion.value,
            name=told.name,
            subject=told.subject,
            severity=told.severity.value,
            text=told.text,
            raised_by=told.raised_by,
            raised_at=told.raised_at.isoformat(),
        )
