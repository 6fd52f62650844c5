"""Bringing the desk's weights to their targets."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from poise_common.contracts.control import Rebalance
from poise_common.contracts.core import Output, Store
from poise_common.contracts.execution import (
    ApprovalRefused,
    PackageAborted,
    PackageClosed,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.message import Message
from poise_common.contracts.packages import CandidateEvaluated, PackageDecided
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.domain.ids import NewId, derived_id
from poise_portfolio.domain.desk_view import DeskView
from poise_portfolio.domain.follower import STAGE
from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.rebalancing.attempts import Attempts, Standing
from poise_portfolio.domain.rebalancing.candidates import Candidates
from poise_portfolio.domain.rebalancing.carrying_out import CarryingOut
from poise_portfolio.domain.rebalancing.markets import Markets
from poise_portfolio.domain.rebalancing.occasions import Occasions
from poise_portfolio.domain.rebalancing.openings import Openings
from poise_portfolio.domain.rebalancing.parameters import RebalancerParameters
from poise_portfolio.domain.rebalancing.plan import Plan, planned
from poise_portfolio.domain.rebalancing.records import (
    Cause,
    PlannedWeights,
    PlanState,
    RebalancingBooks,
    RebalancingPlan,
)
from poise_portfolio.domain.rebalancing.requests import Requests
from poise_portfolio.domain.rebalancing.situation import Situation


class _Ordered(NamedTuple):
    """Who wants the weights brought to their targets, and why."""

    plan_id: UUID
    cause: Cause
    by: str
    reason: str
    at: datetime

    def plan(self, state: PlanState, **fields: Any) -> RebalancingPlan:
        return RebalancingPlan(
            plan_id=self.plan_id,
            cause=self.cause,
            ordered_by=self.by,
            reason=self.reason,
            made_at=self.at,
            state=state,
            state_since=self.at,
            **fields,
        )


class Rebalancer:
    """Plans when ordered to, and by itself where it may; asks risk for every trade, sells before buys."""

    def __init__(
        self, parameters: RebalancerParameters, books: RebalancingBooks, view: DeskView, new_id: NewId
    ) -> None:
        self._parameters = parameters
        self._view = view
        self._new_id = new_id
        self._mode: SystemMode | None = None
        self._markets = Markets(view, parameters.requests.books_stale_after_s)
        self._candidates = Candidates(parameters.requests.candidate_stale_after_s)
        self._openings = Openings()
        requests = Requests(parameters, self._markets)
        self._attempts = Attempts(parameters, requests, self._candidates, self._openings)
        self._occasions = Occasions(parameters.occasions, books.last)
        self._under_way = None if books.last is None else self._carrying_out(books.last)
        self._heard: Mapping[type[Message], Callable[[Any], None]] = {
            OrderBook: self._markets.take_book,
            CandidateEvaluated: self._candidates.take,
            RiskState: self._take_risk,
            PackageDecided: self._openings.decided,
            PackageOpened: self._openings.ended,
            PackageAborted: self._openings.ended,
            PackageClosed: self._openings.ended,
            PackageHalted: self._openings.ended,
            ApprovalRefused: self._openings.ended,
        }

    def start(self, now: datetime) -> Sequence[Output]:
        """Do nothing: a plan under way goes on with the next tick."""
        del now
        return ()

    def told(self, message: Message, now: datetime) -> Sequence[Output]:
        """Look at a message."""
        if hear := self._heard.get(type(message)):
            hear(message)
        if isinstance(message, Rebalance):
            return self._order(message, now)
        return () if self._under_way is None else self._went_on(self._under_way.take(message, now))

    def tick(self, now: datetime) -> Sequence[Output]:
        """Go on with the plan under way; else make one where it is time for it."""
        if self._under_way is None:
            return self._by_itself(now) if self._occasions.is_to_be_checked(now) else ()
        if not self._under_way.is_due(now) or not self._view.may_be_valued(now):
            return ()
        return self._went_on(self._under_way.step(self._standing(now)))

    def _order(self, order: Rebalance, now: datetime) -> Sequence[Output]:
        ordered = _Ordered(derived_id(order.id, "rebalancing"), Cause.ORDER, order.operator, order.reason, now)
        why_not = self._why_not(now)
        if why_not is None:
            return self._begin(ordered, self._plan(now))
        model = self._parameters.models.model.value
        return (Store(ordered.plan(PlanState.REFUSED, model=model, equity_usd=ZERO, capital_usd=ZERO, note=why_not)),)

    def _by_itself(self, now: datetime) -> Sequence[Output]:
        if self._why_not(now) is not None:
            return ()
        plan = self._plan(now)
        cause = self._occasions.cause(plan, now)
        if cause is None:
            return ()
        return self._begin(_Ordered(self._new_id(now), cause, STAGE, cause.value, now), plan)

    def _begin(self, ordered: _Ordered, plan: Plan) -> Sequence[Output]:
        begun = ordered.plan(
            PlanState.SELLING if plan.trades else PlanState.ENDED,
            model=plan.model,
            equity_usd=plan.equity_usd,
            capital_usd=plan.capital_usd,
            trades=plan.trades,
            note="" if plan.trades else "there is nothing to trade",
        )
        self._occasions.last = begun
        self._under_way = self._carrying_out(begun)
        weights = PlannedWeights(begun.plan_id, plan.weights, plan.capital)
        return (Store(begun), Store(weights), *(() if self._under_way is None else self.tick(ordered.at)))

    def _carrying_out(self, plan: RebalancingPlan) -> CarryingOut | None:
        return CarryingOut(plan, self._parameters.requests, self._attempts) if plan.is_under_way else None

    def _went_on(self, outputs: Sequence[Output]) -> Sequence[Output]:
        if self._under_way is not None and not self._under_way.plan.is_under_way:
            self._occasions.last = self._under_way.plan
            self._under_way = None
        return outputs

    def _why_not(self, now: datetime) -> str | None:
        """Return why no plan is made now."""
        if self._under_way is not None:
            return f"a plan of {self._under_way.plan.made_at:%Y-%m-%d %H:%M:%S} UTC is under way"
        if self._view.universe is None:
            return "the universe is not known yet"
        if not self._view.is_open or not self._view.may_be_valued(now):
            return "the ledger is not open, or what it holds is not marked yet"
        if self._mode is None or self._mode is SystemMode.HALTED:
            return "risk's state is not known" if self._mode is None else "risk is halted"
        return None if self._view.valuation(now).equity_usd > 0 else "there is no equity"

    def _plan(self, now: datetime) -> Plan:
        valuation, models = self._view.valuation(now), self._parameters.models
        return planned(
            Situation(
                now=now,
                equity_usd=valuation.equity_usd,
                # Two assets are held for how they move against each other: no weight of either asks for that.
                packages=tuple(package for package in valuation.packages if len(package.assets) == 1),
                accounts=valuation.accounts,
                candidates=self._candidates,
                closes=self._view.closes(models.interval, models.bars + 1),
                sectors=self._markets.sectors(),
                clusters=self._view.clusters(),
            ),
            self._parameters,
        )

    def _standing(self, now: datetime) -> Standing:
        packages = self._view.valuation(now).packages
        return Standing(now, self._mode, {package.package_id: package for package in packages})

    def _take_risk(self, state: RiskState) -> None:
        self._mode = state.mode
