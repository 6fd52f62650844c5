"""All that is to be told: durable first, then tried until it is told; each channel one message at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from poise_common.contracts.control import Severity
from poise_common.contracts.core import Output, Run, Store
from poise_common.domain.ids import derived_id
from poise_notifier.domain.alerts.episodes import Occasion, Told, is_at_least
from poise_notifier.domain.mail.mailbox import Mailbox
from poise_notifier.domain.mail.notices import (
    Deliver,
    DeliveryEnded,
    DeliveryOutcome,
    Notice,
    NoticeState,
    channel_of,
)
from poise_notifier.domain.mail.reachability import Reachability
from poise_notifier.domain.mail.wording import summarised, worded
from poise_notifier.domain.parameters import DeliveryConfig

NO_LONGER_TOLD = "nobody is told by this channel, or there, any more"

Receipts = dict[tuple[UUID, str], int]
"""By alert and mailbox: the channel's number of the message that told its beginning."""


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Somebody who is told alerts, or only answered."""

    mailbox: str
    pause: timedelta
    """Between two messages to this recipient."""
    hears_alerts: bool = True


@dataclass(frozen=True, kw_only=True)
class ChannelRules:
    """How a channel is used."""

    name: str
    min_severity: Severity
    pause: timedelta
    """Between two messages of the channel."""
    summary_above: int | None
    recipients: Sequence[Recipient]


class Outage(NamedTuple):
    """A channel or a mailbox that is not reached."""

    subject: str
    since: datetime
    reason: str


@dataclass(slots=True)
class _Attempt:
    number: int
    mailbox: Mailbox
    notices: Sequence[Notice]
    may_be_told: bool
    """By an attempt before this one."""


@dataclass(slots=True)
class _Channel:
    rules: ChannelRules
    reachability: Reachability
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    under_way: _Attempt | None = None


class Mailroom:
    """The mailboxes of all channels."""

    def __init__(
        self,
        rules: Iterable[ChannelRules],
        config: DeliveryConfig,
        *,
        waiting: Sequence[Notice] = (),
        receipts: Mapping[tuple[UUID, str], int] | None = None,
        next_position: int = 1,
    ) -> None:
        self._channels = {each.name: _Channel(each, Reachability(config)) for each in rules}
        for channel in self._channels.values():
            for recipient in channel.rules.recipients:
                channel.mailboxes[recipient.mailbox] = Mailbox(
                    recipient.mailbox, Reachability(config), recipient.pause, channel.rules.summary_above
                )
        self._receipts: Receipts = dict(receipts or {})
        self._next_position = next_position
        self._attempts = 0
        self._homeless: list[Notice] = []
        for notice in sorted(waiting, key=lambda each: each.position):
            mailbox = self._mailbox(notice.mailbox)
            if mailbox is None:
                self._homeless.append(notice)
            else:
                mailbox.put(notice)

    @property
    def waiting(self) -> Mapping[str, int]:
        """How many notices wait, by channel."""
        return {name: sum(map(len, channel.mailboxes.values())) for name, channel in self._channels.items()}

    def start(self, now: datetime) -> Sequence[Output]:
        """Put aside what waited for a recipient who is not told any more."""
        homeless, self._homeless = self._homeless, []
        return [Store(each.ended(NoticeState.SET_ASIDE, now, note=NO_LONGER_TOLD)) for each in homeless]

    def tell(self, told: Told, cause: UUID, now: datetime) -> Sequence[Output]:
        """Have everybody told of an alert who is to hear of one that bad."""
        outputs: list[Output] = []
        for channel in self._channels.values():
            if not is_at_least(told.peak_severity, channel.rules.min_severity):
                continue
            for recipient in channel.rules.recipients:
                mailbox = channel.mailboxes[recipient.mailbox]
                if recipient.hears_alerts and not mailbox.makes_superfluous(told):
                    notice_id = derived_id(cause, "notice", mailbox.name, told.occasion.value)
                    outputs.append(
                        self._put(
                            mailbox,
                            Notice(notice_id=notice_id, position=0, mailbox=mailbox.name, told=told, made_at=now),
                        )
                    )
        return outputs

    def answer(
        self, mailbox_name: str, text: str, cause: UUID, now: datetime, *, order_id: UUID | None = None
    ) -> Sequence[Output]:
        """Have a person answered, with buttons to confirm an order if there is one."""
        mailbox = self._mailbox(mailbox_name)
        if mailbox is None:
            return ()
        notice_id = derived_id(cause, "answer", mailbox_name)
        return (
            self._put(
                mailbox,
                Notice(
                    notice_id=notice_id, position=0, mailbox=mailbox_name, text=text, order_id=order_id, made_at=now
                ),
            ),
        )

    def pump(self, now: datetime) -> Sequence[Output]:
        """Begin what may be told now."""
        return [output for channel in self._channels.values() for output in self._begin(channel, now)]

    def ended(self, ended: DeliveryEnded, now: datetime) -> tuple[Sequence[Output], Notice | None]:
        """Take what came of an attempt; return what the channel has refused for good, if it has."""
        channel = self._channels.get(channel_of(ended.mailbox))
        attempt = None if channel is None else channel.under_way
        if channel is None or attempt is None or attempt.number != ended.attempt:
            return (), None
        channel.under_way = None
        mailbox = attempt.mailbox
        match ended.outcome:
            case DeliveryOutcome.DELIVERED:
                self._reached(channel, mailbox, now)
                return self._delivered(attempt, ended, now), None
            case DeliveryOutcome.REFUSED:
                self._reached(channel, mailbox, now)
                return self._refused(attempt, ended, now)
            case DeliveryOutcome.CHANNEL_FAILED:
                channel.reachability.failed(now, ended.reason, ended.retry_after_s)
            case DeliveryOutcome.RECIPIENT_FAILED:
                channel.reachability.succeeded(now, channel.rules.pause)
                mailbox.reachability.failed(now, ended.reason, ended.retry_after_s)
        if ended.is_unclear or attempt.may_be_told:
            return (), None
        noted = attempt.notices[0].model_copy(update={"note": ended.reason})
        mailbox.put(noted)
        return (Store(noted),), None

    def outages(self, now: datetime) -> Sequence[Outage]:
        """Return which channels and recipients have not been reached for so long that people should know."""
        return [
            Outage(subject, each.failing_since, each.reason)
            for subject, each in self._reachabilities()
            if each.failing_since is not None and each.is_out(now)
        ]

    def is_reached(self, subject: str) -> bool:
        """Say whether a channel or mailbox is known to be reached, or not used any more."""
        found = next((each for name, each in self._reachabilities() if name == subject), None)
        return found is None or (found.is_known and found.failing_since is None)

    def _reachabilities(self) -> Iterator[tuple[str, Reachability]]:
        for channel in self._channels.values():
            yield channel.rules.name, channel.reachability
            for mailbox in channel.mailboxes.values():
                if mailbox.name != channel.rules.name:
                    yield mailbox.name, mailbox.reachability

    def _mailbox(self, name: str) -> Mailbox | None:
        channel = self._channels.get(channel_of(name))
        return None if channel is None else channel.mailboxes.get(name)

    def _put(self, mailbox: Mailbox, notice: Notice) -> Store:
        placed = notice.model_copy(update={"position": self._next_position})
        self._next_position += 1
        mailbox.put(placed)
        return Store(placed)

    def _begin(self, channel: _Channel, now: datetime) -> Sequence[Output]:
        if channel.under_way is not None or not channel.reachability.may_try(now):
            return ()
        ready = [each for each in channel.mailboxes.values() if len(each) and each.reachability.may_try(now)]
        if not ready:
            return ()
        # By turns: one that fails again and again is to hold up no other.
        mailbox = min(ready, key=lambda each: (each.last_attempt, each.head.position))
        notices = mailbox.next_notices()
        text = worded(notices[0]) if len(notices) == 1 else summarised(notices, now)
        tried = notices[0].model_copy(update={"attempts": notices[0].attempts + 1, "note": ""})
        mailbox.put(tried)
        self._attempts += 1
        mailbox.last_attempt = self._attempts
        channel.under_way = _Attempt(self._attempts, mailbox, (tried, *notices[1:]), notices[0].may_be_told)
        deliver = Deliver(mailbox.name, self._attempts, (tried, *notices[1:]), text, self._replied_to(notices))
        return (Store(tried), Run(deliver))

    def _replied_to(self, notices: Sequence[Notice]) -> int | None:
        told = notices[0].told
        if len(notices) > 1 or told is None or told.episode_id is None:
            return None
        return self._receipts.get((told.episode_id, notices[0].mailbox))

    def _reached(self, channel: _Channel, mailbox: Mailbox, now: datetime) -> None:
        channel.reachability.succeeded(now, channel.rules.pause)
        mailbox.reachability.succeeded(now, mailbox.pause)

    def _delivered(self, attempt: _Attempt, ended: DeliveryEnded, now: datetime) -> Sequence[Output]:
        state = NoticeState.DELIVERED if len(attempt.notices) == 1 else NoticeState.SUMMARISED
        outputs: list[Output] = []
        for notice in attempt.notices:
            attempt.mailbox.remove(notice)
            self._remember_receipt(notice, ended.receipt)
            outputs.append(Store(notice.ended(state, now, receipt=ended.receipt, note=ended.reason)))
        return outputs

    def _remember_receipt(self, notice: Notice, receipt: int | None) -> None:
        told = notice.told
        if told is None or told.episode_id is None or receipt is None:
            return
        key = (told.episode_id, notice.mailbox)
        if told.occasion is Occasion.ENDED:
            self._receipts.pop(key, None)
        else:
            self._receipts.setdefault(key, receipt)

    def _refused(
        self, attempt: _Attempt, ended: DeliveryEnded, now: datetime
    ) -> tuple[Sequence[Output], Notice | None]:
        if len(attempt.notices) > 1:
            attempt.mailbox.tell_one_by_one()
            return (), None
        (notice,) = attempt.notices
        attempt.mailbox.remove(notice)
        given_up = notice.ended(NoticeState.SET_ASIDE, now, note=ended.reason)
        return (Store(given_up),), given_up
