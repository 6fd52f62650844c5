"""One look at one candidate: what is thought of it, and what is asked for, if anything."""

from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.contracts.message import Message
from poise_common.contracts.packages import OrderStyle, PackageState
from poise_signals.domain.announcements import View
from poise_signals.domain.candidates import CandidateKey
from poise_signals.domain.desk import Desk
from poise_signals.domain.entries import Entry, decide_entry
from poise_signals.domain.exits import Exit, decide_exit
from poise_signals.domain.packages import PackageRecord
from poise_signals.domain.parameters import SizingParameters, TimingParameters
from poise_signals.domain.prospect import Prospect
from poise_signals.domain.requests import Occasion, Request, ask_to_close, ask_to_open


class Evaluation(NamedTuple):
    key: CandidateKey
    view: View | None
    """None where another package speaks for the candidate."""
    request: Request | None

    @property
    def net_apr(self) -> float:
        return 0.0 if self.view is None else self.view.net_apr or 0.0


class Evaluator:
    """Joins what the markets say, what the desk allows and what is under way; changes none of them."""

    def __init__(self, timing: TimingParameters, sizing: SizingParameters, exit_order: OrderStyle, desk: Desk) -> None:
        self._sizing = sizing
        self._exit_order = exit_order
        self._desk = desk
        self._expires_after = timedelta(seconds=timing.request_expires_after_s)
        self._ask_again_after = timedelta(seconds=timing.ask_again_after_s)
        self._clear_rise = timing.clear_rise_bps / 10_000

    def free(self, prospect: Prospect, ended: PackageRecord | None, cause: Message) -> Evaluation:
        """Evaluate a candidate of which nothing is held or under way; `ended` is its last package."""
        entry = decide_entry(prospect, self._sizing, self._desk.target_usd)
        why_not = (
            self._desk.entries_barred(prospect.now) or entry.why_not or self._must_wait(entry, ended, prospect.now)
        )
        view = _entry_view(entry, wanted=why_not is None, why_not=why_not)
        request = self._opening(prospect, None, entry, cause) if why_not is None else None
        return Evaluation(prospect.candidate.key, view, request)

    def held(self, prospect: Prospect, record: PackageRecord, left_universe: bool, cause: Message) -> Evaluation:
        """Evaluate a candidate whose package is under way or held."""
        match record.state:
            case PackageState.PROPOSED if self._is_overdue(record, prospect.now) and not left_universe:
                return self._ask_again(prospect, record, cause)
            case PackageState.PROPOSED | PackageState.OPENING:
                return Evaluation(record.key, View(held=False, wanted=True, why_not="asked for"), None)
            case PackageState.OPEN | PackageState.CLOSING:
                return self._watch_exit(prospect, record, left_universe, cause)
            case _:
                return Evaluation(record.key, View(held=True, wanted=False, why_not=record.note), None)

    def _ask_again(self, prospect: Prospect, record: PackageRecord, cause: Message) -> Evaluation:
        """Repeat a request that risk has not answered, while it is still wanted; otherwise its answer is awaited."""
        entry = decide_entry(prospect, self._sizing, self._desk.target_usd)
        barred = self._desk.entries_barred(prospect.now) or entry.why_not
        view = _entry_view(entry, wanted=True, why_not="asked for, not answered")
        request = self._opening(prospect, record, entry, cause) if barred is None else None
        return Evaluation(record.key, view, request)

    def _watch_exit(self, prospect: Prospect, record: PackageRecord, left_universe: bool, cause: Message) -> Evaluation:
        found = decide_exit(prospect, record, self._sizing.collar_bps, left_universe)
        why_not = found.why_not or self._exit_barred(record, prospect.now)
        view = _exit_view(found, record, why_not)
        if found.edge is None or found.reason is None or found.legs is None or why_not is not None:
            return Evaluation(record.key, view, None)
        occasion = Occasion(cause, prospect.now, self._expires_after)
        # What left the universe may lose its feeds and its market: it is not rested.
        style = OrderStyle.IOC if left_universe else self._exit_order
        request = ask_to_close(record, found.reason, found.edge.edge_left, found.legs, occasion, style=style)
        return Evaluation(record.key, view, request)

    def _opening(
        self, prospect: Prospect, asked_before: PackageRecord | None, entry: Entry, cause: Message
    ) -> Request | None:
        if entry.edge is None or entry.legs is None:
            return None
        occasion = Occasion(cause, prospect.now, self._expires_after)
        return ask_to_open(prospect.candidate, asked_before, entry.edge, entry.legs, occasion)

    def _must_wait(self, entry: Entry, ended: PackageRecord | None, now: datetime) -> str | None:
        if ended is None or ended.wait_until is None or now >= ended.wait_until or entry.edge is None:
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
        basis=edge.basis,
        net_yield=edge.net_yield,
        expected_funding=edge.expected_funding,
        net_apr=edge.net_apr,
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
        notional_usd=float(max(record.long_quantity, record.short_quantity)) * edge.long_price,
        basis=edge.premium,
        net_yield=edge.edge_left,
        expected_funding=edge.expected_funding,
    )
