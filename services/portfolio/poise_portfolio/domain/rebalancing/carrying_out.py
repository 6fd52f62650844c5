"""A plan under way: its sells first, its buys once every sell is settled or given up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.execution import (
    ApprovalRefused,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageDecided, Verdict
from poise_portfolio.domain.rebalancing.attempts import Attempts, Standing
from poise_portfolio.domain.rebalancing.parameters import Requests as RequestParameters
from poise_portfolio.domain.rebalancing.records import PlanState, RebalancingPlan, Trade, TradeState

_UNDER_WAY = frozenset({TradeState.ASKED, TradeState.APPROVED})
_AFTER = {PlanState.SELLING: PlanState.BUYING, PlanState.BUYING: PlanState.ENDED}


class CarryingOut:
    """Takes a plan from its first request to its last outcome; every change of it is stored."""

    def __init__(self, plan: RebalancingPlan, parameters: RequestParameters, attempts: Attempts) -> None:
        self.plan = plan
        self._attempts = attempts
        self._tries_max = parameters.tries_max
        self._retry_after = timedelta(seconds=parameters.retry_s)
        self._answer_within = timedelta(seconds=parameters.answer_within_s)
        self._give_up_after = timedelta(seconds=parameters.give_up_after_s)
        self._news: Mapping[type[Message], Callable[[Trade, Any, datetime], Trade | None]] = {
            PackageDecided: self._decided,
            PackageOpened: _opened,
            PackageClosed: _closed,
            PackageClosedPartly: _closed_partly,
            PackageAborted: self._aborted,
            PackageHalted: _halted,
            ApprovalRefused: self._refused,
        }

    def is_due(self, now: datetime) -> bool:
        """Say whether a step would change anything now."""
        unsettled = self.plan.unsettled()
        is_over = self._is_over(now)
        return not unsettled or is_over or any(self._is_to_be_tried(trade, now) for trade in unsettled)

    def step(self, standing: Standing) -> Sequence[Output]:
        """Ask for what may be asked for, give up what took too long, and go on to the buys, and to the end."""
        outputs: list[Output] = []
        state = None
        while self.plan.is_under_way and self.plan.state is not state:
            state = self.plan.state
            outputs += self._try_all(standing)
        return outputs

    def take(self, news: Message, now: datetime) -> Sequence[Output]:
        """Let risk's answer or what came of a package settle the trade that it belongs to."""
        handler = self._news.get(type(news))
        if handler is None:
            return ()
        changes = (handler(trade, news, now) for trade in self.plan.unsettled())
        changed = [trade for trade in changes if trade is not None]
        return self._keep(changed, now) if changed else ()

    def _try_all(self, standing: Standing) -> Sequence[Output]:
        now = standing.now
        requests: list[Output] = []
        changed: list[Trade] = []
        for trade in self.plan.unsettled():
            if self._is_over(now):
                changed.append(trade.given_up(_what_came(trade)))
            elif not self._is_to_be_tried(trade, now):
                continue
            elif trade.state is TradeState.ASKED:
                changed.append(self._again(trade, "risk did not answer", now))
            else:
                attempt = self._attempts.attempt(self.plan, trade, standing)
                changed.append(attempt.trade)
                requests += () if attempt.request is None else (Publish(attempt.request),)
        return [*self._keep(changed, now), *requests]

    def _keep(self, changed: Iterable[Trade], now: datetime) -> Sequence[Output]:
        plan = self.plan.having(changed)
        while plan.is_under_way and not plan.unsettled():
            plan = plan.moved_on(_AFTER[plan.state], now)
        if plan == self.plan:
            return ()
        self.plan = plan
        return (Store(plan),)

    def _is_over(self, now: datetime) -> bool:
        return now - self.plan.state_since >= self._give_up_after

    def _is_to_be_tried(self, trade: Trade, now: datetime) -> bool:
        if trade.state is TradeState.ASKED:
            return trade.asked_at is None or now - trade.asked_at >= self._answer_within
        return trade.state is TradeState.WAITING and (trade.not_before is None or now >= trade.not_before)

    def _again(self, trade: Trade, note: str, now: datetime) -> Trade:
        if trade.tries >= self._tries_max:
            return trade.given_up(note)
        return trade.waiting(note, now + self._retry_after)

    def _decided(self, trade: Trade, decided: PackageDecided, now: datetime) -> Trade | None:
        # An answer that came too late for its request counts by what comes of it.
        if trade.state is not TradeState.ASKED or trade.request_id != decided.request_id:
            return None
        if decided.verdict is Verdict.REJECTED:
            return self._again(trade, f"risk refused it: {decided.reason}", now)
        terms = decided.reason if decided.verdict is Verdict.APPROVED_SMALLER else ""
        return trade.approved(decided.approval_id, decided.approved_exposure_usd, terms)

    def _aborted(self, trade: Trade, news: PackageAborted, now: datetime) -> Trade | None:
        return self._again(trade, f"aborted: {news.reason}", now) if _is_of(trade, news) else None

    def _refused(self, trade: Trade, news: ApprovalRefused, now: datetime) -> Trade | None:
        if trade.approval_id != news.approval_id or not news.reason.ends_the_approval:
            return None
        return self._again(trade, f"execution refused it: {news.reason.value}", now)


_Outcome = PackageOpened | PackageClosed | PackageClosedPartly | PackageAborted | PackageHalted


def _is_of(trade: Trade, news: _Outcome) -> bool:
    """Say whether an outcome is that of the request under way; its approval may not have been heard of yet."""
    return (
        trade.state in _UNDER_WAY
        and trade.package_id == news.package_id
        and trade.approval_id in (None, news.approval_id)
    )


def _opened(trade: Trade, news: PackageOpened, _: datetime) -> Trade | None:
    return trade.traded().done(trade.note or "opened") if _is_of(trade, news) else None


def _closed(trade: Trade, news: PackageClosed, _: datetime) -> Trade | None:
    return trade.traded().done("closed") if _is_of(trade, news) else None


def _closed_partly(trade: Trade, news: PackageClosedPartly, now: datetime) -> Trade | None:
    """What is left to sell, if anything, is asked for next."""
    return trade.traded().waiting("closed in part", now) if _is_of(trade, news) else None


def _halted(trade: Trade, news: PackageHalted, _: datetime) -> Trade | None:
    return trade.given_up(f"halted: {news.reason}") if _is_of(trade, news) else None


def _what_came(trade: Trade) -> str:
    if trade.state is TradeState.WAITING:
        return f"left: {trade.note or 'its time was over'}"
    return "its outcome is not known" if trade.state is TradeState.APPROVED else "risk did not answer"
