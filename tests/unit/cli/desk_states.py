"""What a running desk's services say of themselves, made at a time in the test's hands."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.unit.cli.test_desk_view import held

from poise_common.contracts.control import Alert, Severity
from poise_common.contracts.execution import Difference, DifferenceKind, VenueLock, VenueState
from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import PortfolioState, RiskState, SystemMode
from poise_common.domain.ids import seeded_ids

NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
new_id = seeded_ids(3)


def risk(at: datetime = NOW, **changes: Any) -> RiskState:
    fields = {"mode": SystemMode.ACTIVE, "reason": "first start", "set_by": "risk", "since": at, "epoch": 1}
    return RiskState.first(new_id(at), "risk", at, **fields | changes)


def venue(name: str = "paper", at: datetime = NOW, **changes: Any) -> VenueState:
    fields: dict[str, Any] = {
        "venue": name,
        "as_of": at,
        "reconciled_at": at - timedelta(seconds=4),
        "clock_offset_ms": -12,
        "orders_in_doubt": 0,
        "resting_orders": 0,
        "lock": None,
    }
    return VenueState.first(new_id(at), "execution", at, **fields | changes)


def lock(*differences: Difference, at: datetime = NOW) -> VenueLock:
    lines = differences or (line(),)
    digest = "|".join(f"{each.name}{each.actual}" for each in lines)
    return VenueLock(lock_id=new_id(at), since=at, differences=lines, digest=digest)


def line(actual: str = "-0.5", detail: str = "1 trade that is not ours") -> Difference:
    return Difference(
        kind=DifferenceKind.POSITION,
        name="BTC/USDT:USDT",
        wallet="futures",
        expected=Decimal(-1),
        actual=Decimal(actual),
        detail=detail,
    )


def portfolio(at: datetime = NOW, *, state: PackageState = PackageState.OPEN, **changes: Any) -> PortfolioState:
    amounts = (
        "realised_pnl_usd",
        "unrealised_pnl_usd",
        "funding_usd",
        "fees_usd",
        "exposure_usd",
        "net_delta_usd",
        "ledger_residual_usd",
    )
    fields: dict[str, Any] = {
        **dict.fromkeys(amounts, Decimal(0)),
        "as_of": at,
        "ledger_open": True,
        "equity_usd": Decimal("100012.34"),
        "day_start_equity_usd": Decimal(100_000),
        "high_water_mark_usd": Decimal(100_020),
        "fills": 2,
        "packages": (held("-40", state),),
        "deltas": (),
        "accounts": (),
    }
    return PortfolioState.first(new_id(at), "portfolio", at, **fields | changes)


def alert(name: str = "exposure", at: datetime = NOW, *, firing: bool = True) -> Alert:
    return Alert.first(
        new_id(at),
        "risk",
        at,
        name=name,
        subject="portfolio",
        severity=Severity.WARNING,
        firing=firing,
        text="exposure is 36 % of equity",
        raised_by="risk",
        raised_at=at,
    )
