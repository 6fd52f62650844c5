"""The notifier: alerts in, messages to people out; people's orders in, commands to the desk out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from poise_common.contracts.control import Alert, Severity
from poise_common.contracts.core import Output, Store
from poise_common.contracts.execution import VenueState
from poise_common.contracts.message import Message
from poise_common.contracts.signatures import Signer
from poise_common.contracts.state import RiskState
from poise_common.domain.ids import NewId
from poise_notifier.domain.alerts.episodes import AlertEpisodes
from poise_notifier.domain.announcer import Announcer
from poise_notifier.domain.desk_view import DeskView
from poise_notifier.domain.mail.mailroom import ChannelRules, Mailroom
from poise_notifier.domain.mail.notices import DeliveryEnded, Notice
from poise_notifier.domain.mail.wording import duration
from poise_notifier.domain.parameters import NotifierConfig
from poise_notifier.domain.records import Forget, Restored
from poise_notifier.domain.telegram.commands import Commands
from poise_notifier.domain.telegram.standing_orders import StandingOrders
from poise_notifier.domain.telegram.updates import TelegramHeard, TelegramPress, TelegramText, UpdateTaken

OUTAGE_ALERT = "channel_unreachable"
UNHEARD_ALERT = "telegram_not_heard"
SET_ASIDE_ALERT = "notice_set_aside"
_FORGET_EVERY = timedelta(hours=6)
UPDATES_REMEMBERED = timedelta(days=7)
"""Telegram itself keeps what was not fetched for one day."""


class AlertsReported(Message):
    """Alerts as a source outside the desk repeats them; of one that does not fire here, its end is no news."""

    type: Literal["AlertsReported"] = "AlertsReported"
    alerts: tuple[Alert, ...]


class NotifierCore:
    """Tell each alert once when it begins and ends, and again while it lasts, to all who are to hear of it."""

    def __init__(
        self,
        config: NotifierConfig,
        channels: Sequence[ChannelRules],
        signer: Signer | None,
        new_id: NewId,
        restored: Restored | None = None,
    ) -> None:
        known = restored or Restored()
        self._retention = config.delivery.retention
        self._mailroom = Mailroom(
            channels,
            config.delivery,
            waiting=known.waiting,
            receipts=known.receipts,
            next_position=known.next_position,
        )
        alerts = config.alerts
        episodes = AlertEpisodes(alerts.repeat_interval, alerts.unreported_after, known.firing)
        self._announcer = Announcer(episodes, self._mailroom, new_id)
        self._view = DeskView()
        self._orders = StandingOrders(config.telegram, self._view, self._mailroom, signer, known.orders)
        self._commands = Commands(
            config.telegram,
            self._view,
            self._announcer,
            self._mailroom,
            self._orders,
            can_sign=signer is not None,
        )
        self._updates = {each.update_id: each.taken_at for each in known.updates}
        self._forgot_at: datetime | None = None

    @property
    def announcer(self) -> Announcer:
        """Who knows which alerts fire."""
        return self._announcer

    @property
    def mailroom(self) -> Mailroom:
        """Who knows what waits to be told."""
        return self._mailroom

    def start(self, now: datetime) -> Sequence[Output]:
        """Go on telling what was not told."""
        return (*self._mailroom.start(now), *self._mailroom.pump(now))

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Take an alert, a state, what somebody wrote, or what came of a delivery."""
        outputs = self._handled(message, now)
        return (*outputs, *self._mailroom.pump(now))

    def tick(self, now: datetime) -> Sequence[Output]:
        """Repeat what lasts, let orders expire, try again what failed."""
        return (
            *self._announcer.tick(now),
            *self._orders.tick(now),
            *self._watch_channels(now),
            *self._forget(now),
            *self._mailroom.pump(now),
        )

    def _handled(self, message: Message, now: datetime) -> Sequence[Output]:
        self._view.take(message)
        match message:
            case Alert():
                return (*self._announcer.take(message, now), *self._orders.alert_said(message, now))
            case AlertsReported():
                return [output for alert in message.alerts for output in self._reported(alert, now)]
            case RiskState():
                return self._orders.risk_said(message, now)
            case VenueState():
                return self._orders.venue_said(message, now)
            case _:
                return self._came_from_channel(message, now)

    def _came_from_channel(self, message: Message, now: datetime) -> Sequence[Output]:
        match message:
            case TelegramText() | TelegramPress():
                return self._updated(message, now)
            case TelegramHeard():
                return self._heard(message, now)
            case DeliveryEnded():
                outputs, refused = self._mailroom.ended(message, now)
                return outputs if refused is None else (*outputs, *self._say_refused(refused, now))
            case _:
                return ()

    def _reported(self, alert: Alert, now: datetime) -> Sequence[Output]:
        return self._announcer.take(alert, now) if alert.firing else self._announcer.end(alert, now)

    def _updated(self, update: TelegramText | TelegramPress, now: datetime) -> Sequence[Output]:
        if update.update_id in self._updates:
            return ()
        self._updates[update.update_id] = now
        taken = Store(UpdateTaken(update_id=update.update_id, taken_at=now))
        if isinstance(update, TelegramText):
            return (taken, *self._commands.written(update, now))
        return (taken, *self._commands.pressed(update, now))

    def _heard(self, heard: TelegramHeard, now: datetime) -> Sequence[Output]:
        if heard.is_heard:
            return self._announcer.ends(UNHEARD_ALERT, "telegram", "people's commands are heard again", now)
        text = f"people's commands are not heard: {heard.reason}; the command line works"
        return self._announcer.begins(UNHEARD_ALERT, "telegram", Severity.WARNING, text, now, since=heard.since)

    def _say_refused(self, notice: Notice, now: datetime) -> Sequence[Output]:
        if notice.told is not None and notice.told.name == SET_ASIDE_ALERT:
            return ()  # else one that is refused would be told by another that is refused
        what = "an answer" if notice.told is None else f"{notice.told.name} ({notice.told.subject})"
        text = f"{notice.mailbox} takes {what} in no form: {notice.note}; it stands in the book as {notice.notice_id}"
        return self._announcer.happened(SET_ASIDE_ALERT, notice.mailbox, Severity.WARNING, text, now)

    def _watch_channels(self, now: datetime) -> Sequence[Output]:
        outputs: list[Output] = []
        for outage in self._mailroom.outages(now):
            text = f"nobody is reached there: {outage.reason}; what waits is kept"
            outputs += self._announcer.begins(
                OUTAGE_ALERT, outage.subject, Severity.WARNING, text, now, since=outage.since
            )
        for episode in self._announcer.firing:
            if episode.name == OUTAGE_ALERT and self._mailroom.is_reached(episode.subject):
                text = f"reached again after {duration(now - episode.began_at)}; what waited is told"
                outputs += self._announcer.ends(OUTAGE_ALERT, episode.subject, text, now)
        return outputs

    def _forget(self, now: datetime) -> Sequence[Output]:
        if self._forgot_at is not None and now - self._forgot_at < _FORGET_EVERY:
            return ()
        self._forgot_at = now
        self._updates = {each: at for each, at in self._updates.items() if now - at < UPDATES_REMEMBERED}
        return (Store(Forget(now - self._retention)),)
