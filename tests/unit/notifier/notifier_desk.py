"""A notifier's core with its rows in memory: what is stored survives a crash, what is not does not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from poise_common.contracts.control import Alert, Severity
from poise_common.contracts.core import Output, Publish, Run, Store
from poise_common.contracts.message import Message
from poise_common.contracts.signatures import Signer
from poise_common.domain.ids import seeded_ids
from poise_common.platform.config import load_section
from poise_notifier.app import channel_rules
from poise_notifier.domain.alerts.episodes import Episode
from poise_notifier.domain.core import NotifierCore
from poise_notifier.domain.mail.notices import Deliver, DeliveryEnded, DeliveryOutcome, Notice, NoticeState, Write
from poise_notifier.domain.parameters import NotifierConfig
from poise_notifier.domain.records import Restored
from poise_notifier.domain.telegram.orders import Order
from poise_notifier.domain.telegram.updates import AnswerPress, TelegramPress, TelegramText, UpdateTaken

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONFIG = Path(__file__).parents[3] / "config"
ME, OTHER, STRANGER, GROUP = 11, 12, 99, -500
CHATS = (ME, GROUP)


def configured(**variables: str) -> NotifierConfig:
    """Return the shipped configuration with a bot, two people, a group and a webhook."""
    environment = {
        "TELEGRAM__TOKEN_FILE": "token",
        "TELEGRAM__CHAT_IDS": str(list(CHATS)),
        "TELEGRAM__USER_IDS": str([ME, OTHER]),
        "WEBHOOK__URL": "http://127.0.0.1/hook",
        **variables,
    }
    named = {f"POISE_NOTIFIER__{name}": value for name, value in environment.items()}
    return load_section(CONFIG, "notifier", NotifierConfig, named)


class NotifierDesk:
    """Drives the core as the shell does."""

    def __init__(self, config: NotifierConfig | None = None, signer: Signer | None = None) -> None:
        self.config = config or configured()
        self._signer = signer
        self.new_id = seeded_ids(1)
        self.now = NOW
        self.episodes: dict[object, Episode] = {}
        self.notices: dict[object, Notice] = {}
        self.orders: dict[object, Order] = {}
        self.updates: dict[int, UpdateTaken] = {}
        self.under_way: dict[int, Deliver] = {}
        self.published: list[Any] = []
        self.shown: list[AnswerPress] = []
        self.written: list[Write] = []
        self._last_update = 0
        self.core = self._built()

    def start(self) -> None:
        self._run(self.core.start(self.now))

    def crash(self) -> None:
        """Lose all but the rows, and start from them."""
        self.under_way.clear()
        self.core = self._built()
        self.start()

    def take(self, *messages: Message) -> None:
        for message in messages:
            self._run(self.core.handle(message, self.now))

    def wait(self, seconds: float = 0.25) -> None:
        """Let time pass, and the core notice."""
        self.now += timedelta(seconds=seconds)
        self._run(self.core.tick(self.now))

    def alert(
        self,
        *,
        name: str = "stale_feed",
        subject: str = "BTC",
        firing: bool = True,
        severity: Severity = Severity.WARNING,
        **fields: Any,
    ) -> Alert:
        """Return an alert of risk's, raised now."""
        told = {"text": "no book for 31 s", "raised_by": "risk", "raised_at": self.now, **fields}
        return Alert.first(
            self.new_id(self.now),
            "risk",
            self.now,
            name=name,
            subject=subject,
            severity=severity,
            firing=firing,
            **told,
        )

    def end_deliveries(self, outcome: DeliveryOutcome = DeliveryOutcome.DELIVERED, **fields: Any) -> list[Deliver]:
        """Have all deliveries that are under way end so; return them."""
        return self.end_deliveries_of("", outcome, **fields)

    def end_deliveries_of(
        self, mailboxes: str, outcome: DeliveryOutcome = DeliveryOutcome.DELIVERED, **fields: Any
    ) -> list[Deliver]:
        """Have those deliveries end that go to a mailbox whose name begins so."""
        ending = [each for each in self.under_way.values() if each.mailbox.startswith(mailboxes)]
        for deliver in ending:
            del self.under_way[deliver.attempt]
        for deliver in ending:
            given = {"receipt": deliver.attempt, **fields} if outcome is DeliveryOutcome.DELIVERED else fields
            self.take(
                DeliveryEnded.first(
                    self.new_id(self.now),
                    "notifier",
                    self.now,
                    mailbox=deliver.mailbox,
                    attempt=deliver.attempt,
                    outcome=outcome,
                    **given,
                )
            )
        return ending

    def deliver_all(self, mailbox: str | None = None) -> list[Deliver]:
        """Let everything through until nothing waits; return what was sent, of one mailbox or of all."""
        sent: list[Deliver] = []
        for _ in range(1_000):
            sent += self.end_deliveries()
            if not self.waiting:
                return [deliver for deliver in sent if mailbox in {None, deliver.mailbox}]
            self.wait()
        raise AssertionError(f"never delivered: {self.waiting}")

    @property
    def waiting(self) -> list[Notice]:
        return [notice for notice in self.notices.values() if notice.state is NoticeState.WAITING]

    def write(self, text: str, *, user: int = ME, chat: int | None = None, ago_s: float = 0, update: int = 0) -> None:
        """Have somebody write to the bot."""
        self.take(self.text(text, user=user, chat=chat, ago_s=ago_s, update=update))

    def text(
        self, text: str, *, user: int = ME, chat: int | None = None, ago_s: float = 0, update: int = 0
    ) -> TelegramText:
        self._last_update = update or self._last_update + 1
        at = self.now - timedelta(seconds=ago_s)
        return TelegramText.first(
            seeded_ids(self._last_update)(NOW),
            "notifier",
            at,
            update_id=self._last_update,
            user_id=user,
            user_name="someone",
            chat_id=user if chat is None else chat,
            is_private=chat is None or chat > 0,
            text=text,
            sent_at=at,
        )

    def press(self, data: str, *, user: int = ME, chat: int | None = None) -> str:
        """Have somebody press a button; return what is shown for it, nothing where nothing is."""
        self._last_update += 1
        id_ = self.new_id(self.now)
        shown = len(self.shown)
        self.take(
            TelegramPress(
                id=id_,
                trace_id=id_,
                update_id=self._last_update,
                user_id=user,
                user_name="someone",
                chat_id=user if chat is None else chat,
                press_id=f"press {self._last_update}",
                data=data,
                message_id=1,
            )
        )
        return self.shown[-1].text if len(self.shown) > shown else ""

    def answers(self, chat: int = ME) -> list[str]:
        """Return the answers that a chat has got, or is to get."""
        mailbox = f"telegram:{chat}"
        return [each.text for each in self.notices.values() if each.told is None and each.mailbox == mailbox]

    def _built(self) -> NotifierCore:
        receipts: dict[Any, int] = {}
        for notice in sorted(self.notices.values(), key=lambda each: -each.position):
            if notice.told is not None and notice.told.episode_id is not None and notice.receipt is not None:
                receipts[notice.told.episode_id, notice.mailbox] = notice.receipt
        restored = Restored(
            firing=tuple(each for each in self.episodes.values() if each.ended_at is None),
            waiting=tuple(self.waiting),
            receipts=receipts,
            next_position=max((each.position for each in self.notices.values()), default=0) + 1,
            orders=tuple(each for each in self.orders.values() if each.ended_at is None),
            updates=tuple(self.updates.values()),
        )
        return NotifierCore(self.config, channel_rules(self.config), self._signer, self.new_id, restored)

    def _run(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            match output:
                case Store(Episode() as episode):
                    self.episodes[episode.episode_id] = episode
                case Store(Notice() as notice):
                    self.notices[notice.notice_id] = notice
                case Store(Order() as order):
                    self.orders[order.order_id] = order
                case Store(UpdateTaken() as taken):
                    self.updates[taken.update_id] = taken
                case Publish(message):
                    self.published.append(message)
                case Run(Deliver() as deliver):
                    self.under_way[deliver.attempt] = deliver
                case Run(AnswerPress() as answer):
                    self.shown.append(answer)
                case Run(Write() as write):
                    self.written.append(write)
                case _:
                    pass
