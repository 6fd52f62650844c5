"""One look at one candidate: what is thought of it, and what is asked for, if anything."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.contracts.message import Message
from poise_common.contracts.packages import CloseReason, OpenPackage, OrderStyle, PackageState
from poise_signals.domain.desk import Desk
from poise_signals.domain.evaluation.announcements import View
from poise_signals.domain.evaluation.entries import Entry, capacity_usd, decide_entry
from poise_signals.domain.evaluation.exits import Exit, decide_exit
from poise_signals.domain.evaluation.prospect import Prospect
from poise_signals.domain.evaluation.rivals import Rivals
from poise_signals.domain.evaluation.rolls import decide_roll
from poise_signals.domain.packages.book import PackageRecord
from poise_signals.domain.packages.requests import Occasion, Request, ask_to_close, ask_to_open, ask_to_roll
from poise_signals.domain.parameters import SizingParameters, TimingParameters
from poise_signals.domain.regimes.watch import RegimeWatch
from poise_signals.domain.strategy.candidates import Candidate


class Evaluation(NamedTuple):
    prospect: Prospect
    view: View | None
    """None where another package speaks for the candidate."""
    request: Request | None

    @property
    def score(self) -> float:
        return 0.0 if self.view is None else self.view.score or 0.0

    @property
    def enters(self) -> bool:
        return self.request is not None and isinstance(self.request.message, OpenPackage)

    def outdone(self) -> "Evaluation":
        """Return what is thought of it when another one of its slot is asked for at the same moment."""
        view = (
            None if self.view is None else self.view._replace(wanted=False, why_not="another of its slot is asked for")
        )
        return self._replace(view=view, request=None)


class Evaluator:
    """Joins what the markets say, what the desk allows and what is under way; changes none of them."""

    def __init__(
        self,
        timing: TimingParameters,
        sizing: SizingParameters,
        exit_order: OrderStyle,
        *,
        desk: Desk,
        regimes: RegimeWatch,
    ) -> None:
        self._regimes = regimes
        self._sizing = sizing
        self._exit_order = exit_order
        self._desk = desk
        self._rivals = Rivals(timing.books_stale_after_s)
        self._expires_after = timedelta(seconds=timing.request_expires_after_s)
        self._ask_again_after = timedelta(seconds=timing.ask_again_after_s)
        self._clear_rise = timing.clear_rise_bps / 10_000

    def free(self, prospect: Prospect, ended: PackageRecord | None, cause: Message) -> Evaluation:
        """Evaluate a candidate of whose slot nothing is held or under way; `ended` is the slot's last package."""
        entry = self._entry(prospect)
        why_not = (
            self._desk.entries_barred(prospect.strategy.name, prospect.now)
            or entry.why_not
            or self._must_wait(prospect, entry, ended)
            or self._outdone(prospect, entry)
        )
        if why_not is not None:
            self._rivals.withdraw(prospect.candidate)
        view = _entry_view(entry, wanted=why_not is None, why_not=why_not)
        request = self._opening(prospect, None, entry, cause) if why_not is None else None
        return Evaluation(prospect, view, request)

    def capacity_usd(self, evaluation: Evaluation) -> float | None:
        """Return how much could still be entered; None of what is held."""
        if evaluation.view is None or evaluation.view.held:
            return None
        return capacity_usd(evaluation.prospect, self._sizing)

    def taken(self, prospect: Prospect, record: PackageRecord) -> Evaluation:
        """Evaluate a candidate whose slot is taken by a package of another one."""
        entry = self._entry(prospect)
        holder = record.short_instrument.symbol
        view = _entry_view(entry, wanted=False, why_not=entry.why_not or f"its slot is taken: {holder} is held")
        return Evaluation(prospect, view, None)

    def held(
        self,
        prospect: Prospect,
        record: PackageRecord,
        left_universe: bool,
        cause: Message,
        of_slot: Sequence[Candidate] = (),
    ) -> Evaluation:
        """Evaluate a candidate whose package is under way or held; `of_slot` are those it may be rolled into."""
        match record.state:
            case PackageState.PROPOSED if self._is_overdue(record, prospect.now) and not left_universe:
                return self._ask_again(prospect, record, cause)
            case PackageState.PROPOSED | PackageState.OPENING:
                return Evaluation(prospect, View(held=False, wanted=True, why_not="asked for"), None)
            case PackageState.ROLLING if not self._is_overdue(record, prospect.now):
                return Evaluation(prospect, View(held=True, wanted=True, why_not="rolling"), None)
            case PackageState.OPEN | PackageState.ROLLING if rolling := self._rolling(
                prospect, record, left_universe, cause, of_slot
            ):
                return rolling
            case PackageState.OPEN | PackageState.CLOSING | PackageState.ROLLING:
                return self._watch_exit(prospect, record, left_universe, cause)
            case _:
                return Evaluation(prospect, View(held=True, wanted=False, why_not=record.note), None)

    def _rolling(
        self,
        prospect: Prospect,
        record: PackageRecord,
        left_universe: bool,
        cause: Message,
        of_slot: Sequence[Candidate],
    ) -> Evaluation | None:
        """Ask for a roll where one pays and may be asked for; a package that is not rolled is closed in its time."""
        roll = None if left_universe else decide_roll(prospect, record, of_slot, self._sizing.collar_bps)
        if roll is None:
            return None
        asset = prospect.candidate.long_instrument.base
        barred = (
            self._exit_barred(record, prospect.now)
            or self._desk.entries_barred(prospect.strategy.name, prospect.now)
            or self._regimes.why_no_entry(asset, asset)
        )
        if barred is not None:
            return None
        occasion = Occasion(cause, prospect.now, self._expires_after)
        request = ask_to_roll(record, roll.edge, roll.closing, roll.opening, occasion)
        why_not = f"asked to be rolled into {roll.edge.candidate.short_id.symbol}"
        return Evaluation(prospect, View(held=True, wanted=True, why_not=why_not), request)

    def _entry(self, prospect: Prospect) -> Entry:
        """Return a candidate as an entry, without orders where the regime of an asset of its legs forbids any."""
        entry = decide_entry(prospect, self._sizing, self._desk.target_usd(prospect.strategy.name))
        if entry.why_not is not None:
            return entry
        candidate = prospect.candidate
        why_not = self._regimes.why_no_entry(candidate.long_instrument.base, candidate.short_instrument.base)
        return entry if why_not is None else entry._replace(legs=None, why_not=why_not)

    def _ask_again(self, prospect: Prospect, record: PackageRecord, cause: Message) -> Evaluation:
        """Repeat a request that risk has not answered, while it is still wanted; otherwise its answer is awaited."""
        entry = self._entry(prospect)
        barred = self._desk.entries_barred(prospect.strategy.name, prospect.now) or entry.why_not
        view = _entry_view(entry, wanted=True, why_not="asked for, not answered")
        request = self._opening(prospect, record, entry, cause) if barred is None else None
        return Evaluation(prospect, view, request)

    def _watch_exit(self, prospect: Prospect, record: PackageRecord, left_universe: bool, cause: Message) -> Evaluation:
        found = decide_exit(prospect, record, self._sizing.collar_bps, left_universe)
        why_not = found.why_not or self._exit_barred(record, prospect.now)
        view = _exit_view(found, record, why_not)
        if found.edge is None or found.reason is None or found.legs is None or why_not is not None:
            return Evaluation(prospect, view, None)
        occasion = Occasion(cause, prospect.now, self._expires_after)
        # What left the universe may lose its feeds and its market, and what is stopped runs away: they are not rested.
        is_urgent = left_universe or found.reason is CloseReason.STOP_LOSS
        style = OrderStyle.IOC if is_urgent else self._exit_order
        request = ask_to_close(record, found.reason, found.edge.edge_left, found.legs, occasion, style=style)
        return Evaluation(prospect, view, request)

    def _opening(
        self, prospect: Prospect, asked_before: PackageRecord | None, entry: Entry, cause: Message
    ) -> Request | None:
        if entry.edge is None or entry.legs is None:
            return None
        occasion = Occasion(cause, prospect.now, self._expires_after)
        return ask_to_open(prospect.candidate, asked_before, entry.edge, entry.legs, occasion)

    def _outdone(self, prospect: Prospect, entry: Entry) -> str | None:
        if entry.edge is None:
            return None
        better = self._rivals.better_than(prospect.candidate, entry.edge.score, prospect.now)
        return None if better is None else f"{better.short.symbol} of its slot scores higher"

    def _must_wait(self, prospect: Prospect, entry: Entry, ended: PackageRecord | None) -> str | None:
        """Say what is waited for after the slot's last package: by its own candidate, and at times by all of them."""
        if ended is None or ended.wait_until is None or prospect.now >= ended.wait_until or entry.edge is None:
            return None
        if ended.close_reason is CloseReason.ROLLED:
            return "waiting for the successor of what was rolled"
        if not ended.is_of(prospect.candidate) and ended.close_reason is not CloseReason.REBALANCE:
            return None
        if entry.edge.total_yield >= float(ended.entry_yield) + self._clear_rise:
            return None
        return f"waiting after {ended.note or ended.state.value}"

    def _exit_barred(self, record: PackageRecord, now: datetime) -> str | None:
        if record.state is PackageState.CLOSING and not self._is_overdue(record, now):
            return "closing"
        if record.wait_until is not None and now < record.wait_until:
            return f"waiting after {record.note}"
        return self._desk.exits_barred(now)

    def _is_overdue(self, record: PackageRecord, now: datetime) -> bool:
        return record.awaits_decision and now - record.requested_at >= self._ask_again_after


