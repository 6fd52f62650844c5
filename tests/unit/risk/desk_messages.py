"""What a test sends to risk, with the defaults of a desk that is well."""

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, TypeVar
from uuid import UUID

from tests.unit.risk.desk_figures import EQUITY, PRICE, STEP, TIERS, difference

from poise_common.contracts import execution
from poise_common.contracts.message import Message
from poise_common.contracts.packages import ClosePackage, CloseReason, LegIntent, LegRole, OpenPackage
from poise_common.contracts.state import VenueAccount
from poise_common.domain.ids import seeded_ids
from poise_common.domain.instruments import Side

M = TypeVar("M", bound=Message)


class DeskMessages(ABC):
    """Makes requests and states at the test's time."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.new_id = seeded_ids(7)

    @abstractmethod
    def send(self, message: Message) -> list[Message]:
        """Hand a message to the core; return what it publishes."""

    def first(self, kind: type[M], **fields: Any) -> M:
        return kind.first(self.new_id(self.now), "test", self.now, **fields)

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

    def pair(
        self,
        long_asset: str = "ETH",
        short_asset: str = "BTC",
        exposure_usd: Decimal | int = 8_000,
        *,
        ratio: Decimal = Decimal(1),
        venues: tuple[str, str] = ("paper", "paper"),
        **changes: Any,
    ) -> OpenPackage:
        """Ask for one asset's perpetual against another's: so many of the short leg for one of the long leg."""
        quantity = (Decimal(exposure_usd) / PRICE / STEP).to_integral_value(ROUND_DOWN) * STEP
        hedging = (quantity * ratio / STEP).to_integral_value(ROUND_DOWN) * STEP
        fields: dict[str, Any] = {
            "strategy": "pairs",
            "long": {"symbol": f"{long_asset}/USDT:USDT", "venue": venues[0]},
            "short": {"symbol": f"{short_asset}/USDT:USDT", "venue": venues[1], "quantity": hedging},
            "hedge_ratio": ratio,
        }
        return self.request(long_asset, exposure_usd, **{**fields, **changes})

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

    def lock(self, *differences: execution.Difference) -> execution.VenueLock:
        """A lock over these lines, by default one BTC perpetual short."""
        lines = differences or (difference(execution.DifferenceKind.POSITION, "BTC/USDT:USDT", "-80", "-40"),)
        return execution.VenueLock(lock_id=self.new_id(self.now), since=self.now, differences=lines, digest="d")
