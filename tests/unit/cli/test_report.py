import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from poise.demo.bound import Bound
from poise.demo.report import DemoReport, Latency

AT_PAPER: dict[str, Any] = {
    "orders_sent": 18,
    "venue_orders": 18,
    "ledger_fills": 40,
    "venue_fills": 40,
    "unapproved_orders": 0,
    "duplicate_orders": 0,
    "ledger_residual_usd": Decimal("0.0000001"),
    "liquidations": 0,
}
AT_OKX = AT_PAPER | {"orders_sent": 5, "venue_orders": 5, "ledger_fills": 7, "venue_fills": 7}
FIGURES: dict[str, Any] = {
    "seconds": 90.0,
    "seed": 7,
    "books": 43_210,
    "signals": 1_200,
    "requests": 14,
    "approved": 9,
    "rejected": {"total_exposure": 4, "slots": 1},
    "packages_opened": 6,
    "packages_closed": 3,
    "packages_aborted": 0,
    "packages_halted": 0,
    "cross_venue_opened": 2,
    "cross_venue_closed": 1,
    "venues": {"paper": AT_PAPER, "paper_okx": AT_OKX},
    "residual_delta_max_usd": Decimal("12.34"),
    "equity_usd": Decimal("100012.5"),
    "pnl_usd": Decimal("12.5"),
    "pnl_pct": Decimal("0.0125"),
    "max_drawdown_pct": Decimal("0.2"),
    "worst_asset_loss_pct": Decimal("0.1"),
    "state": "active",
    "scenario": None,
    "packages_held_when_struck": None,
    "bounds": [],
    "tick_to_order_ms": Latency(p50=2.1, p99=7.9, hops_p50={"signals": 0.6, "sent": 0.4}),
    "rss_mb": {"risk": 61.5, "simulator": 90.0},
    "restarts": {},
    "errors": 0,
    "error_messages": [],
}
ASKED_FOR = {
    "books",
    "signals",
    "requests",
    "approved",
    "rejected",
    "orders_sent",
    "packages_opened",
    "packages_closed",
    "ledger_fills",
    "venue_fills",
    "venue_orders",
    "unapproved_orders",
    "duplicate_orders",
    "residual_delta_max_usd",
    "ledger_residual_usd",
    "tick_to_order_ms",
    "rss_mb",
    "errors",
    "pnl_pct",
    "max_drawdown_pct",
    "worst_asset_loss_pct",
    "liquidations",
    "state",
}
BESIDES = {
    "seconds",
    "seed",
    "packages_aborted",
    "packages_halted",
    "cross_venue_opened",
    "cross_venue_closed",
    "venues",
    "equity_usd",
    "pnl_usd",
    "restarts",
    "error_messages",
    "scenario",
    "packages_held_when_struck",
    "bounds",
}
KEPT = Bound(name="portfolio_loss_pct", value=Decimal("0.42"), allowed=Decimal(5))
BROKEN = Bound(name="liquidations", value=Decimal(2), allowed=Decimal(0))
PLAYED: dict[str, Any] = {"scenario": "correlated-crash", "packages_held_when_struck": 3, "bounds": [KEPT]}


def report(**changes: Any) -> DemoReport:
    return DemoReport(**FIGURES | changes)


def report_of_one_venue(**changes: Any) -> DemoReport:
    return report(venues={"paper": AT_PAPER | changes})


def printed(shown: DemoReport) -> str:
    console = Console(file=StringIO(), width=160)
    shown.print(console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_run_as_it_must_be_has_no_failures() -> None:
    assert report().failures() == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"venue_fills": 41}, "the ledger has 40 fills, the venue paper 41"),
        ({"ledger_fills": 41}, "the ledger has 41 fills, the venue paper 40"),
        ({"unapproved_orders": 1}, "1 orders at paper have no approval"),
        ({"duplicate_orders": 2}, "2 orders reached paper twice"),
        ({"ledger_residual_usd": Decimal("0.0101")}, "$0.0101"),
        ({"ledger_residual_usd": Decimal("-0.02")}, "$-0.0200"),
        ({"ledger_residual_usd": None}, "the account at paper was never read"),
    ],
)
def test_each_figure_that_must_never_be_otherwise_is_named_when_it_is(wrong: dict[str, Any], said: str) -> None:
    shown = report_of_one_venue(**wrong)
    (failure,) = shown.failures()
    assert said in failure
    assert f"wrong: {failure}" in printed(shown)


def test_a_package_that_is_left_locked_is_a_failure() -> None:
    assert report(packages_halted=1).failures() == ["1 packages were left locked"]


