"""A risk core with its markets, its ledger and its clock in the test's hands."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from poise_common.contracts import execution
from poise_common.contracts.control import Alert, Flatten, Halt, Resume
from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.market_data import OrderBook, Universe, UniverseAsset
from poise_common.contracts.message import Message
from poise_common.contracts.packages import (
    Approval,
    ClosePackage,
    CloseReason,
    LegIntent,
    LegRole,
    LimitCheck,
    OpenPackage,
    PackageAction,
    PackageApproved,
    PackageDecided,
    PackageState,
)
from poise_common.contracts.signatures import Signer, Verifier
from poise_common.contracts.state import AssetDelta, HeldLeg, HeldPackage, PortfolioState, RiskState, VenueAccount
from poise_common.domain.ids import seeded_ids
from poise_common.domain.instruments import Instrument, InstrumentKind, Side
from poise_common.domain.order_books import Level
from poise_risk.domain.core import RiskCore
from poise_risk.domain.gate.commitments import Commitment, CommitmentStatus
from poise_risk.domain.records import ApprovalRecord, DecisionRecord, LosingDay, Restored
from poise_risk.domain.rules.parameters import LimitsConfig
from poise_risk.domain.rules.rulebook import Rulebook
from poise_risk.domain.watch.mode import ModeChange

LIMITS_FILE = Path(__file__).parents[3] / "config" / "limits.yaml"
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TIERS = {"BTC": 1, "ETH": 1, "SOL": 2, "BNB": 2, "XRP": 2, "ADA": 3, "DOT": 3}
PRICE = Decimal(100)
"""Every asset trades at 100, so that a quantity of 100 is 10,000 USD."""
STEP = Decimal("0.01")
EQUITY = Decimal(100_000)

M = TypeVar("M", bound=Message)


_SHIPPED: dict[str, Any] = yaml.safe_load(LIMITS_FILE.read_text())


def raw_limits() -> dict[str, Any]:
    """The shipped limits, as a file holds them."""
    return deepcopy(_SHIPPED)


def limits_with(**changes: Any) -> LimitsConfig:
    """The shipped limits with some values of the focused profile changed."""
    raw = raw_limits()
    raw["profiles"]["focused"].update(changes)
    return LimitsConfig.model_validate(raw)


def spot(asset: str, venue: str = "paper", **changes: Any) -> Instrument:
    fields = {
        "venue": venue,
        "symbol": f"{asset}/USDT",
        "kind": InstrumentKind.SPOT,
        "base": asset,
        "quote": "USDT",
        "settle": "USDT",
        "price_tick": Decimal("0.01"),
        "quantity_step": STEP,
        "min_quantity": STEP,
        "min_notional": Decimal(5),
        "taker_fee": Decimal("0.0005"),
        "maker_fee": Decimal("0.0002"),
    }
    return Instrument(**{**fields, **changes})


def perpetual(asset: str, venue: str = "paper", **changes: Any) -> Instrument:
    fields = {
        "symbol": f"{asset}/USDT:USDT",
        "kind": InstrumentKind.LINEAR_PERPETUAL,
        "maintenance_margin_rate": Decimal("0.01"),
        "max_leverage": Decimal(20),
    }
    return spot(asset, venue, **{**fields, **changes})


class RiskDesk:
    """Everything around the core; what it publishes and stores is kept."""

    def __init__(
        self, config: LimitsConfig | None = None, restored: Restored | None = None, now: datetime = START
    ) -> None:
        self.now = now
        self.new_id = seeded_ids(7)
        self.config = config or limits_with()
        self.core = RiskCore(Rulebook(self.config), Signer(KEY), seeded_ids(11), restored or Restored())
        self.verifier = Verifier(KEY.public_key())
        self.published: list[Message] = []
        self.stored: list[object] = []
        self.held: dict[UUID, HeldPackage] = {}
        self.instruments: dict[tuple[str, str], Instrument] = {}
        self._keep(self.core.start(self.now))

    def ready(self, *, tiers: dict[str, int] | None = None) -> "RiskDesk":
        """Markets known and fresh, an open ledger with EQUITY in it."""
        tiers = TIERS if tiers is None else tiers
        self.universe([(spot(asset), perpetual(asset), tier) for asset, tier in tiers.items()])
        self.books()
        self.venue()
        self.portfolio()
        return self

    def universe(self, listed: Iterable[tuple[Instrument, Instrument, int]]) -> None:
        listed = list(listed)
        self.instruments.update({each.id: each for long, short, _ in listed for each in (long, short)})
        usdc = spot("USDC")
        assets = tuple(
            UniverseAsset(
                asset=long.base, tier=tier, sector="", venue=long.venue, spot=long, hedge=short, volume_24h_usd=1e9,
                hedge_volume_24h_usd=1e9, depth_usd=1e7, spread_pct=0.01, btc_correlation=0.5,
            )
            for long, short, tier in listed
        )  # fmt: skip
        self.send(
            self.first(
                Universe,
                as_of=self.now,
                assets=assets,
                peg_pairs=(usdc,),
                stablecoin_peg_symbols={"USDT": "USDC/USDT", "USDC": "USDC/USDT"},
            )
        )

    def books(self, *, mid: Decimal = PRICE, peg: float = 1.0) -> None:
        """Fresh books of everything, two bps wide, and of the peg pair."""
        for venue, symbol in self.instruments:
            self.book(symbol, mid, venue=venue)
        self.book("USDC/USDT", Decimal(str(peg)))

    def book(self, symbol: str, mid: Decimal, *, venue: str = "paper", quantity: float = 1e6) -> None:
        bid, ask = float(mid * Decimal("0.9999")), float(mid * Decimal("1.0001"))
        self.send(
            self.first(
                OrderBook,
                venue=venue,
                symbol=symbol,
                tier=1,
                sequence=1,
                venue_time=self.now,
                received_at=self.now,
                bids=(Level(bid, quantity), Level(bid * 0.99, quantity)),
                asks=(Level(ask, quantity), Level(ask * 1.01, quantity)),
            )
        )

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
            "accounts": (self.account(),),
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

    def lock(self, *differences: execution.Difference) -> execution.VenueLock:
        """A lock over these lines, by default one BTC perpetual short."""
        lines = differences or (difference(execution.DifferenceKind.POSITION, "BTC/USDT:USDT", "-80", "-40"),)
        return execution.VenueLock(lock_id=self.new_id(self.now), since=self.now, differences=lines, digest="d")

    def account(self, venue: str = "paper", **changes: Any) -> VenueAccount:
        fields: dict[str, Any] = {
            "venue": venue,
            "equity_usd": EQUITY,
            "stablecoins_usd": {"USDT": EQUITY},
            "margin_balance_usd": Decimal(40_000),
            "initial_margin_usd": Decimal(0),
            "maintenance_margin_usd": Decimal(0),
            "ledger_residual_usd": Decimal(0),
        }
        return VenueAccount(**{**fields, **changes})

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

    def leg(self, role: LegRole, symbol: str, side: Side, quantity: Decimal, /, **changes: Any) -> LegIntent:
        fields: dict[str, Any] = {
            "role": role,
            "venue": "paper",
            "symbol": symbol,
            "side": side,
            "quantity": quantity,
            "decision_price": PRICE,
            "limit_price": PRICE * (1 + side.sign * Decimal("0.002")),
            "book_time": self.now,
        }
        return LegIntent(**{**fields, **changes})

    def request(
        self,
        asset: str = "BTC",
        exposure_usd: Decimal | int = 8_000,
        *,
        long: dict[str, Any] | None = None,
        short: dict[str, Any] | None = None,
        **changes: Any,
    ) -> OpenPackage:
        quantity = (Decimal(exposure_usd) / PRICE / STEP).to_integral_value(ROUND_DOWN) * STEP
        fields: dict[str, Any] = {
            "package_id": self.new_id(self.now),
            "strategy": "funding_carry",
            "asset": asset,
            "tier": TIERS.get(asset, 3),
            "long_leg": self.leg(LegRole.LONG, f"{asset}/USDT", Side.BUY, quantity, **(long or {})),
            "short_leg": self.leg(LegRole.SHORT, f"{asset}/USDT:USDT", Side.SELL, quantity, **(short or {})),
            "net_yield": Decimal("0.002"),
            "expected_funding": Decimal("0.001"),
            "net_apr": Decimal("0.3"),
            "edge_score": Decimal("0.3"),
            "requested_at": self.now,
            "expires_at": self.now + timedelta(seconds=2),
        }
        return self.first(OpenPackage, **{**fields, **changes})

    def closing(self, package_id: UUID, asset: str, quantity: Decimal, **changes: Any) -> ClosePackage:
        fields: dict[str, Any] = {
            "package_id": package_id,
            "strategy": "funding_carry",
            "asset": asset,
            "reason": CloseReason.CONVERGED,
            "edge_left": Decimal(0),
            "long_leg": self.leg(LegRole.LONG, f"{asset}/USDT", Side.SELL, quantity),
            "short_leg": self.leg(LegRole.SHORT, f"{asset}/USDT:USDT", Side.BUY, quantity),
            "requested_at": self.now,
            "expires_at": self.now + timedelta(seconds=2),
        }
        return self.first(ClosePackage, **{**fields, **changes})

    def open(self, asset: str = "BTC", exposure_usd: Decimal | int = 8_000, **changes: Any) -> Approval:
        """Have a package approved; the test is wrong if it is not."""
        published = self.send(self.request(asset, exposure_usd, **changes))
        return only(published, PackageApproved).approval

    def opened(self, approval: Approval, *, held: Decimal | None = None) -> list[Message]:
        """Have execution say that an approval's package is open, whole by default."""
        legs = {leg.role: leg for leg in approval.legs}

        def summary(role: LegRole) -> execution.LegSummary:
            leg = legs[role]
            return execution.LegSummary(
                role=role,
                venue=leg.venue,
                symbol=leg.symbol,
                held_quantity=leg.quantity if held is None else held,
                average_price=leg.decision_price,
            )

        return self.send(
            self.first(
                execution.PackageOpened,
                **self._of(approval),
                long_leg=summary(LegRole.LONG),
                short_leg=summary(LegRole.SHORT),
                residual_delta=Decimal(0),
                residual_delta_usd=Decimal(0),
            )
        )

    def show(self, approval: Approval) -> None:
        """Have the ledger hold what an approval opened."""
        quantity = min(leg.quantity for leg in approval.legs)
        self.hold(approval.asset, int(quantity * PRICE), package_id=approval.package_id)
        self.portfolio()

    def closed(self, approval: Approval) -> list[Message]:
        self.held.pop(approval.package_id, None)
        legs = {
            f"{role.value}": execution.LegSummary(
                role=role, venue="paper", symbol="", held_quantity=Decimal(0), average_price=PRICE
            )
            for role in LegRole
        }
        return self.send(
            self.first(
                execution.PackageClosed,
                **self._of(approval),
                **legs,
                residual_delta=Decimal(0),
                residual_delta_usd=Decimal(0),
            )
        )

    def closed_partly(self, approval: Approval, remaining: Decimal) -> list[Message]:
        return self.send(
            self.first(
                execution.PackageClosedPartly,
                **self._of(approval),
                remaining_long_quantity=remaining,
                remaining_short_quantity=remaining,
                residual_delta_usd=Decimal(0),
            )
        )

    def aborted(self, approval: Approval) -> list[Message]:
        return self.send(self.first(execution.PackageAborted, **self._of(approval), reason="nothing filled"))

    def refused(self, approval: Approval, reason: execution.RefusalReason) -> list[Message]:
        return self.send(
            self.first(
                execution.ApprovalRefused,
                approval_id=approval.approval_id,
                package_id=approval.package_id,
                action=approval.action,
                asset=approval.asset,
                reason=reason,
                detail="",
            )
        )

    def command(self, kind: type[Halt | Resume | Flatten]) -> list[Message]:
        return self.send(self.first(kind, operator="ada", reason="by hand"))

    def send(self, message: Message) -> list[Message]:
        return self._keep(self.core.handle(message, self.now))

    def tick(self) -> list[Message]:
        return self._keep(self.core.tick(self.now))

    def wait(self, seconds: float, *, quiet: bool = False) -> list[Message]:
        """Let time pass, with books and the portfolio kept fresh unless quiet; return what is said."""
        self.now += timedelta(seconds=seconds)
        if quiet:
            return self.tick()
        self.books()
        return [*self.venue(), *self.portfolio(), *self.tick()]

    def first(self, kind: type[M], **fields: Any) -> M:
        return kind.first(self.new_id(self.now), "test", self.now, **fields)

    def restarted(self) -> "RiskDesk":
        """A desk whose core is built from what this one stored, with the same markets and ledger."""
        desk = RiskDesk(self.config, restored_from(self.stored), self.now)
        desk.held, desk.new_id = self.held, self.new_id
        desk.stored = [*self.stored, *desk.stored]
        return desk

    @property
    def state(self) -> RiskState:
        """Where risk says it stands."""
        return next(each for each in reversed(self.published) if isinstance(each, RiskState))

    def _of(self, approval: Approval) -> dict[str, Any]:
        return {
            "package_id": approval.package_id,
            "approval_id": approval.approval_id,
            "strategy": approval.strategy,
            "asset": approval.asset,
        }

    def _keep(self, outputs: Sequence[Output]) -> list[Message]:
        messages = [output.message for output in outputs if isinstance(output, Publish)]
        self.published += messages
        self.stored += [output.record for output in outputs if isinstance(output, Store)]
        return messages


