"""The messages that others send to signals, made at a time in the test's hands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from poise_common.contracts.execution import (
    ApprovalRefused,
    DifferenceAcknowledged,
    LegSummary,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
    PackageQuantities,
    RefusalReason,
)
from poise_common.contracts.market_data import FundingRate, OrderBook, Universe, UniverseAsset
from poise_common.contracts.packages import (
    ClosePackage,
    CloseReason,
    LegRole,
    OpenPackage,
    PackageAction,
    PackageDecided,
    Verdict,
)
from poise_common.contracts.state import PortfolioState, RiskState, SystemMode
from poise_common.domain.ids import NewId, derived_id
from poise_common.domain.instruments import Instrument, InstrumentKind


def spot_of(asset: str = "ETH", **changes: Any) -> Instrument:
    fields: dict[str, Any] = {
        "venue": "paper",
        "symbol": f"{asset}/USDT",
        "kind": InstrumentKind.SPOT,
        "base": asset,
        "quote": "USDT",
        "settle": "USDT",
        "price_tick": Decimal("0.0001"),
        "quantity_step": Decimal("0.0001"),
        "min_quantity": Decimal("0.0001"),
        "min_notional": Decimal(5),
        "taker_fee": Decimal("0.0005"),
        "maker_fee": Decimal("0.0002"),
    }
    return Instrument(**(fields | changes))


def perpetual_of(asset: str = "ETH", **changes: Any) -> Instrument:
    fields: dict[str, Any] = {
        "symbol": f"{asset}/USDT:USDT",
        "kind": InstrumentKind.LINEAR_PERPETUAL,
        "quantity_step": Decimal("0.001"),
        "min_quantity": Decimal("0.001"),
        "funding_interval_s": 28_800,
    }
    return spot_of(asset, **(fields | changes))


class Senders:
    """Ingestion, risk, execution and portfolio as signals hears them; answers are to the last request."""

    def __init__(self, now: datetime, new_id: NewId) -> None:
        self.now = now
        self._new_id = new_id
        self.requests: list[OpenPackage | ClosePackage] = []

    def book(
        self,
        symbol: str,
        bids: Sequence[tuple[float, float]],
        asks: Sequence[tuple[float, float]],
        *,
        venue_age_s: float = 0,
        age_s: float = 0,
    ) -> OrderBook:
        return self._first(
            OrderBook,
            venue="paper",
            symbol=symbol,
            tier=1,
            sequence=1,
            venue_time=self.now - timedelta(seconds=venue_age_s),
            received_at=self.now - timedelta(seconds=age_s),
            bids=tuple(bids),
            asks=tuple(asks),
        )

    def funding(
        self, settled: Sequence[float] = (0.0,), *, asset: str = "ETH", interval_s: int = 28_800, age_s: float = 0
    ) -> FundingRate:
        return self._first(
            FundingRate,
            venue="paper",
            symbol=f"{asset}/USDT:USDT",
            funding_rate_per_interval=0.01,
            next_funding_at=self.now + timedelta(seconds=interval_s / 2),
            interval_s=interval_s,
            settled_rates_per_interval=tuple(settled),
            mark_price=100,
            index_price=100,
            received_at=self.now - timedelta(seconds=age_s),
        )

    def universe(
        self,
        *assets: str,
        spot: Instrument | None = None,
        hedge: Instrument | None = None,
        futures: tuple[Instrument, ...] = (),
    ) -> Universe:
        members = tuple(
            UniverseAsset(
                asset=asset,
                tier=1,
                sector="L1",
                venue="paper",
                spot=spot or spot_of(asset),
                hedge=hedge or perpetual_of(asset),
                futures=futures,
                volume_24h_usd=1e9,
                hedge_volume_24h_usd=1e9,
                depth_usd=1e7,
                spread_pct=0.01,
                btc_correlation=None,
            )
            for asset in (assets or ("ETH",))
        )
        return self._first(Universe, as_of=self.now, assets=members)

    def empty_universe(self) -> Universe:
        return self._first(Universe, as_of=self.now, assets=())

    def risk(self, mode: SystemMode = SystemMode.ACTIVE) -> RiskState:
        return self._first(RiskState, mode=mode, reason="", set_by="test", since=self.now, epoch=1)

    def portfolio(self, equity_usd: float = 100_000, *, ledger_open: bool = True) -> PortfolioState:
        amounts = dict.fromkeys(
            (
                "realised_pnl_usd",
                "unrealised_pnl_usd",
                "funding_usd",
                "fees_usd",
                "exposure_usd",
                "net_delta_usd",
                "ledger_residual_usd",
            ),
            Decimal(0),
        )
        return self._first(
            PortfolioState,
            as_of=self.now,
            ledger_open=ledger_open,
            equity_usd=Decimal(equity_usd),
            day_start_equity_usd=Decimal(equity_usd),
            high_water_mark_usd=Decimal(equity_usd),
            fills=0,
            packages=(),
            deltas=(),
            accounts=(),
            **amounts,
        )

    def decided(
        self, verdict: Verdict, *, request: OpenPackage | ClosePackage | None = None, approval: str = ""
    ) -> PackageDecided:
        """Risk's answer, to the last request unless told otherwise."""
        request = request or self.requests[-1]
        return self._first(
            PackageDecided,
            request_id=request.id,
            package_id=request.package_id,
            action=PackageAction.OPEN if isinstance(request, OpenPackage) else PackageAction.CLOSE,
            strategy=request.strategy,
            asset=request.asset,
            verdict=verdict,
            requested_exposure_usd=Decimal(1),
            approved_exposure_usd=Decimal(1),
            binding_limit=None,
            reason="total exposure" if verdict is Verdict.REJECTED else "",
            checks=(),
            approval_id=None if verdict is Verdict.REJECTED else derived_id(request.id, approval or "approval"),
            decided_at=self.now,
            close_reason=request.reason if isinstance(request, ClosePackage) else None,
        )

    def opened(self) -> PackageOpened:
        request = self.requests[-1]
        kept = request.long_leg.quantity * (1 - Decimal("0.0005"))
        return self._report(
            PackageOpened,
            long_leg=self._leg(LegRole.LONG, kept),
            short_leg=self._leg(LegRole.SHORT, request.short_leg.quantity),
            residual_delta=Decimal(0),
            residual_delta_usd=Decimal(0),
        )

    def closed(self) -> PackageClosed:
        return self._report(
            PackageClosed,
            long_leg=self._leg(LegRole.LONG, Decimal(0)),
            short_leg=self._leg(LegRole.SHORT, Decimal(0)),
            residual_delta=Decimal(0),
            residual_delta_usd=Decimal(0),
        )

    def opened_by_others(self, *, strategy: str = "funding_carry", asset: str = "ETH") -> PackageOpened:
        """Somebody else asked for 10 of an asset."""
        return self._first(
            PackageOpened,
            package_id=self._new_id(self.now),
            approval_id=self._new_id(self.now),
            strategy=strategy,
            asset=asset,
            long_leg=self._leg(LegRole.LONG, Decimal(10), asset),
            short_leg=self._leg(LegRole.SHORT, Decimal(10), asset),
            residual_delta=Decimal(0),
            residual_delta_usd=Decimal(0),
        )

    def closed_by_others(self, package_id: UUID, reason: CloseReason) -> tuple[PackageDecided, PackageClosed]:
        """Somebody else had a package closed: risk's answer to that and what came of it."""
        approval_id = self._new_id(self.now)
        about = {"package_id": package_id, "strategy": "funding_carry", "asset": "ETH", "approval_id": approval_id}
        decided = self._first(
            PackageDecided,
            **about,
            request_id=self._new_id(self.now),
            action=PackageAction.CLOSE,
            verdict=Verdict.APPROVED,
            requested_exposure_usd=Decimal(1),
            approved_exposure_usd=Decimal(1),
            binding_limit=None,
            reason="",
            checks=(),
            decided_at=self.now,
            close_reason=reason,
        )
        closed = self._first(
            PackageClosed,
            **about,
            long_leg=self._leg(LegRole.LONG, Decimal(0)),
            short_leg=self._leg(LegRole.SHORT, Decimal(0)),
            residual_delta=Decimal(0),
            residual_delta_usd=Decimal(0),
        )
        return decided, closed

    def closed_partly(self, long: str, short: str) -> PackageClosedPartly:
        return self._report(
            PackageClosedPartly,
            remaining_long_quantity=Decimal(long),
            remaining_short_quantity=Decimal(short),
            residual_delta_usd=Decimal(0),
        )

    def aborted(self) -> PackageAborted:
        return self._report(PackageAborted, reason="nothing filled")

    def halted(self) -> PackageHalted:
        return self._report(
            PackageHalted,
            reason="leg stuck",
            long_quantity=Decimal(1),
            short_quantity=Decimal(0),
            residual_delta_usd=Decimal(100),
        )

    def acknowledged(self, long: str, short: str) -> DifferenceAcknowledged:
        """The operator took a venue's account as it is, in which the package has this left of its legs."""
        request = self.requests[-1]
        left = PackageQuantities(
            package_id=request.package_id, long_quantity=Decimal(long), short_quantity=Decimal(short)
        )
        return self._first(
            DifferenceAcknowledged,
            lock_id=derived_id(request.package_id, "lock"),
            venue="paper",
            operator="ada",
            reason="seen",
            differences=(),
            packages=(left,),
            acknowledged_at=self.now,
        )

    def refused(self, reason: RefusalReason) -> ApprovalRefused:
        request = self.requests[-1]
        return self._first(
            ApprovalRefused,
            approval_id=derived_id(request.id, "approval"),
            package_id=request.package_id,
            action=PackageAction.OPEN if isinstance(request, OpenPackage) else PackageAction.CLOSE,
            asset=request.asset,
            reason=reason,
            detail="",
        )

    def _report(self, type_: Any, **fields: Any) -> Any:
        request = self.requests[-1]
        return self._first(
            type_,
            package_id=request.package_id,
            approval_id=derived_id(request.id, "approval"),
            strategy=request.strategy,
            asset=request.asset,
            **fields,
        )

    def _leg(self, role: LegRole, held: Decimal, asset: str = "ETH") -> LegSummary:
        symbol = f"{asset}/USDT" if role is LegRole.LONG else f"{asset}/USDT:USDT"
        return LegSummary(role=role, venue="paper", symbol=symbol, held_quantity=held, average_price=Decimal(100))

    def _first(self, type_: Any, **fields: Any) -> Any:
        return type_.first(self._new_id(self.now), "test", self.now, **fields)