def _entry_view(entry: Entry, *, wanted: bool, why_not: str | None) -> View:
    edge = entry.edge
    if edge is None:
        return View(held=False, wanted=wanted, why_not=why_not, notional_usd=entry.notional_usd)
    return View(
        held=False,
        wanted=wanted,
        why_not=why_not,
        notional_usd=entry.notional_usd,
        long_price=edge.long_price,
        short_price=edge.short_price,
        basis=edge.basis,
        net_yield=edge.net_yield,
        expected_funding=edge.expected_funding,
        frictions=edge.frictions,
        net_apr=edge.net_apr,
        confidence=edge.confidence,
        score=edge.score,
    )


def _exit_view(found: Exit, record: PackageRecord, why_not: str | None) -> View:
    wanted = found.reason is None and record.state is PackageState.OPEN
    edge = found.edge
    if edge is None:
        return View(held=True, wanted=wanted, why_not=why_not)
    return View(
        held=True,
        wanted=wanted,
        why_not=why_not or (None if found.reason is None else found.reason.value),
        notional_usd=max(
            float(record.long_quantity) * edge.long_price, float(record.short_quantity) * edge.short_price
        ),
        long_price=edge.long_price,
        short_price=edge.short_price,
        basis=edge.premium,
        net_yield=edge.edge_left,
        expected_funding=edge.expected_funding,
    )
