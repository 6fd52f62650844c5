"""A risk core with its markets, its ledger and its clock in the test's hands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from tests.unit.risk.desk_answers import alerts, check, closings, decision, every, figures, only, restored_from
from tests.unit.risk.desk_figures import (
    EQUITY,
    KEY,
    LIMITS_FILE,
    PRICE,
    START,
    STEP,
    TIERS,
    WATCHED,
    delta,
    difference,
    limits_with,
    perpetual,
    raw_limits,
    spot,
)
from tests.unit.risk.desk_markets import DeskMarkets
from tests.unit.risk.desk_reports import DeskReports

from poise_common.contracts import execution
from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.message import Message
from poise_common.contracts.packages import (
    Approval,
    ApprovedLeg,
    OpenPackage,
    PackageApproved,
    PackageDecided,
    PackageState,
)
from poise_common.contracts.signatures import Signer, Verifier
from poise_common.contracts.state import HeldLeg, HeldPackage, PhaseState, PortfolioState, RiskState
from poise_common.domain.ids import seeded_ids
from poise_risk.domain.core import RiskCore
from poise_risk.domain.records import Restored
from poise_risk.domain.rules.parameters import LimitsConfig
from poise_risk.domain.rules.rulebook import Rulebook

__all__ = [
    "EQUITY", "KEY", "LIMITS_FILE", "PRICE", "START", "STEP", "TIERS", "WATCHED", "RiskDesk", "alerts", "check",
    "closings", "decision", "delta", "difference", "every", "figures", "limits_with", "only", "perpetual", "raw_limits",
    "restored_from", "spot",
]  # fmt: skip


class RiskDesk(DeskMarkets, DeskReports):
    """Everything around the core; what it publishes and stores is kept."""

    def __init__(
        self, config: LimitsConfig | None = None, restored: Restored | None = None, now: datetime = START
    ) -> None:
        super().__init__(now)
        self.config = config or limits_with()
        self.core = RiskCore(Rulebook(self.config), Signer(KEY), seeded_ids(11), restored or Restored())
        self.verifier = Verifier(KEY.public_key())
        self.published: list[Message] = []
        self.stored: list[object] = []
        self.held: dict[UUID, HeldPackage] = {}
        self.venues: tuple[str, ...] = ("paper",)
        self._keep(self.core.start(self.now))

    def ready(self, *, tiers: dict[str, int] | None = None) -> Self:
        """Markets known and fresh, an open ledger with EQUITY in it."""
        tiers = TIERS if tiers is None else tiers
        self.universe([(spot(asset), perpetual(asset), tier) for asset, tier in tiers.items()])
        self.books(received_at=self.now - WATCHED)
        self.books()
        self.repeat_correlations()
        self.venue()
        self.phase()
        self.portfolio()
        return self

    def phase(self, phase: int = 3, **changes: Any) -> list[Message]:
        """Which phase the portfolio says that the desk is in: by default the one that trades everything."""
        fields: dict[str, Any] = {
            "as_of": self.now,
            "phase": phase,
            "since": self.now,
            "set_by": "start",
            "reason": "first start",
            "next_phase": None,
            "gate": (),
        }
        return self.send(self.first(PhaseState, **{**fields, **changes}))

    def portfolio(self, **changes: Any) -> list[Message]:
        """The ledger's state now; `accounts` and `deltas` by default those of a desk that holds what is in `held`."""
        fields: dict[str, Any] = {
            "as_of": self.now,
            "ledger_open": True,
            "equity_usd": EQUITY,
            "day_start_equity_usd": EQUITY,
            "high_water_mark_usd": EQUITY,
            "realised_pnl_usd": Decimal(0),
            "unrealised_pnl_usd": Decimal(0),
            "funding_usd": Decimal(0),
            "fees_usd": Decimal(0),
            "exposure_usd": sum((each.exposure_usd for each in self.held.values()), Decimal(0)),
            "net_delta_usd": Decimal(0),
            "ledger_residual_usd": Decimal(0),
            "fills": 0,
            "packages": tuple(self.held.values()),
            "deltas": (),
            "accounts": tuple(map(self.account, self.venues)),
        }
        return self.send(self.first(PortfolioState, **{**fields, **changes}))

    def venue(self, venue: str = "paper", **changes: Any) -> list[Message]:
        """How execution stands with a venue: by default its account agreed with the books just now."""
        fields: dict[str, Any] = {
            "venue": venue,
            "as_of": self.now,
            "reconciled_at": self.now,
            "clock_offset_ms": 0,
            "orders_in_doubt": 0,
            "resting_orders": 0,
            "lock": None,
        }
        return self.send(self.first(execution.VenueState, **{**fields, **changes}))

    def hold(self, asset: str, exposure_usd: int = 8_000, **changes: Any) -> HeldPackage:
        """Have the ledger hold a package (told with the next portfolio state)."""
        quantity = Decimal(exposure_usd) / PRICE
        package_id = changes.pop("package_id", None) or self.new_id(self.now)
        fields: dict[str, Any] = {
            "package_id": package_id,
            "strategy": "funding_carry",
            "asset": asset,
            "tier": TIERS.get(asset),
            "state": PackageState.OPEN,
            "long_leg": HeldLeg(
                venue="paper", symbol=f"{asset}/USDT", quantity=quantity, entry_price=PRICE, mark_price=PRICE
            ),
            "short_leg": HeldLeg(
                venue="paper", symbol=f"{asset}/USDT:USDT", quantity=-quantity, entry_price=PRICE, mark_price=PRICE
            ),
            "exposure_usd": Decimal(exposure_usd),
            "residual_delta_usd": Decimal(0),
            "unrealised_pnl_usd": Decimal(0),
            "funding_usd": Decimal(0),
            "fees_usd": Decimal(0),
            "opened_at": self.now,
        }
        self.held[package_id] = HeldPackage(**{**fields, **changes})
        return self.held[package_id]

    def open(self, asset: str = "BTC", exposure_usd: Decimal | int = 8_000, **changes: Any) -> Approval:
        """Have a package approved; the test is wrong if it is not."""
        return self.approved(self.request(asset, exposure_usd, **changes))

    def approved(self, request: OpenPackage) -> Approval:
        """Have a request approved; the test is wrong if it is not."""
        return only(self.ask(request), PackageApproved).approval

    def ask(self, request: OpenPackage) -> list[Message]:
        """Send a request; one that would take a last free slot has its contest, with nobody to compete."""
        told = self.send(request)
        return told if every(told, PackageDecided) else [*told, *self.wait(self.contest_s)]

    @property
    def contest_s(self) -> float:
        return float(self.config.limits.slot_contest_ms) / 1_000

    def show(self, approval: Approval) -> None:
        """Have the ledger hold what an approval opened."""
        long_leg, short_leg = (self.held_leg(leg) for leg in approval.legs)
        exposure_usd = min(leg.quantity for leg in approval.legs) * PRICE
        self.hold(
            approval.asset,
            int(exposure_usd),
            package_id=approval.package_id,
            strategy=approval.strategy,
            long_leg=long_leg,
            short_leg=short_leg,
            hedge_ratio=approval.hedge_ratio,
        )
        self.portfolio()

    def held_leg(self, leg: ApprovedLeg) -> HeldLeg:
        """What a leg of an opening holds once it has filled whole, at PRICE."""
        quantity = leg.side.sign * leg.quantity
        return HeldLeg(venue=leg.venue, symbol=leg.symbol, quantity=quantity, entry_price=PRICE, mark_price=PRICE)

    def closed(self, approval: Approval) -> list[Message]:
        self.held.pop(approval.package_id, None)
        return super().closed(approval)

    def command(self, kind: type[Halt | Resume | Flatten]) -> list[Message]:
        return self.send(self.first(kind, operator="ada", reason="by hand"))

    def send(self, message: Message) -> list[Message]:
        return self._keep(self.core.handle(message, self.now))

    def tick(self) -> list[Message]:
        return self._keep(self.core.tick(self.now))

    def wait(self, seconds: float, *, quiet: bool = False) -> list[Message]:
        """Let time pass, with books, correlations and the portfolio kept fresh unless quiet; return what is said."""
        self.now += timedelta(seconds=seconds)
        if quiet:
            return self.tick()
        self.books()
        self.repeat_correlations()
        reconciled = [message for venue in self.venues for message in self.venue(venue)]
        return [*reconciled, *self.portfolio(), *self.tick()]

    def restarted(self) -> "RiskDesk":
        """A desk whose core is built from what this one stored, with the same markets and ledger."""
        desk = RiskDesk(self.config, restored_from(self.stored), self.now)
        desk.held, desk.new_id, desk.correlated = self.held, self.new_id, self.correlated
        desk.stored = [*self.stored, *desk.stored]
        return desk

    @property
    def state(self) -> RiskState:
        """Where risk says it stands."""
        return next(each for each in reversed(self.published) if isinstance(each, RiskState))

    def _keep(self, outputs: Sequence[Output]) -> list[Message]:
        messages = [output.message for output in outputs if isinstance(output, Publish)]
        self.published += messages
        self.stored += [output.record for output in outputs if isinstance(output, Store)]
        return messages
