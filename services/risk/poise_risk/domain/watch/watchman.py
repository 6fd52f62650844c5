"""Watches what is held and the venues: stops the system, reduces it, and has closed what is due."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from poise_common.contracts.core import Output, Store
from poise_common.contracts.execution import PackageClosed, PackageClosedPartly
from poise_common.contracts.packages import CloseReason
from poise_common.contracts.state import HeldLeg, SystemMode
from poise_common.domain.instruments import assets_of
from poise_risk.domain.exits.carrying_out.closer import Closer
from poise_risk.domain.exits.due import exits_due
from poise_risk.domain.exits.flattening import flattening_due
from poise_risk.domain.exits.rules.losing_assets import took_its_share
from poise_risk.domain.exits.rules.margin import margins_to_shrink
from poise_risk.domain.exits.rules.watched import ExitDue, Watched, WatchedLeg, instrument_of, legs_of
from poise_risk.domain.gate.reservations import Outcome, Reservations
from poise_risk.domain.knowledge.desk import Desk
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.knowledge.venue_standings import VenueStandings
from poise_risk.domain.limits.losses import asset_losses_pct
from poise_risk.domain.records import ApprovalRecord, LosingDay
from poise_risk.domain.rules.rulebook import Rulebook
from poise_risk.domain.watch.dangers import feed_danger, loss_danger, margin_not_recovered, thin_margin
from poise_risk.domain.watch.mode import ModeChange, ModeSwitch

_HALTED_BY_LOCK = "execution"


class Watchman:
    """What risk does unasked."""

    def __init__(
        self,
        *,
        rules: Rulebook,
        desk: Desk,
        reservations: Reservations,
        switch: ModeSwitch,
        standings: VenueStandings,
        closer: Closer,
        losing_days: dict[str, LosingDay],
    ) -> None:
        self._rules = rules
        self._desk = desk
        self._reservations = reservations
        self._switch = switch
        self._standings = standings
        self._closer = closer
        self._losing_days = losing_days
        self._started: datetime | None = None
        self._settled_at: datetime | None = None

    def begin(self, now: datetime) -> None:
        """Count silences from here, and trust no account that was reconciled before: what was sent then is unknown."""
        self._started = self._settled_at = now

    def watch(self, now: datetime) -> tuple[Output, ...]:
        """Look at everything once: dangers first, then what is to be closed."""
        changes = (*self._note_losing_assets(now), *self._halt_on_lock(now), *self._switch_on_danger(now))
        return (*changes, *self._closer.close(self._due(now), now), *self._finish_flattening(now))

    def settled(self, record: ApprovalRecord, outcome: Outcome, now: datetime) -> tuple[Output, ...]:
        """Note what came of an approval: progress of a closing makes the next one due at once."""
        package_id = record.approval.package_id
        self._settled_at = now
        if not isinstance(outcome, PackageClosed | PackageClosedPartly):
            return ()
        self._closer.made_progress(package_id)
        reducing = record.close_reason is CloseReason.ASSET_DAILY_LOSS
        if reducing and took_its_share(record.approval, outcome, self._desk.instrument, self._rules.limits):
            assets = assets_of(*(leg.symbol for leg in record.approval.legs))
            return tuple(store for asset in assets for store in self._note_reduced(asset, package_id, now))
        return ()

    def _note_losing_assets(self, now: datetime) -> tuple[Output, ...]:
        portfolio, limits = self._desk.portfolio, self._rules.limits
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

    def _halt_on_lock(self, now: datetime) -> tuple[Output, ...]:
        """Stop where an account differs from our books, and close nothing for it: nobody knows which are right."""
        danger = self._standings.lock_danger()
        return () if danger is None else self._take(self._switch.current.halted(danger, _HALTED_BY_LOCK, now))

    def _switch_on_danger(self, now: datetime) -> tuple[Output, ...]:
        current, limits = self._switch.current, self._rules.limits
        danger = (
            loss_danger(self._desk, limits)
            or feed_danger(self._desk, self._rules.config, self._started or now, now)
            or self._standings.clock_danger()
        )
        if danger is not None:
            nothing_left = self._switch.is_halted and not self._anything_held
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

    def _accounts(self) -> Mapping[str, MarginAccount]:
        return self._desk.accounts(self._desk.packages(self._reservations.commitments))

    def _due(self, now: datetime) -> tuple[ExitDue, ...]:
        flattening, held = self._switch.current.flattening, self._desk.held()
        if flattening is not None:
            return flattening_due(held, self._reservations.commitments, flattening)
        if self._switch.is_halted or not held:
            return ()
        accounts, limits = self._accounts(), self._rules.limits
        watched = Watched(
            packages=held,
            legs={instrument_of(leg): self._watched_leg(leg, now) for package in held for leg in legs_of(package)},
            accounts=accounts,
            peg_deviations_pct=self._desk.peg_deviations_pct(now),
            losing_days={asset: day for asset, day in self._losing_days.items() if day.day == now.date()},
            shrinking_venues=frozenset(
                venue for venue in margins_to_shrink(accounts.values(), limits) if self._may_shrink(venue, now)
            ),
            now=now,
        )
        return exits_due(watched, limits)

    def _watched_leg(self, held: HeldLeg, now: datetime) -> WatchedLeg:
        desk, instrument_id = self._desk, instrument_of(held)
        return WatchedLeg(
            instrument=desk.instrument(instrument_id),
            book=desk.fresh_book(instrument_id, now),
            funding=desk.fresh_funding(instrument_id, now),
            unlisted_since=desk.unlisted_since(instrument_id),
        )

    def _may_shrink(self, venue: str, now: datetime) -> bool:
        last = self._closer.shrunk_at(venue)
        return last is None or now - last >= timedelta(seconds=float(self._rules.limits.exits.reduce_again_after_s))

    @property
    def _anything_held(self) -> bool:
        return bool(self._desk.held() or self._reservations.commitments)

    def _finish_flattening(self, now: datetime) -> tuple[Output, ...]:
        """Call a flattening over once ledger and execution hold nothing and the venues have shown that since."""
        current, portfolio = self._switch.current, self._desk.portfolio
        if current.flattening is None or portfolio is None:
            return ()
        if self._anything_held or self._reservations.anything_under_way:
            return ()
        since = max(current.since, self._settled_at or now)
        venues = self._standings.venues | {account.venue for account in portfolio.accounts}
        if portfolio.as_of < since or not self._standings.all_reconciled_after(venues, since):
            return ()
        return self._take(current.flat(now))
