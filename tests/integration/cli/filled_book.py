"""What the book of record has of a desk that traded for a week, written as the portfolio writes it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.portfolio.desk import PERPETUAL, SPOT, START, Desk

from poise_common.contracts.packages import LegRole, PackageAction, PackageDecided, Verdict
from poise_common.domain.ids import derived_id
from poise_common.domain.instruments import InstrumentId
from poise_portfolio.adapters.repository import PortfolioRepository
from poise_portfolio.domain.hindsight.records import RefusedLeg, RefusedPackage
from poise_portfolio.domain.rebalancing.records import Cause, PlannedWeights, PlanState, RebalancingPlan, WeightLine
from poise_portfolio.domain.records import Decision

D = Decimal
FIRST, SECOND = UUID(int=1), UUID(int=2)
CLOSE = PackageAction.CLOSE


class TradingDesk(Desk):
    """A desk that tells its worth each hour."""

    def hours(self, hours: int, *, spot: float, perpetual: float) -> None:
        for _ in range(hours):
            self.now += timedelta(minutes=59)
            self.tell(self.book(SPOT, spot), self.book(PERPETUAL, perpetual))
            self.wait(60)

    def week(self) -> None:
        """One package that makes 5 by price, 7 by funding, for 2 of fees; another one that is held, 10 up."""
        self.open_account()
        self.hours(1, spot=100, perpetual=105)
        self.tell(
            self.fill(SPOT, "buy", "10", "100.1", decision_price="100", fee="1", package_id=FIRST),
            self.fill(PERPETUAL, "sell", "10", "105", fee="1", package_id=FIRST),
            self.opened(FIRST),
        )
        self.hours(71, spot=101, perpetual=106)
        self.tell(self.funding("7"))
        self.tell(
            self.fill(SPOT, "sell", "10", "110", package_id=FIRST, action=CLOSE),
            self.fill(PERPETUAL, "buy", "10", "114.4", package_id=FIRST, action=CLOSE),
            self.closed(FIRST),
        )
        self.hours(24, spot=110, perpetual=114)
        self.tell(
            self.fill(SPOT, "buy", "20", "110", package_id=SECOND),
            self.fill(PERPETUAL, "sell", "20", "114", package_id=SECOND),
            self.opened(SECOND),
        )
        self.hours(72, spot=110.5, perpetual=114)

    async def book_into(self, engine: AsyncEngine) -> None:
        repository = PortfolioRepository(lambda: START, timedelta(days=1), {})
        async with engine.begin() as connection:
            await repository.save(connection, self.records)

    def refuse(self, limit: str, mark_price: str) -> RefusedPackage:
        """Refuse one coin at 100 on each side, free of fees, and follow it to a price of its spot leg."""
        self.now += timedelta(milliseconds=1)
        decided = self.message(
            PackageDecided,
            request_id=self.new_id(self.now),
            package_id=self.new_id(self.now),
            action=PackageAction.OPEN,
            strategy="funding_carry",
            asset="BTC",
            verdict=Verdict.REJECTED,
            requested_exposure_usd=D(100),
            approved_exposure_usd=D(0),
            binding_limit=limit,
            reason=limit,
            checks=(),
            approval_id=None,
            decided_at=self.now,
        )
        refused = RefusedPackage(
            refusal_id=derived_id(decided.id, "refused"),
            decision_id=decided.id,
            strategy="funding_carry",
            asset="BTC",
            binding_limit=limit,
            exposure_usd=D(100),
            opened_at=self.now,
            long_leg=_leg(LegRole.LONG, SPOT, D(mark_price), self.now),
            short_leg=_leg(LegRole.SHORT, PERPETUAL, D(100), self.now),
            valued_at=self.now,
            last_refused_at=self.now,
        )
        self.records.append(Decision(decided))
        return refused

    def plan(self, target_usd: str) -> None:
        """Plan a weight of BTC, and trade nothing for it."""
        plan_id = self.new_id(self.now)
        plan = RebalancingPlan(
            plan_id=plan_id,
            cause=Cause.ORDER,
            ordered_by="ada",
            reason="by hand",
            model="equal_weight",
            made_at=self.now,
            equity_usd=D(100_000),
            capital_usd=D(90_000),
            state=PlanState.ENDED,
            state_since=self.now,
        )
        line = WeightLine("BTC", held_usd=D(0), target_usd=D(target_usd), trade_usd=D(0), reason="inside its band")
        self.records += [plan, PlannedWeights(plan_id, (line,), ())]


def _leg(role: LegRole, symbol: str, mark_price: Decimal, at: datetime) -> RefusedLeg:
    return RefusedLeg(
        role=role,
        instrument=InstrumentId("paper", symbol),
        quantity=D(1) if role is LegRole.LONG else D(-1),
        entry_price=D(100),
        mark_price=mark_price,
        entry_fee_rate=D(0),
        exit_fee_rate=D(0),
        funded_until=at,
    )


def stored_matrix(as_of: datetime, rho: float) -> dict[str, Any]:
    """Two assets' correlation, as a row; how one moves with itself is not known of the second."""
    return {
        "time_window": "90d",
        "as_of": as_of,
        "assets": ["BTC", "ETH"],
        "rho": [[1.0, rho], [rho, None]],
        "points": 720,
        "mean_rho": rho,
        "is_spike": False,
    }


def asked_package(package_id: UUID, entry_yield: str) -> dict[str, Any]:
    """A package as signals keeps it, as a row."""
    return {
        "package_id": package_id,
        "strategy": "funding_carry",
        "slot_name": "BTC@paper",
        "asset": "BTC",
        "tier": 1,
        "state": "closed",
        "long_instrument": {},
        "short_instrument": {},
        "long_quantity": D(0),
        "short_quantity": D(0),
        "entry_yield": D(entry_yield),
        "request_id": package_id,
        "requests": 1,
        "requested_at": START,
        "approval_id": None,
        "settled_approvals": [],
        "close_reason": None,
        "note": "",
        "wait_until": None,
        "updated_at": START,
        "opened_at": START,
        "hedge_ratio": D(1),
        "opened_by_others": False,
    }
