"""Watches what is held: stops the system, reduces it, and closes packages, each through the gate."""

from datetime import datetime, timedelta
from uuid import UUID

from poise_common.contracts.core import Output, Store
from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.packages import CloseReason
from poise_common.contracts.state import SystemMode
from poise_common.domain.ids import NewId
from poise_risk.domain.closing import HeldPair
from poise_risk.domain.dangers import feed_danger, loss_danger, margin_not_recovered, thin_margin
from poise_risk.domain.desk import Desk
from poise_risk.domain.exits import ExitDue, Watched, exits_due, flattening_due, margins_to_shrink
from poise_risk.domain.gatekeeper import Gatekeeper
from poise_risk.domain.limits.losses import asset_losses_pct
from poise_risk.domain.margins import MarginAccount
from poise_risk.domain.mode import ModeChange, ModeSwitch
from poise_risk.domain.own_closings import closing_request
from poise_risk.domain.parameters import LimitsConfig
from poise_risk.domain.records import ApprovalRecord, LosingDay
from poise_risk.domain.reservations import Reservations
from poise_risk.domain.retries import Retries


class Watchman:
    """What risk does unasked."""

    def __init__(
        self,
        *,
        config: LimitsConfig,
        desk: Desk,
        reservations: Reservations,
        switch: ModeSwitch,
        gatekeeper: Gatekeeper,
        losing_days: dict[str, LosingDay],
        new_id: NewId,
    ) -> None:
        self._config = config
        self._desk = desk
        self._reservations = reservations
        self._switch = switch
        self._gatekeeper = gatekeeper
        self._losing_days = losing_days
        self._new_id = new_id
        self._retries = Retries(config.closings)
        self._shrunk_at: dict[str, datetime] = {}
        self._started: datetime | None = None
        self._unpriced: frozenset[UUID] = frozenset()

    @property
    def unpriced(self) -> frozenset[UUID]:
        """Packages that are to be closed and have no fresh book to be priced by."""
        return self._unpriced

    def begin(self, now: datetime) -> None:
        """Count silences from here: no book was seen before."""
        self._started = now

    def watch(self, now: datetime) -> tuple[Output, ...]:
        """Look at everything once: dangers first, then what is to be closed."""
        changes = (*self._note_losing_assets(now), *self._switch_on_danger(now))
        return (*changes, *self._close_what_is_due(now), *self._finish_flattening(now))

    def settled(self, record: ApprovalRecord, *, made_progress: bool, now: datetime) -> tuple[Output, ...]:
        """Note what came of a closing: progress makes the next one due at once."""
        package_id = record.approval.package_id
        if not made_progress:
            return ()
        self._retries.forget(package_id)
        if record.close_reason is CloseReason.ASSET_DAILY_LOSS:
            return self._note_reduced(record.approval.asset, package_id, now)
        return ()

    def _note_losing_assets(self, now: datetime) -> tuple[Output, ...]:
        portfolio, limits = self._desk.portfolio, self._config.limits
        if portfolio is None or portfolio.as_of.date() != now.date():
            return ()
        losing = [
            LosingDay(day=now.date(), asset=asset)
            for asset, loss_pct in asset_losses_pct(portfolio).items()
            if loss_pct >= limits.asset_daily_loss_pct and self._losing_day(asset, now) is None
        ]
        self._losing_days.update({day.asset: day for day in losing})
        return tuple(Store(day) for day in losing)

    def _note_reduced(self, asset: str, package_id: UUID, now: datetime) -> tuple[Output, ...]:
        day = self._losing_day(asset, now)
        if day is None or package_id in day.reduced_packages:
            return ()
        self._losing_days[asset] = day.reduced(package_id)
        return (Store(self._losing_days[asset]),)

    def _losing_day(self, asset: str, now: datetime) -> LosingDay | None:
        day = self._losing_days.get(asset)
        return day if day is not None and day.day == now.date() else None

    def _switch_on_danger(self, now: datetime) -> tuple[Output, ...]:
        current, limits = self._switch.current, self._config.limits
        danger = loss_danger(self._desk, limits) or feed_danger(self._desk, self._config, self._started or now, now)
        if danger is not None:
            nothing_left = self._switch.is_halted and not self._desk.held()
            return () if nothing_left else self._take(current.halted(danger, "risk", now, CloseReason.KILL_SWITCH))
        accounts = self._accounts().values()
        thin = thin_margin(accounts, limits)
        if thin is not None:
            return self._take(current.reducing(thin, "risk", now))
        if current.mode is SystemMode.REDUCING and margin_not_recovered(accounts, limits) is None:
            return self._take(current.resumed("margin has recovered", "risk", now))
        return ()

    def _take(self, change: ModeChange | None) -> tuple[Output, ...]:
        return (Store(self._switch.current),) if self._switch.take(change) else ()

    def _accounts(self) -> dict[str, MarginAccount]:
        return self._desk.accounts(self._desk.packages(self._reservations.commitments))

    def _close_what_is_due(self, now: datetime) -> tuple[Output, ...]:
        outputs: list[Output] = []
        unpriced = set()
        for due in self._due(now):
            package_id = due.package.package_id
            held = self._gatekeeper.held_pair(package_id)
            if held is None or self._is_under_way(package_id, now) or not self._retries.may_try(package_id, now):
                continue
            books = self._fresh_books(held, now)
            if books is None:
                unpriced.add(package_id)
                continue
            outputs += self._close(due, held, books, now)
        self._unpriced = frozenset(unpriced)
        return tuple(outputs)

    def _due(self, now: datetime) -> tuple[ExitDue, ...]:
        flattening, held = self._switch.current.flattening, self._desk.held()
        if flattening is not None:
            return flattening_due(held, flattening)
        if self._switch.is_halted or not held:
            return ()
        accounts, limits = self._accounts(), self._config.limits
        watched = Watched(
            packages=held,
            accounts=accounts,
            peg_deviations_pct=self._desk.peg_deviations_pct(now),
            losing_days={asset: day for asset, day in self._losing_days.items() if day.day == now.date()},
            shrinking_venues=frozenset(
                venue for venue in margins_to_shrink(accounts.values(), limits) if self._may_shrink(venue, now)
            ),
            now=now,
        )
        return exits_due(watched, limits)

    def _may_shrink(self, venue: str, now: datetime) -> bool:
        last = self._shrunk_at.get(venue)
        return last is None or now - last >= timedelta(seconds=float(self._config.limits.exits.reduce_again_after_s))

    def _is_under_way(self, package_id: UUID, now: datetime) -> bool:
        unanswered_after = timedelta(seconds=float(self._config.approvals.unanswered_after_s))
        return self._reservations.closing_under_way(package_id, now, unanswered_after)

    def _fresh_books(self, held: HeldPair, now: datetime) -> tuple[OrderBook, OrderBook] | None:
        long_book = self._desk.book(held.long_leg.instrument_id)
        short_book = self._desk.book(held.short_leg.instrument_id)
        if long_book is None or short_book is None:
            return None
        stale_after = timedelta(milliseconds=float(self._config.staleness.book_ms))
        for book in (long_book, short_book):
            if now - book.received_at > stale_after or not book.bids or not book.asks:
                return None
        return long_book, short_book

    def _close(
        self, due: ExitDue, held: HeldPair, books: tuple[OrderBook, OrderBook], now: datetime
    ) -> tuple[Output, ...]:
        request = closing_request(
            due,
            held,
            books,
            collar_bps=self._config.closings.collar_bps,
            id_=self._new_id(now),
            life=timedelta(seconds=float(self._config.approvals.ttl_s)),
            now=now,
        )
        if request.long_leg.quantity + request.short_leg.quantity <= 0:
            return ()
        self._retries.tried(due.package.package_id, now)
        if due.reason is CloseReason.MARGIN:
            self._shrunk_at[held.short_leg.instrument_id.venue] = now
        return self._gatekeeper.close(request, now, by_risk=True)

    def _finish_flattening(self, now: datetime) -> tuple[Output, ...]:
        if self._switch.current.flattening is None or self._desk.portfolio is None or self._desk.held():
            return ()
        seen_since = self._desk.portfolio.as_of >= self._switch.current.since
        if not seen_since or self._reservations.anything_under_way:
            return ()
        return self._take(self._switch.current.flat(now))