def test_all_that_is_wrong_is_named() -> None:
    wrong = {"venue_fills": 0, "unapproved_orders": 1, "duplicate_orders": 1}
    assert len(report_of_one_venue(**wrong).failures()) == 3


def test_what_one_venue_has_too_many_another_does_not_make_up_for() -> None:
    venues = {"paper": AT_PAPER | {"venue_fills": 41}, "paper_okx": AT_OKX | {"venue_fills": 6}}
    shown = report(venues=venues)
    assert shown.ledger_fills == shown.venue_fills == 47
    assert len(shown.failures()) == 2


def test_the_summary_shows_each_venue_where_there_are_several() -> None:
    assert "paper_okx" in printed(report())
    assert "by venue" not in printed(report_of_one_venue())


@pytest.mark.parametrize("quiet", [{"errors": 3}, {"packages_opened": 0}, {"cross_venue_opened": 0}])
def test_what_a_market_may_bring_is_no_failure(quiet: dict[str, Any]) -> None:
    assert report(**quiet).failures() == []


def test_a_cent_between_ledger_and_venue_is_no_failure() -> None:
    assert report_of_one_venue(ledger_residual_usd=Decimal("0.01")).failures() == []


def test_the_json_has_what_was_asked_for_and_says_what_it_has_besides() -> None:
    written = json.loads(report().model_dump_json())
    assert written.keys() == ASKED_FOR | BESIDES
    assert written["tick_to_order_ms"].keys() >= {"p50", "p99"}


def test_every_figure_in_the_json_is_a_number_a_program_can_compare() -> None:
    written = json.loads(report().model_dump_json())
    for name in (
        "residual_delta_max_usd",
        "ledger_residual_usd",
        "equity_usd",
        "pnl_usd",
        "pnl_pct",
        "max_drawdown_pct",
        "worst_asset_loss_pct",
    ):
        assert isinstance(written[name], int | float), name
    assert abs(written["ledger_residual_usd"]) <= 0.01
    assert written["rejected"] == {"total_exposure": 4, "slots": 1}
    assert written["rss_mb"] == {"risk": 61.5, "simulator": 90.0}


def test_a_run_without_orders_has_no_latency_and_can_be_printed() -> None:
    nothing = report(tick_to_order_ms=Latency(p50=None, p99=None, hops_p50={}), rejected={}, venues={})
    assert json.loads(nothing.model_dump_json())["tick_to_order_ms"]["p50"] is None
    assert "– / –" in printed(nothing)


def test_the_summary_shows_the_figures_a_person_looks_for() -> None:
    text = printed(report(error_messages=["risk was restarted 1 times"], errors=1))
    for part in (
        "43,210",
        "slots 1, total_exposure 4",
        "6 / 3",
        "47 / 47",
        "2.1 ms / 7.9 ms",
        "62 MB",
        "risk was rest",
    ):
        assert part in text


def test_a_scenario_whose_bounds_hold_is_no_failure_and_says_so() -> None:
    shown = report(**PLAYED)
    assert shown.failures() == []
    assert "correlated-crash, with 3 packages held when it struck" in printed(shown)
    assert "held  portfolio_loss_pct 0.42 (at most 5)" in printed(shown)


def test_each_bound_that_does_not_hold_is_a_failure() -> None:
    shown = report(**PLAYED | {"bounds": [KEPT, BROKEN]})
    assert shown.failures() == ["correlated-crash: liquidations 2 (at most 0)"]
    assert "broken  liquidations 2 (at most 0)" in printed(shown)


@pytest.mark.parametrize(
    ("held", "said"), [(None, "correlated-crash never struck"), (0, "correlated-crash struck when nothing was held")]
)
def test_a_scenario_that_shows_nothing_is_a_failure(held: int | None, said: str) -> None:
    (failure,) = report(**PLAYED | {"packages_held_when_struck": held}).failures()
    assert said in failure


@pytest.mark.parametrize(
    ("value", "at_least", "held"),
    [("4.9", False, True), ("5", False, True), ("5.1", False, False), ("5", True, True), ("4.9", True, False)],
)
def test_a_bound_holds_up_to_what_is_allowed(value: str, at_least: bool, held: bool) -> None:
    bound = Bound(name="x", value=Decimal(value), allowed=Decimal(5), at_least=at_least)
    assert bound.held is held
    assert json.loads(bound.model_dump_json()) == {
        "name": "x",
        "value": float(value),
        "allowed": 5.0,
        "at_least": at_least,
        "held": held,
    }


def test_what_was_not_seen_does_not_hold() -> None:
    bound = Bound(name="unhedged_after_return_s", value=None, allowed=Decimal(10))
    assert not bound.held
    assert bound.told() == "unhedged_after_return_s not seen (at most 10)"
