"""A signals core with the market, the desk and the clock in a test's hands."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.execution import (
    ApprovalRefused,
    LegSummary,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
    RefusalReason,
)
from poise_common.contracts.market_data import FundingRate, OrderBook, Universe, UniverseAsset
from poise_common.contracts.message import Message
from poise_common.contracts.packages import (
    CandidateEvaluated,
    ClosePackage,
    LegRole,
    OpenPackage,
    PackageAction,
    PackageDecided,
    Verdict,
)
from poise_common.contracts.state import PortfolioState, RiskState, SystemMode
from poise_common.domain.ids import derived_id, seeded_ids
from poise_common.domain.instruments import Instrument, InstrumentKind
from poise_signals.domain.core import SignalsCore
from poise_signals.domain.packages import PackageRecord
from poise_signals.domain.parameters import StrategiesConfig

CONFIG_FILE = Path(__file__).parents[3] / "config" / "strategies.yaml"
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
DEEP = 1_000.0
"""Base units on a level: more than any package wants."""


def _spot(asset: str = "ETH", **changes: Any) -> Instrument:
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


def _perpetual(asset: str = "ETH", **changes: Any) -> Instrument:
    fields: dict[str, Any] = {
        "symbol": f"{asset}/USDT:USDT",
        "kind": InstrumentKind.LINEAR_PERPETUAL,
        "quantity_step": Decimal("0.001"),
        "min_quantity": Decimal("0.001"),
        "funding_interval_s": 28_800,
    }
    return _spot(asset, **(fields | changes))


class Rig:
    """Feeds a core, keeps what it stores and says, and makes the messages that others would send."""

    def __init__(self, config: StrategiesConfig, records: Sequence[PackageRecord] = ()) -> None:
        self.config = config
        self.core = SignalsCore(config, records)
        self.now = START
        self.records: dict[UUID, PackageRecord] = {record.package_id: record for record in records}
        self.published: list[Message] = []
        self._new_id = seeded_ids(1)

    def hear(self, message: Message) -> Sequence[Output]:
        """Let the core take a message now."""
        return self._keep(self.core.handle(message, self.now))

    def tick(self) -> Sequence[Output]:
        return self._keep(self.core.tick(self.now))

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def why_not(self) -> str | None:
        """Let a second pass, in which books are just fresh, and hear why the candidate is not asked for."""
        self.wait(1)
        self.tick()
        return self.evaluations[-1].why_not

    def ready(self, equity_usd: float = 100_000, **asset: Any) -> None:
        """Bring the desk to where only a premium is missing: universe, funding at zero, active risk, open ledger."""
        self.hear(self.universe(**asset))
        self.hear(self.risk())
        self.hear(self.portfolio(equity_usd))
        self.hear(self.funding())

    def premium(self, bps: float, *, mid: float = 100.0, depth: float = DEEP, asset: str = "ETH") -> None:
        """Send both books, one level a side, no spread: spot at mid, the perpetual a premium above it."""
        self.hear(self.book(f"{asset}/USDT", [(mid, depth)], [(mid * 1.0000001, depth)]))
        above = mid * 1.0000001 * (1 + bps / 10_000)
        self.hear(self.book(f"{asset}/USDT:USDT", [(above, depth)], [(above * 1.0000001, depth)]))

    def open(self, premium_bps: float = 50) -> PackageRecord:
        """Bring a package from nothing to open."""
        self.premium(premium_bps)
        self.hear(self.decided(Verdict.APPROVED))
        self.hear(self.opened())
        return self.package

    @property
    def requests(self) -> list[OpenPackage | ClosePackage]:
        return [message for message in self.published if isinstance(message, OpenPackage | ClosePackage)]

    @property
    def evaluations(self) -> list[CandidateEvaluated]:
        return [message for message in self.published if isinstance(message, CandidateEvaluated)]

    @property
    def package(self) -> PackageRecord:
        return max(self.records.values(), key=lambda record: record.requested_at)

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

    def universe(self, *assets: str, spot: Instrument | None = None, hedge: Instrument | None = None) -> Universe:
        members = tuple(
            UniverseAsset(
                asset=asset,
                tier=1,
                sector="L1",
                venue="paper",
                spot=spot or _spot(asset),
                hedge=hedge or _perpetual(asset),
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

    def _leg(self, role: LegRole, held: Decimal) -> LegSummary:
        symbol = "ETH/USDT" if role is LegRole.LONG else "ETH/USDT:USDT"
        return LegSummary(role=role, venue="paper", symbol=symbol, held_quantity=held, average_price=Decimal(100))

    def _first(self, type_: Any, **fields: Any) -> Any:
        return type_.first(self._new_id(self.now), "test", self.now, **fields)

    def _keep(self, outputs: Sequence[Output]) -> Sequence[Output]:
        for output in outputs:
            if isinstance(output, Store):
                assert isinstance(output.record, PackageRecord)
                self.records[output.record.package_id] = output.record
            elif isinstance(output, Publish):
                self.published.append(output.message)
        return outputs


@pytest.fixture(scope="session")
def shipped() -> Callable[..., StrategiesConfig]:
    """Build the shipped config with some values changed: `shipped(sizing={"min_usd": 5})`."""

    def build(**changes: dict[str, Any]) -> StrategiesConfig:
        values: dict[str, Any] = yaml.safe_load(CONFIG_FILE.read_text())
        for section, keys in changes.items():
            for key, value in keys.items():
                old = values[section][key]
                values[section][key] = old | value if isinstance(old, dict) else value
        return StrategiesConfig.model_validate(values)

    return build


@pytest.fixture(scope="session")
def new_rig(shipped: Callable[..., StrategiesConfig]) -> Callable[..., Rig]:
    def build(records: Sequence[PackageRecord] = (), **changes: dict[str, Any]) -> Rig:
        return Rig(shipped(**changes), records)

    return build


@pytest.fixture
def rig(new_rig: Callable[..., Rig]) -> Rig:
    return new_rig()


@pytest.fixture
def ready_rig(rig: Rig) -> Rig:
    rig.ready()
    return rig


@pytest.fixture(scope="session")
def spot() -> Callable[..., Instrument]:
    return _spot


@pytest.fixture(scope="session")
def perpetual() -> Callable[..., Instrument]:
    return _perpetual