def restored_from(stored: Sequence[object]) -> Restored:
    """What a repository would give back of these records: the last of each key."""
    commitments = {each.package_id: each for each in stored if isinstance(each, Commitment)}
    approvals = {each.approval.approval_id: each for each in stored if isinstance(each, ApprovalRecord)}
    days = {each.asset: each for each in stored if isinstance(each, LosingDay)}
    return Restored(
        mode=next((each for each in reversed(stored) if isinstance(each, ModeChange)), None),
        commitments=tuple(each for each in commitments.values() if each.status is not CommitmentStatus.RELEASED),
        unsettled=tuple(each for each in approvals.values() if each.outcome is None),
        losing_days=tuple(days.values()),
        decided_requests={
            each.decided.request_id: each.decided.decided_at for each in stored if isinstance(each, DecisionRecord)
        },
    )


def only(messages: Sequence[Message], kind: type[M]) -> M:
    """The one message of a kind among these."""
    (found,) = every(messages, kind)
    return found


def every(messages: Sequence[Message], kind: type[M]) -> list[M]:
    return [message for message in messages if isinstance(message, kind)]


def decision(messages: Sequence[Message]) -> PackageDecided:
    return only(messages, PackageDecided)


def check(messages: Sequence[Message], limit: str) -> LimitCheck:
    """A decision's check of one limit."""
    (found,) = (each for each in decision(messages).checks if each.limit == limit)
    return found


def figures(*values: object) -> tuple[object, ...]:
    """Values side by side, to be compared at once."""
    return values


def closings(messages: Sequence[Message]) -> list[Approval]:
    """The closings approved among these messages."""
    approvals = [each.approval for each in every(messages, PackageApproved)]
    return [approval for approval in approvals if approval.action is PackageAction.CLOSE]


def alerts(messages: Sequence[Message], name: str) -> list[Alert]:
    return [each for each in every(messages, Alert) if each.name == name]


def difference(
    kind: execution.DifferenceKind, name: str, expected: str, actual: str, wallet: str = "futures"
) -> execution.Difference:
    """A line in which an account differs from the books."""
    return execution.Difference(kind=kind, name=name, wallet=wallet, expected=Decimal(expected), actual=Decimal(actual))


def delta(asset: str, pnl_today_usd: int) -> AssetDelta:
    """What an asset made or lost today."""
    return AssetDelta(asset=asset, delta=Decimal(0), delta_usd=Decimal(0), pnl_today_usd=Decimal(pnl_today_usd))
