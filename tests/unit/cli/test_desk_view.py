from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from rich.console import Console

from poise.demo.desk_view import DeskView
from poise.demo.live_view import render
from poise_common.contracts.control import Halt
from poise_common.contracts.market_data import ExcludedAsset, Universe
from poise_common.contracts.packages import CandidateEvaluated, PackageState
from poise_common.contracts.state import HeldLeg, HeldPackage, PortfolioState, RiskState, SystemMode
from poise_common.domain.ids import seeded_ids

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
new_id = seeded_ids(1)


def held(residual_usd: str, state: PackageState = PackageState.OPEN) -> HeldPackage:
    def leg(symbol: str, quantity: int) -> HeldLeg:
        return HeldLeg(
            venue="paper", symbol=symbol, quantity=Decimal(quantity), entry_price=Decimal(100), mark_price=None
        )

    return HeldPackage(
        package_id=UUID(int=1),
        strategy="funding_carry",
        asset="BTC",
        tier=1,
        state=state,
        long_leg=leg("BTC/USDT", 1),
        short_leg=leg("BTC/USDT:USDT", -1),
        exposure_usd=Decimal(8_000),
        residual_delta_usd=Decimal(residual_usd),
        unrealised_pnl_usd=Decimal(5),
        funding_usd=Decimal(1),
        fees_usd=Decimal(2),
        opened_at=NOW,
    )


def portfolio(*packages: HeldPackage) -> PortfolioState:
    amounts = (
        "equity_usd",
        "day_start_equity_usd",
        "high_water_mark_usd",
        "realised_pnl_usd",
        "unrealised_pnl_usd",
        "funding_usd",
        "fees_usd",
        "exposure_usd",
        "net_delta_usd",
        "ledger_residual_usd",
    )
    figures: dict[str, Any] = dict.fromkeys(amounts, Decimal(0)) | {"equity_usd": Decimal("100012.34")}
    return PortfolioState.first(
        new_id(NOW),
        "portfolio",
        NOW,
        as_of=NOW,
        ledger_open=True,
        fills=0,
        packages=packages,
        deltas=(),
        accounts=(),
        **figures,
    )


def risk(mode: SystemMode, reason: str) -> RiskState:
    return RiskState.first(new_id(NOW), "risk", NOW, mode=mode, reason=reason, set_by="test", since=NOW, epoch=1)


def universe(*excluded: str) -> Universe:
    out = tuple(ExcludedAsset(asset=asset, venue="paper", tier=3, reasons=("thin",)) for asset in excluded)
    return Universe.first(new_id(NOW), "ingestion", NOW, as_of=NOW, assets=(), excluded=out)


def texts(view: DeskView) -> list[str]:
    return [text for _, text in view.log]


def test_a_mode_is_said_when_it_changes_and_not_each_time_it_is_told() -> None:
    view = DeskView()
    for mode, reason in (
        (SystemMode.ACTIVE, "first start"),
        (SystemMode.ACTIVE, "first start"),
        (SystemMode.HALTED, "looks odd"),
        (SystemMode.HALTED, "looks odd"),
    ):
        view.take(risk(mode, reason))
    assert texts(view) == ["risk is ACTIVE: first start", "risk is HALTED: looks odd"]
    assert view.risk is not None
    assert view.risk.mode is SystemMode.HALTED


def test_the_universe_is_said_once_and_kept_up_to_date() -> None:
    view = DeskView()
    view.take(universe("PEPE"))
    view.take(universe("PEPE", "SHIB"))
    assert texts(view) == ["universe: 0 assets, 1 left out"]
    assert view.universe is not None
    assert len(view.universe.excluded) == 2


@pytest.mark.parametrize(
    ("seen", "largest"),
    [
        ([held("12.5"), held("-40"), held("3")], "40"),
        ([held("12.5"), held("900", PackageState.OPENING), held("800", PackageState.CLOSING)], "12.5"),
        ([], "0"),
    ],
)
def test_the_largest_residual_delta_is_of_open_packages_over_the_whole_run(
    seen: list[HeldPackage], largest: str
) -> None:
    view = DeskView()
    for package in seen:
        view.take(portfolio(package))
    view.take(portfolio())
    assert view.residual_delta_max_usd == Decimal(largest)
    assert view.portfolio is not None
    assert view.portfolio.packages == ()


def test_onlookers_are_told_every_portfolio_state_and_nothing_else() -> None:
    view, seen = DeskView(), list[PortfolioState]()
    view.onlookers.append(seen.append)
    states = [portfolio(), portfolio(held("3"))]
    for state in states:
        view.take(state)
    view.take(risk(SystemMode.ACTIVE, "first start"))
    assert seen == states


def test_the_log_keeps_the_newest_lines() -> None:
    view = DeskView()
    for number in range(100):
        view.say(f"line {number}")
    assert texts(view)[-1] == "line 99"
    assert len(view.log) < 100


def test_messages_of_no_interest_change_nothing() -> None:
    view = DeskView()
    view.take(Halt.first(new_id(NOW), "console", NOW, operator="test", reason="not a state"))
    assert view == DeskView()


def candidate(asset: str, net_yield: float | None, why_not: str | None) -> CandidateEvaluated:
    return CandidateEvaluated.first(
        new_id(NOW),
        "signals",
        NOW,
        strategy="funding_carry",
        asset=asset,
        slot=f"{asset}@paper",
        long_venue="paper",
        long_symbol=f"{asset}/USDT",
        short_venue="paper",
        short_symbol=f"{asset}/USDT:USDT",
        notional_usd=8_000,
        basis=net_yield,
        net_yield=net_yield,
        expected_funding=None,
        net_apr=None,
        held=False,
        wanted=why_not is None,
        why_not=why_not,
        evaluated_at=NOW,
    )


def drawn(view: DeskView, seconds_left: float | None) -> str:
    console = Console(file=StringIO(), width=160)
    console.print(render(view, seconds_left))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_live_table_shows_the_desk_and_its_best_candidates_first() -> None:
    view = DeskView()
    view.take(risk(SystemMode.ACTIVE, "first start"))
    view.take(portfolio(held("12.5")))
    view.take(candidate("SOL", None, "stale book"))
    view.take(candidate("XRP", -0.0030, "dear"))
    view.take(candidate("ADA", 0.0, "even"))
    view.take(candidate("ETH", 0.0005, "net yield below 0.10 %"))
    view.take(candidate("BTC", 0.0010, "asked"))
    view.take(candidate("BTC", 0.0020, None))
    shown = drawn(view, 42)
    assert "$100,012.34" in shown
    assert "12.50" in shown
    assert "42 s left" in shown
    places = [shown.index(part) for part in ("0.200", "0.050", "even", "dear", "stale book")]
    assert places == sorted(places)
    assert "asked" not in shown, "the newest evaluation of a candidate stands for it"


def test_the_live_table_says_what_the_market_is_put_through() -> None:
    assert "funding-flip" not in drawn(DeskView(), 42)
    assert "funding-flip: 3 s into" in drawn(DeskView(scenario="funding-flip: 3 s into its course of 5 s"), 42)


def test_a_desk_that_said_nothing_yet_can_be_shown() -> None:
    assert "waiting for the first book" in drawn(DeskView(), None)
