"""Closes what is due, one approval a package at a time, through the same gate as anyone's request."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from poise_common.contracts.core import Output
from poise_common.contracts.packages import CloseReason
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import Side
from poise_risk.domain.exits.carrying_out.own_closings import closing_request
from poise_risk.domain.exits.carrying_out.references import Reference, References
from poise_risk.domain.exits.carrying_out.retries import Retries
from poise_risk.domain.exits.rules.watched import ExitDue
from poise_risk.domain.gate.closing import Authority, HeldPair
from poise_risk.domain.gate.gatekeeper import Gatekeeper
from poise_risk.domain.gate.reservations import Reservations
from poise_risk.domain.knowledge.desk import Desk
from poise_risk.domain.knowledge.venue_standings import VenueStandings
from poise_risk.domain.rules.rulebook import Rulebook

_FLATTENINGS = frozenset({CloseReason.FLATTEN, CloseReason.KILL_SWITCH})


class Closer:
    """Risk's own closings: priced, tried, and tried again for as long as they are due."""

    def __init__(
        self,
        *,
        rules: Rulebook,
        desk: Desk,
        reservations: Reservations,
        standings: VenueStandings,
        gatekeeper: Gatekeeper,
        new_id: NewId,
    ) -> None:
        self._rules = rules
        self._reservations = reservations
        self._standings = standings
        self._gatekeeper = gatekeeper
        self._new_id = new_id
        self._references = References(desk, rules)
        self._retries = Retries(rules)
        self._shrunk_at: dict[str, datetime] = {}
        self._unpriced: frozenset[UUID] = frozenset()

    @property
    def unpriced(self) -> frozenset[UUID]:
        """Packages that are to be closed and have nothing to be priced by."""
        return self._unpriced

    def shrunk_at(self, venue: str) -> datetime | None:
        """Return when a package was last asked to shrink for a venue's margin."""
        return self._shrunk_at.get(venue)

    def made_progress(self, package_id: UUID) -> None:
        """Let the next closing of a package be tried at once."""
        self._retries.forget(package_id)

    def close(self, due: Iterable[ExitDue], now: datetime) -> tuple[Output, ...]:
        """Ask for every closing that may be tried now, in the order given."""
        outputs: list[Output] = []
        unpriced = set()
        for exit_ in due:
            held = self._gatekeeper.held_pair(exit_.package_id)
            if held is None or not self._may_try(exit_.package_id, held, now):
                continue
            references = self._priced(exit_, held, now)
            if references is None:
                unpriced.add(exit_.package_id)
                continue
            outputs += self._ask(exit_, held, references, now)
        self._unpriced = frozenset(unpriced)
        return tuple(outputs)

    def _may_try(self, package_id: UUID, held: HeldPair, now: datetime) -> bool:
        return (
            not any(self._standings.bars_closing_in(leg.instrument_id) for leg in held.legs)
            and not self._reservations.closing_under_way(package_id, now, self._rules.approvals.unanswered_after)
            and self._retries.may_try(package_id, now)
        )

    def _priced(self, due: ExitDue, held: HeldPair, now: datetime) -> tuple[Reference, Reference] | None:
        """Price both legs; a price that is not fresh is good enough where all is closed, or nothing is to be traded.

        What a contract that was settled leaves behind is one leg: the other has no market any more, and no need of one.
        """
        references: list[Reference] = []
        for holding, side in ((held.long_leg, Side.SELL), (held.short_leg, Side.BUY)):
            reference = self._references.fresh(holding, side, now)
            if reference is None and (due.reason in _FLATTENINGS or not holding.quantity):
                tries = self._retries.tries(due.package_id)
                reference = self._references.last_known(holding, side, tries, now)
            if reference is None:
                return None
            references.append(reference)
        return references[0], references[1]

    def _ask(
        self, due: ExitDue, held: HeldPair, references: tuple[Reference, Reference], now: datetime
    ) -> tuple[Output, ...]:
        request = closing_request(due, held, references, id_=self._new_id(now), life=self._rules.approvals.ttl, now=now)
        if request.long_leg.quantity + request.short_leg.quantity <= 0:
            return ()
        self._retries.tried(due.package_id, now)
        if due.reason is CloseReason.MARGIN:
            self._shrunk_at |= dict.fromkeys((leg.instrument_id.venue for leg in held.legs), now)
        authority = Authority.FLATTENING if due.reason in _FLATTENINGS else Authority.RISK
        return self._gatekeeper.close(request, now, authority=authority, why=due.why)
