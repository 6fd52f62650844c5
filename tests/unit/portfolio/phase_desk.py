"""A desk that lives for months in half days, with what risk and execution say of it in the test's hands."""

from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

import yaml
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import CONFIG, START, Desk, shipped_parameters

from poise_common.contracts.control import Promote
from poise_common.contracts.execution import Difference, DifferenceKind, VenueLock, VenueState
from poise_common.contracts.market_data import Candle, CandleHistory, CandleInterval
from poise_common.contracts.packages import LimitCheck, PackageAction, PackageDecided, Verdict
from poise_common.contracts.state import GateLine, LimitHeadroom, PhaseState, RiskState, SystemMode
from poise_common.domain.clock import to_ms
from poise_portfolio.domain.phases.records import PhaseBooks
from poise_portfolio.domain.records import Books

HALF_A_DAY_S = 43_200.0
PATIENT = {
    "gap_max_s": 50_000.0,
    "risk_silent_after_s": 50_000.0,
    "execution_silent_after_s": 50_000.0,
    "to_phase_2.matrix_max_age_s": {"90d": 1e9},
}
"""Half a day is a moment: a month takes 60 steps."""


def phases_with(**changes: Any) -> dict[str, Any]:
    """The shipped section with some keys changed, one of a gate as `to_phase_1.assets`."""
    section: dict[str, Any] = deepcopy(yaml.safe_load(CONFIG.read_text())["phases"])
    for dotted, value in changes.items():
        *path, last = dotted.split(".")
        place = section
        for key in path:
            place = place[key]
        place[last] = value
    return section


class PhaseDesk(Desk):
    """Opened with $100,000 and with candles; risk and execution speak at every step unless they are told not to."""

    def __init__(self, initial: int = 0, books: Books | None = None, now: datetime = START, **changes: Any) -> None:
        section = phases_with(initial=initial, **PATIENT | changes)
        self.changes = {"initial": initial, **changes}
        self.mode: dict[str, Any] = {}
        self.headroom: tuple[LimitHeadroom, ...] = ()
        self.lock: VenueLock | None = None
        self.risk_speaks = self.execution_speaks = True
        super().__init__(books, shipped_parameters(phases=section), now)
        if books is None:
            self.mode = {"mode": SystemMode.ACTIVE, "reason": "first start", "set_by": "risk", "since": self.now}
            self.open_account()
            self.tell(self._candles())

    @property
    def phase(self) -> PhaseState:
        """What the portfolio last said of its phase."""
        return self.phases[-1]

    @property
    def phases(self) -> list[PhaseState]:
        return [message for message in self.published if isinstance(message, PhaseState)]

    def line(self, name: str) -> GateLine:
        """The line of the gate that is named so."""
        (found,) = [line for line in self.phase.gate if line.name == name]
        return found

    @property
    def missing(self) -> list[str]:
        return [line.name for line in self.phase.gate if line.is_required and not line.is_met]

    def live(self, days: float = 0.5) -> Self:
        """Let days go by, half a day a step."""
        for _ in range(round(days * 2)):
            self.wait(HALF_A_DAY_S).speak()
        return self.wait(60)

    def live_until(self, time: datetime) -> Self:
        while self.now < time:
            self.live()
        return self

    def speak(self) -> Self:
        """Have risk and execution say how they stand."""
        if self.risk_speaks:
            self.tell(self.message(RiskState, epoch=1, headroom=self.headroom, **self.mode))
        if self.execution_speaks:
            self.tell(self._venue_state())
        return self

    def earn(self, asset: str, usd: int) -> Self:
        """Have an asset make this much, realised, by funding."""
        return self.tell(self.funding(str(usd), symbol=f"{asset}/USDT:USDT"))

    def turn(self, mode: SystemMode, reason: str, set_by: str = "ada") -> Self:
        """Have risk change its mode."""
        self.now += timedelta(seconds=1)
        self.mode = {"mode": mode, "reason": reason, "set_by": set_by, "since": self.now}
        return self.speak()

    def drill(self) -> Self:
        return self.turn(SystemMode.HALTED, "drill of the month").turn(SystemMode.ACTIVE, "it works")

    def locked(self) -> Self:
        """Have execution lock the venue."""
        line = Difference(
            kind=DifferenceKind.POSITION,
            name="BTC/USDT:USDT",
            wallet="futures",
            expected=Decimal(0),
            actual=Decimal(1),
        )
        self.lock = VenueLock(lock_id=self.new_id(self.now), since=self.now, differences=(line,), digest="d")
        return self.speak()

    def unlocked(self) -> Self:
        self.lock = None
        return self.speak()

    def beyond(self, limit: str = "total_exposure", value: int = 50_000, allowed: int = 40_000) -> Self:
        """Have risk tell of a limit from now on."""
        self.headroom = (LimitHeadroom(limit=limit, value=Decimal(value), allowed=Decimal(allowed)),)
        return self.speak()

    def decided(
        self,
        verdict: Verdict = Verdict.APPROVED,
        *,
        binding_limit: str | None = None,
        exposure_usd: int = 5_000,
        cap_usd: int = 10_000,
        limit: str = "position_size",
        action: PackageAction = PackageAction.OPEN,
    ) -> PackageDecided:
        """What risk decided of a package that may be no larger than its cap."""
        cap = Decimal(cap_usd)
        check = LimitCheck(limit=limit, value=Decimal(1), allowed=cap, passed=True, passing_exposure_usd=cap)
        return self.message(
            PackageDecided,
            request_id=self.new_id(self.now),
            package_id=self.new_id(self.now),
            action=action,
            strategy="funding_carry",
            asset="BTC",
            verdict=verdict,
            requested_exposure_usd=Decimal(exposure_usd),
            approved_exposure_usd=Decimal(0 if verdict is Verdict.REJECTED else exposure_usd),
            binding_limit=binding_limit,
            reason="because",
            checks=(check,),
            approval_id=None if verdict is Verdict.REJECTED else self.new_id(self.now),
            decided_at=self.now,
        )

    def order(self, phase: int, reason: str = "it has shown enough") -> Promote:
        """Have a person order a phase; return the order."""
        order = self.message(Promote, phase=phase, operator="ada", reason=reason)
        self.tell(order)
        return order

    def answer(self, order_id: UUID) -> PhaseState:
        """The portfolio's answer to an order."""
        (found,) = [phase for phase in self.phases if phase.trace_id == order_id]
        return found

    def restarted(self) -> "PhaseDesk":
        """The desk after a crash, from what it had stored."""
        again = PhaseDesk(books=books_of(self.records), now=self.now, **self.changes)
        again.new_id, again.mode, again.headroom, again.lock = self.new_id, self.mode, self.headroom, self.lock
        again.records = [*self.records, *again.records]
        again._trades = self._trades
        return again.tell(again._candles())

    def phase_books(self) -> PhaseBooks:
        return PhaseBooks.of(self.records)

    def _candles(self) -> CandleHistory:
        opened_ms = to_ms(self.now) - 7_200_000
        candles = tuple(Candle(opened_ms + place * 3_600_000, 1.0, 1.0, 1.0, 1.0 + place, 1.0) for place in range(2))
        return self.message(
            CandleHistory, venue="paper", symbol="BTC/USDT", asset="BTC", interval=CandleInterval.HOUR, candles=candles
        )

    def _venue_state(self) -> VenueState:
        return self.message(
            VenueState,
            venue="paper",
            as_of=self.now,
            reconciled_at=self.now,
            clock_offset_ms=0,
            orders_in_doubt=0,
            resting_orders=0,
            lock=self.lock,
        )
