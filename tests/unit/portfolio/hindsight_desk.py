"""A desk that is told what risk refused, what signals sees and what funding does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import PERPETUAL, SPOT, Desk, shipped_parameters

from poise_common.contracts.market_data import FundingRate, Universe, UniverseAsset
from poise_common.contracts.packages import (
    CandidateEvaluated,
    LegIntent,
    LegRole,
    PackageAction,
    PackageDecided,
    Verdict,
)
from poise_common.domain.instruments import Instrument, InstrumentKind, Side
from poise_portfolio.domain.hindsight.records import FundingPrediction, RefusedPackage

D = Decimal
EIGHT_HOURS_S = 28_800
SPOT_FEES = (D("0.001"), D("0.0008"))
PERPETUAL_FEES = (D("0.0005"), D("0.0002"))
"""Taker's and maker's."""


class HindsightDesk(Desk):
    """BTC is traded as spot against its perpetual."""

    @property
    def refused(self) -> list[RefusedPackage]:
        """What was last stored of each refused package, in the order they were opened."""
        return list({record.refusal_id: record for record in self.stored(RefusedPackage)}.values())

    @property
    def predictions(self) -> list[FundingPrediction]:
        """What was last stored of each prediction."""
        records = self.stored(FundingPrediction)
        return list({(each.symbol, each.settles_at, each.lead_s): each for each in records}.values())

    def ready(self) -> Self:
        return self.tell(self.universe("BTC"))

    def marked(self, spot: float, perpetual: float) -> Self:
        """Let both books stand at a mid."""
        return self.tell(self.book(SPOT, spot), self.book(PERPETUAL, perpetual))

    def restarted(self, **changes: Any) -> "HindsightDesk":
        """A desk that starts from what this one stored, knowing no market yet."""
        again = HindsightDesk(books_of(self.records), shipped_parameters(**changes))
        again.now, again.new_id, again.records = self.now, self.new_id, list(self.records)
        return again.ready()

    def universe(self, *assets: str, quote: str = "USDT") -> Universe:
        return self.message(
            Universe,
            as_of=self.now,
            assets=tuple(
                UniverseAsset(
                    asset=asset,
                    tier=1,
                    sector="layer-1",
                    venue="paper",
                    spot=_instrument(asset, quote, InstrumentKind.SPOT),
                    hedge=_instrument(asset, quote, InstrumentKind.LINEAR_PERPETUAL),
                    volume_24h_usd=1e9,
                    hedge_volume_24h_usd=1e9,
                    depth_usd=None,
                    spread_pct=None,
                    btc_correlation=None,
                )
                for asset in assets
            ),
        )

    def decided(
        self,
        limit: str | None = "tier_slots",
        *,
        action: PackageAction = PackageAction.OPEN,
        verdict: Verdict = Verdict.REJECTED,
        long_leg: LegIntent | None = None,
        short_leg: LegIntent | None = None,
        **changes: Any,
    ) -> PackageDecided:
        """Refuse 1 BTC, long at 100 and short at 101."""
        self.now += timedelta(milliseconds=1)
        fields: dict[str, Any] = {
            "request_id": self.new_id(self.now),
            "package_id": self.new_id(self.now),
            "action": action,
            "strategy": "funding_carry",
            "asset": "BTC",
            "verdict": verdict,
            "requested_exposure_usd": D(101),
            "approved_exposure_usd": D(0),
            "binding_limit": limit,
            "reason": "too much",
            "checks": (),
            "approval_id": None,
            "decided_at": self.now,
            "long_leg": long_leg or self.leg(LegRole.LONG),
            "short_leg": short_leg or self.leg(LegRole.SHORT),
        }
        return self.message(PackageDecided, **{**fields, **changes})

    def leg(self, role: LegRole, /, **changes: Any) -> LegIntent:
        is_long = role is LegRole.LONG
        price = D(100 if is_long else 101)
        fields: dict[str, Any] = {
            "role": role,
            "venue": "paper",
            "symbol": SPOT if is_long else PERPETUAL,
            "side": Side.BUY if is_long else Side.SELL,
            "quantity": D(1),
            "decision_price": price,
            "limit_price": price,
            "book_time": self.now,
        }
        return LegIntent(**{**fields, **changes})

    def evaluated(self, basis: float | None, expected_funding: float | None, **changes: Any) -> CandidateEvaluated:
        self.now += timedelta(milliseconds=1)
        fields: dict[str, Any] = {
            "strategy": "funding_carry",
            "asset": "BTC",
            "slot": "BTC@paper",
            "long_venue": "paper",
            "long_symbol": SPOT,
            "short_venue": "paper",
            "short_symbol": PERPETUAL,
            "notional_usd": 1_000.0,
            "basis": basis,
            "net_yield": None,
            "expected_funding": expected_funding,
            "net_apr": None,
            "held": False,
            "wanted": False,
            "why_not": "too little",
            "evaluated_at": self.now,
        }
        return self.message(CandidateEvaluated, **{**fields, **changes})

    def funding_rate(
        self,
        rate: float = 0.0001,
        *,
        settles_at: datetime,
        settled: Sequence[float] = (),
        last_settled_at: datetime | None = None,
        mark: float = 110.0,
        interval_s: int = EIGHT_HOURS_S,
        symbol: str = PERPETUAL,
    ) -> FundingRate:
        return self.message(
            FundingRate,
            venue="paper",
            symbol=symbol,
            funding_rate_per_interval=rate,
            next_funding_at=settles_at,
            interval_s=interval_s,
            settled_rates_per_interval=tuple(settled),
            last_settled_at=last_settled_at,
            mark_price=mark,
            index_price=mark,
            received_at=self.now,
        )


def _instrument(asset: str, quote: str, kind: InstrumentKind) -> Instrument:
    is_spot = kind is InstrumentKind.SPOT
    taker_fee, maker_fee = SPOT_FEES if is_spot else PERPETUAL_FEES
    return Instrument(
        venue="paper",
        symbol=f"{asset}/{quote}" if is_spot else f"{asset}/{quote}:{quote}",
        kind=kind,
        base=asset,
        quote=quote,
        settle=quote,
        price_tick=D("0.01"),
        quantity_step=D("0.0001"),
        min_quantity=D("0.0001"),
        min_notional=D(5),
        taker_fee=taker_fee,
        maker_fee=maker_fee,
    )
