"""What rebalancing writes down, and what it starts from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from poise_common.domain.instruments import Side
from poise_portfolio.domain.ledger.positions import ZERO


class Cause(StrEnum):
    """What set a plan off."""

    ORDER = "order"
    PERIOD = "period"
    LARGE_MOVE = "large_move"


class PlanState(StrEnum):
    SELLING = "selling"
    BUYING = "buying"
    """Every sell is settled or given up."""
    ENDED = "ended"
    REFUSED = "refused"
    """An order that was not taken: nothing was planned."""


class TradeState(StrEnum):
    WAITING = "waiting"
    """Not asked for yet, or to be asked for again."""
    ASKED = "asked"
    APPROVED = "approved"
    DONE = "done"
    GIVEN_UP = "given_up"

    @property
    def is_settled(self) -> bool:
        return self in (TradeState.DONE, TradeState.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class WeightLine:
    """How an asset stands to its target, in USD of exposure."""

    asset: str
    held_usd: Decimal
    target_usd: Decimal | None
    """None: not known, so that what is held stays."""
    trade_usd: Decimal
    """Negative is sold."""
    reason: str


@dataclass(frozen=True, slots=True)
class CapitalLine:
    """How much of the desk's capital lies somewhere, and how much is meant to."""

    name: str
    venues: tuple[str, ...]
    held_usd: Decimal
    target_usd: Decimal
    transfer_usd: Decimal
    """What a person would bring in; negative is taken out."""


@dataclass(frozen=True, slots=True)
class PlannedWeights:
    """What a plan's trades follow from."""

    plan_id: UUID
    weights: tuple[WeightLine, ...]
    capital: tuple[CapitalLine, ...]


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade of a plan: a package that is made smaller, or more of an asset."""

    number: int
    side: Side
    asset: str
    goal_usd: Decimal
    """The exposure to come to: a sell's of its package, a buy's of its asset."""
    planned_usd: Decimal
    reason: str
    strategy: str | None = None
    package_id: UUID | None = None
    """A buy's is that of the request that was made last."""
    state: TradeState = TradeState.WAITING
    tries: int = 0
    request_id: UUID | None = None
    approval_id: UUID | None = None
    asked_at: datetime | None = None
    not_before: datetime | None = None
    pending_usd: Decimal = ZERO
    """What is asked for, and then what of it is approved, until that has an outcome."""
    traded_usd: Decimal = ZERO
    """What was approved and came to something."""
    note: str = ""
    """How it stands: what it waits for, or what came of it."""

    def asked(self, request_id: UUID, package_id: UUID, asked_usd: Decimal, now: datetime) -> Self:
        """Return it as one that risk was asked for."""
        return replace(
            self,
            state=TradeState.ASKED,
            tries=self.tries + 1,
            request_id=request_id,
            package_id=package_id,
            pending_usd=asked_usd,
            asked_at=now,
            not_before=None,
            note="",
        )

    def approved(self, approval_id: UUID | None, approved_usd: Decimal, terms: str) -> Self:
        return replace(self, state=TradeState.APPROVED, approval_id=approval_id, pending_usd=approved_usd, note=terms)

    def waiting(self, note: str, not_before: datetime) -> Self:
        """Return it as one that is asked for, or asked for again, from a time on."""
        return replace(
            self,
            state=TradeState.WAITING,
            approval_id=None,
            pending_usd=ZERO,
            note=note,
            not_before=not_before,
        )

    def traded(self) -> Self:
        """Return it with what was pending come to something."""
        return replace(self, pending_usd=ZERO, traded_usd=self.traded_usd + self.pending_usd)

    def done(self, note: str) -> Self:
        return replace(self, state=TradeState.DONE, not_before=None, note=note)

    def given_up(self, note: str) -> Self:
        return replace(self, state=TradeState.GIVEN_UP, pending_usd=ZERO, not_before=None, note=note)


@dataclass(frozen=True, slots=True)
class RebalancingPlan:
    """A plan and how far it is carried out."""

    plan_id: UUID
    cause: Cause
    ordered_by: str
    reason: str
    model: str
    made_at: datetime
    equity_usd: Decimal
    capital_usd: Decimal
    state: PlanState
    state_since: datetime
    trades: tuple[Trade, ...] = ()
    note: str = ""

    @property
    def is_under_way(self) -> bool:
        return self.state in (PlanState.SELLING, PlanState.BUYING)

    @property
    def side(self) -> Side:
        """Which trades' turn it is."""
        return Side.BUY if self.state is PlanState.BUYING else Side.SELL

    def unsettled(self) -> tuple[Trade, ...]:
        """Return the trades whose turn it is and that are not settled."""
        return tuple(trade for trade in self.trades if trade.side is self.side and not trade.state.is_settled)

    def having(self, trades: Iterable[Trade]) -> Self:
        """Return the plan with these trades in the place of the ones they were."""
        changed = {trade.number: trade for trade in trades}
        return replace(self, trades=tuple(changed.get(trade.number, trade) for trade in self.trades))

    def moved_on(self, state: PlanState, now: datetime, **changes: Any) -> Self:
        return replace(self, state=state, state_since=now, **changes)


@dataclass(frozen=True, slots=True)
class RebalancingBooks:
    """What was stored: the newest plan, under way or ended."""

    last: RebalancingPlan | None = None

    @classmethod
    def of(cls, records: Iterable[object]) -> Self:
        """Return what records add up to: of one plan the last of them counts."""
        plans = {record.plan_id: record for record in records if isinstance(record, RebalancingPlan)}
        made = [plan for plan in plans.values() if plan.state is not PlanState.REFUSED]
        return cls(max(made, key=lambda plan: plan.made_at, default=None))
