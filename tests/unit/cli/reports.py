"""Books of a period as tests want them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from poise.report.assumptions import Assumptions
from poise.report.book.equity import Acknowledgement, EquityHistory, Extent, Snapshot
from poise.report.book.hindsight import FundingCalibration, HindsightRows, RefusedByLimit
from poise.report.book.matrices import Matrix
from poise.report.book.packages import PackageRow
from poise.report.book.plans import PlannedWeight, PlanOfWeights
from poise.report.book.reading import BookOfPeriod
from poise.report.period import Period
from poise.report.period_report import PeriodReport
from poise.report.reckoning import reckon
from poise_common.contracts.packages import PackageState

SINCE = datetime(2026, 10, 1, tzinfo=UTC)
UNTIL = datetime(2026, 10, 31, tzinfo=UTC)
PERIOD = Period(since=SINCE, until=UNTIL)
ASSUMPTIONS = Assumptions(risk_free_rate=0.03, horizon_h={"funding_carry": 73.0})
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def snapshot(at: datetime, equity_usd: str | Decimal = "100000", **figures: str | Decimal) -> Snapshot:
    amounts = {
        "realised_pnl_usd": "0",
        "unrealised_pnl_usd": "0",
        "funding_usd": "0",
        "fees_usd": "0",
        "borrow_usd": "0",
        "slippage_usd": "0",
        "external_usd": "0",
        "exposure_usd": "0",
        "ledger_residual_usd": "0",
    }
    known = {name: Decimal(amount) for name, amount in (amounts | figures).items()}
    return Snapshot(as_of=at, equity_usd=Decimal(equity_usd), **known)


def acknowledgement(at: datetime, *, transfer: str = "0", result: str = "0") -> Acknowledgement:
    return Acknowledgement(
        at=at,
        venue="paper",
        transfer_usd=Decimal(transfer),
        result_usd=Decimal(result),
        operator="ada",
        reason="moved to the bank",
    )


def package(number: int, opened_at: datetime = SINCE, closed_at: datetime | None = None, **changes: Any) -> PackageRow:
    """A package of $10,000 that made $30 by funding and $5 by price, less $4 of slippage in that, for $10 of fees."""
    fields: dict[str, Any] = {
        "package_id": UUID(int=number),
        "strategy": "funding_carry",
        "asset": "BTC",
        "state": PackageState.OPEN if closed_at is None else PackageState.CLOSED,
        "opened_at": opened_at,
        "closed_at": closed_at,
        "realised_pnl_usd": Decimal(1),
        "funding_usd": Decimal(30),
        "fees_usd": Decimal(10),
        "borrow_usd": Decimal(0),
        "slippage_usd": Decimal(4),
        "venues": ("paper",),
        "exposure_usd": Decimal(10_000),
        "held_usd": Decimal(10_000) if closed_at is None else Decimal(0),
        "entry_yield": Decimal("0.003"),
    }
    return PackageRow(**fields | changes)


def matrix(assets: Sequence[str], rho: Sequence[Sequence[float | None]], window: str = "90d") -> Matrix:
    return Matrix(window=window, as_of=UNTIL, assets=tuple(assets), rho=tuple(map(tuple, rho)), points=720)


def plan(equity_usd: str = "100000", **targets_usd: str | None) -> PlanOfWeights:
    return PlanOfWeights(
        plan_id=UUID(int=77),
        cause="order",
        ordered_by="ada",
        model="risk_parity",
        made_at=UNTIL - DAY,
        equity_usd=Decimal(equity_usd),
        state="ended",
        trades=3,
        trades_done=2,
        weights=tuple(
            PlannedWeight(
                asset=asset, held_usd=Decimal(0), target_usd=None if usd is None else Decimal(usd), reason="as wanted"
            )
            for asset, usd in targets_usd.items()
        ),
    )


def refused(limit: str = "position_size", net: str = "12") -> RefusedByLimit:
    return RefusedByLimit(
        binding_limit=limit,
        packages=3,
        followed=1,
        winners=2,
        refusals=40,
        exposure_usd=Decimal(30_000),
        price_usd=Decimal(net) + 20,
        funding_usd=Decimal(10),
        fees_usd=Decimal(30),
        net_usd=Decimal(net),
        assets=("BTC", "ETH"),
    )


def calibration(symbol: str | None = None) -> FundingCalibration:
    return FundingCalibration(
        venue=None if symbol is None else "paper",
        symbol=symbol,
        lead_s=3600,
        settlements=90,
        settled_per_interval=0.0001,
        bias_per_interval=-0.00002,
        mean_absolute_error_per_interval=0.00003,
    )


def book(
    *snapshots: Snapshot,
    before: Snapshot | None = None,
    acknowledgements: Sequence[Acknowledgement] = (),
    packages: Sequence[PackageRow] = (),
    **parts: Any,
) -> BookOfPeriod:
    known = snapshots or ((before,) if before else ())
    fields: dict[str, Any] = {
        "period": PERIOD,
        "extent": Extent(
            first=known[0].as_of if known else None,
            last=known[-1].as_of if known else None,
        ),
        "equity": EquityHistory(before=before, snapshots=snapshots, acknowledgements=tuple(acknowledgements)),
        "packages": tuple(packages),
        "plan": None,
        "matrices": (),
        "hindsight": HindsightRows(refused=(), calibration=()),
    }
    return BookOfPeriod(**fields | parts)


def report(made: BookOfPeriod) -> PeriodReport:
    return reckon(made, ASSUMPTIONS, UNTIL)


def full_report() -> PeriodReport:
    """Every part has something."""
    curve = [
        snapshot(SINCE + number * HOUR, Decimal(100_000 + 2 * number - (number % 7) ** 2), funding_usd=Decimal(number))
        for number in range(720)
    ]
    return report(
        book(
            *curve,
            acknowledgements=(acknowledgement(SINCE + DAY, result="-3"),),
            packages=(
                package(1, SINCE, SINCE + DAY),
                package(2, SINCE, SINCE + 2 * DAY, asset="ETH", realised_pnl_usd=Decimal(-90)),
                package(3, SINCE + 3 * DAY, asset="SOL", strategy=None, entry_yield=None),
            ),
            plan=plan(SOL="12000", ETH="5000"),
            matrices=(matrix(("BTC", "ETH", "SOL"), ((1, 0.9, None), (0.9, 1, -0.2), (None, -0.2, 1))),),
            hindsight=HindsightRows(refused=(refused(),), calibration=(calibration(), calibration("BTC/USDT:USDT"))),
        )
    )
