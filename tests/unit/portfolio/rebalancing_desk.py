"""A desk that holds packages of three assets, with signals, risk and execution in the test's hands."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

import numpy as np
import yaml
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import CONFIG, Desk, shipped_parameters

from poise_common.contracts.control import Rebalance
from poise_common.contracts.execution import (
    ApprovalRefused,
    LegSummary,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageOpened,
    RefusalReason,
)
from poise_common.contracts.market_data import (
    Candle,
    CandleHistory,
    CandleInterval,
    OrderBook,
    Universe,
    UniverseAsset,
)
from poise_common.contracts.packages import (
    CandidateEvaluated,
    ClosePackage,
    LegIntent,
    LegRole,
    OpenPackage,
    PackageAction,
    PackageDecided,
    Verdict,
)
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.domain.clock import to_ms
from poise_common.domain.ids import derived_id
from poise_common.domain.instruments import Instrument, InstrumentKind, Side
from poise_common.domain.order_books import Level
from poise_portfolio.domain.rebalancing.records import PlannedWeights, RebalancingPlan
from poise_portfolio.domain.records import Books

D = Decimal
ASSETS = ("BTC", "ETH", "SOL")
PRICE = 100.0
_PRICE_OF_RECORD = D(100)
_HOURS = 61


def rebalancing_with(**changes: Any) -> dict[str, Any]:
    """The shipped section by equal weights and without a cap on clusters, some keys changed (`bands.min_trade_usd`)."""
    section: dict[str, Any] = deepcopy(yaml.safe_load(CONFIG.read_text())["rebalancing"])
    defaults = {"models.model": "equal_weight", "capital.cluster_max_pct_of_equity": 100, "selling.order_style": "ioc"}
    for dotted, value in {**defaults, **changes}.items():
        *path, last = dotted.split("__") if "__" in dotted else dotted.split(".")
        place = section
        for key in path:
            place = place[key]
        place[last] = value
    return section


def instrument(asset: str, kind: InstrumentKind) -> Instrument:
    is_spot = kind is InstrumentKind.SPOT
    return Instrument(
        venue="paper",
        symbol=f"{asset}/USDT" if is_spot else f"{asset}/USDT:USDT",
        kind=kind,
        base=asset,
        quote="USDT",
        settle="USDT",
        price_tick=D("0.01"),
        quantity_step=D("0.001"),
        min_quantity=D("0.001"),
        min_notional=D(5),
        taker_fee=D("0.0005"),
        maker_fee=D("0.0002"),
    )


def listed(asset: str) -> UniverseAsset:
    return UniverseAsset(
        asset=asset,
        tier=1,
        sector="layer-1",
        venue="paper",
        spot=instrument(asset, InstrumentKind.SPOT),
        hedge=instrument(asset, InstrumentKind.LINEAR_PERPETUAL),
        volume_24h_usd=1e9,
        hedge_volume_24h_usd=1e9,
        depth_usd=None,
        spread_pct=None,
        btc_correlation=None,
    )


class RebalancingDesk(Desk):
    """Worth $100,000, of which equal weights are $36,000 over the assets that are held or wanted."""

    def __init__(self, books: Books | None = None, **changes: Any) -> None:
        self.changes = changes
        super().__init__(books, shipped_parameters(rebalancing=rebalancing_with(**changes)))
        self.held: dict[str, list[UUID]] = {}
        if books is None:
            self.open_account()
            self.tell(self.universe(), *(self.closes(asset) for asset in ASSETS))
            self.markets()

    @property
    def requests(self) -> list[OpenPackage | ClosePackage]:
        return [each for each in self.published if isinstance(each, OpenPackage | ClosePackage)]

    @property
    def plan(self) -> RebalancingPlan:
        """The newest plan as it was last stored."""
        return self.stored(RebalancingPlan)[-1]

    @property
    def weights(self) -> PlannedWeights:
        return self.stored(PlannedWeights)[-1]

    def reasons(self) -> Mapping[str, str]:
        return {line.asset: line.reason for line in self.weights.weights}

    def restarted(self, mode: SystemMode | None = SystemMode.ACTIVE) -> "RebalancingDesk":
        """A desk that starts from what this one stored, and hears of the markets again."""
        again = RebalancingDesk(books_of(self.records), **self.changes)
        again.now, again.new_id, again.records, again.held = self.now, self.new_id, list(self.records), self.held
        again.tell(again.universe(), *(again.closes(asset) for asset in ASSETS))
        return again.markets(mode)

    def markets(self, mode: SystemMode | None = SystemMode.ACTIVE) -> Self:
        """Have fresh books, and risk in a mode; None: it has said nothing."""
        if mode is not None:
            self.tell(self.risk(mode))
        for asset in ASSETS:
            self.tell(self.deep_book(f"{asset}/USDT", PRICE), self.deep_book(f"{asset}/USDT:USDT", PRICE))
        return self

    def step(self, seconds: float = 1, mode: SystemMode = SystemMode.ACTIVE) -> Self:
        """Let time go by, with markets that stay fresh."""
        self.now += timedelta(seconds=seconds)
        return self.markets(mode).wait(0)

    def order(self, reason: str = "quarterly") -> Self:
        return self.tell(self.message(Rebalance, operator="ada", reason=reason))

    def hold(self, asset: str, usd: int) -> UUID:
        """Have a package of so much exposure."""
        package_id = derived_id(UUID(int=7), asset, str(len(self.held.get(asset, ()))))
        self.held.setdefault(asset, []).append(package_id)
        self._fill(package_id, asset, PackageAction.OPEN, D(usd) / _PRICE_OF_RECORD)
        self.tell(self._opened(package_id, asset))
        return package_id

    def want(self, asset: str, *, held: bool = False, funding: float = 0.01, why_not: str | None = None) -> Self:
        """Have signals want a candidate; `why_not` has it not want it."""
        evaluated = self.message(
            CandidateEvaluated,
            strategy="funding_carry",
            asset=asset,
            slot=f"{asset}@paper",
            long_venue="paper",
            long_symbol=f"{asset}/USDT",
            short_venue="paper",
            short_symbol=f"{asset}/USDT:USDT",
            notional_usd=8_000.0,
            basis=0.0,
            net_yield=None if held else 0.002,
            expected_funding=funding,
            net_apr=None if held else 0.2,
            held=held,
            wanted=why_not is None,
            why_not=why_not,
            evaluated_at=self.now,
        )
        return self.tell(evaluated)

    def approve(self, request: OpenPackage | ClosePackage, usd: int | None = None) -> Self:
        """Have risk approve a request, or as much of it."""
        asked_usd = max(request.long_leg.notional_usd, request.short_leg.notional_usd)
        verdict = Verdict.APPROVED if usd is None else Verdict.APPROVED_SMALLER
        return self.tell(self._decided(request, verdict, asked_usd if usd is None else D(usd), "smaller: book_depth"))

    def refuse(self, request: OpenPackage | ClosePackage, reason: str = "total_exposure") -> Self:
        return self.tell(self._decided(request, Verdict.REJECTED, D(0), reason))

    def carry_out(self, request: OpenPackage | ClosePackage, usd: int | None = None) -> Self:
        """Have execution do what was approved, or so much of it."""
        quantity = request.short_leg.quantity if usd is None else D(usd) / _PRICE_OF_RECORD
        if isinstance(request, OpenPackage):
            self._fill(request.package_id, request.asset, PackageAction.OPEN, quantity)
            return self.tell(self._opened(request.package_id, request.asset, request))
        self._fill(request.package_id, request.asset, PackageAction.CLOSE, quantity)
        left = next((each for each in self.state.packages if each.package_id == request.package_id), None)
        if left is None:
            return self.tell(self._outcome_of(PackageClosed, request, **self._legs(request.asset)))
        remaining = {
            "remaining_long_quantity": left.long_leg.quantity,
            "remaining_short_quantity": -left.short_leg.quantity,
            "residual_delta_usd": D(0),
        }
        return self.tell(self._outcome_of(PackageClosedPartly, request, **remaining))

    def abort(self, request: OpenPackage) -> Self:
        return self.tell(self._outcome_of(PackageAborted, request, reason="nothing filled"))

    def refuse_by_execution(self, request: OpenPackage | ClosePackage) -> Self:
        return self.tell(
            self.message(
                ApprovalRefused,
                approval_id=approval_of(request),
                package_id=request.package_id,
                action=PackageAction.CLOSE if isinstance(request, ClosePackage) else PackageAction.OPEN,
                asset=request.asset,
                reason=RefusalReason.EXPIRED,
                detail="",
            )
        )

    def universe(self) -> Universe:
        return self.message(Universe, as_of=self.now, assets=tuple(listed(asset) for asset in ASSETS))

    def risk(self, mode: SystemMode) -> RiskState:
        return self.message(RiskState, mode=mode, reason="", set_by="risk", since=self.now, epoch=1, flattening=False)

    def closes(self, asset: str) -> CandleHistory:
        """Hourly closes up to now that move about, each asset's its own way."""
        steps = np.random.default_rng(sum(asset.encode())).normal(0.0, 0.01, _HOURS)
        prices = PRICE * np.exp(np.cumsum(steps - steps.mean()))
        hour = int(self.now.timestamp()) // 3_600
        opened = [(hour - _HOURS + place) * 3_600_000 for place in range(_HOURS)]
        return self.message(
            CandleHistory,
            venue="paper",
            symbol=f"{asset}/USDT",
            asset=asset,
            interval=CandleInterval.HOUR,
            candles=tuple(
                Candle(at, float(price), float(price), float(price), float(price), 1.0)
                for at, price in zip(opened, prices, strict=True)
                if at + 3_600_000 <= to_ms(self.now)
            ),
        )

    def deep_book(self, symbol: str, mid: float, quantity: float = 10_000.0) -> OrderBook:
        return self.message(
            OrderBook,
            venue="paper",
            symbol=symbol,
            tier=1,
            sequence=1,
            venue_time=self.now,
            received_at=self.now,
            bids=(Level(mid - 0.01, quantity),),
            asks=(Level(mid + 0.01, quantity),),
        )

    def _fill(self, package_id: UUID, asset: str, action: PackageAction, quantity: Decimal) -> None:
        spot, perpetual = ("buy", "sell") if action is PackageAction.OPEN else ("sell", "buy")
        common: dict[str, Any] = {"package_id": package_id, "action": action}
        self.tell(
            self.fill(f"{asset}/USDT", spot, quantity, _PRICE_OF_RECORD, **common),
            self.fill(f"{asset}/USDT:USDT", perpetual, quantity, _PRICE_OF_RECORD, **common),
        )

    def _opened(self, package_id: UUID, asset: str, request: OpenPackage | None = None) -> PackageOpened:
        approval_id = derived_id(package_id, "open") if request is None else approval_of(request)
        return self.message(
            PackageOpened,
            package_id=package_id,
            approval_id=approval_id,
            strategy="funding_carry",
            asset=asset,
            **self._legs(asset),
        )

    def _legs(self, asset: str) -> dict[str, Any]:
        leg = LegSummary(
            role=LegRole.LONG, venue="paper", symbol=f"{asset}/USDT", held_quantity=D(1), average_price=D(100)
        )
        return {
            "long_leg": leg,
            "short_leg": leg.model_copy(update={"role": LegRole.SHORT, "symbol": f"{asset}/USDT:USDT"}),
            "residual_delta": D(0),
            "residual_delta_usd": D(0),
        }

    def _decided(
        self, request: OpenPackage | ClosePackage, verdict: Verdict, approved_usd: Decimal, reason: str
    ) -> PackageDecided:
        return self.message(
            PackageDecided,
            request_id=request.id,
            package_id=request.package_id,
            action=PackageAction.CLOSE if isinstance(request, ClosePackage) else PackageAction.OPEN,
            strategy=request.strategy,
            asset=request.asset,
            verdict=verdict,
            requested_exposure_usd=max(request.long_leg.notional_usd, request.short_leg.notional_usd),
            approved_exposure_usd=approved_usd,
            binding_limit=None if verdict is Verdict.APPROVED else reason,
            reason=reason,
            checks=(),
            approval_id=None if verdict is Verdict.REJECTED else approval_of(request),
            decided_at=self.now,
        )

    def _outcome_of(self, kind: Any, request: OpenPackage | ClosePackage, **fields: Any) -> Any:
        return self.message(
            kind,
            package_id=request.package_id,
            approval_id=approval_of(request),
            strategy=request.strategy,
            asset=request.asset,
            **fields,
        )


def approval_of(request: OpenPackage | ClosePackage) -> UUID:
    return derived_id(request.id, "approval")


def traded_usd(request: OpenPackage | ClosePackage) -> float:
    """What a request asks to trade, by its hedge."""
    return float(request.short_leg.quantity) * PRICE


def sides(legs: tuple[LegIntent, LegIntent]) -> tuple[Side, Side]:
    return legs[0].side, legs[1].side
