import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from poise.demo.report import DemoReport, Latency

FIGURES: dict[str, Any] = {
    "seconds": 90.0,
    "seed": 7,
    "books": 43_210,
    "signals": 1_200,
    "requests": 14,
    "approved": 9,
    "rejected": {"total_exposure": 4, "slots": 1},
    "orders_sent": 18,
    "packages_opened": 6,
    "packages_closed": 3,
    "packages_aborted": 0,
    "packages_halted": 0,
    "ledger_fills": 40,
    "venue_fills": 40,
    "venue_orders": 18,
    "unapproved_orders": 0,
    "duplicate_orders": 0,
    "residual_delta_max_usd": Decimal("12.34"),
    "ledger_residual_usd": Decimal("0.0000001"),
    "equity_usd": Decimal("100012.5"),
    "pnl_usd": Decimal("12.5"),
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
}
BESIDES = {
    "seconds",
    "seed",
    "packages_aborted",
    "packages_halted",
    "equity_usd",
    "pnl_usd",
    "restarts",
    "error_messages",
}


def report(**changes: Any) -> DemoReport:
    return DemoReport(**FIGURES | changes)


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
        ({"venue_fills": 41}, "the ledger has 40 fills, the venue 41"),
        ({"ledger_fills": 41}, "the ledger has 41 fills, the venue 40"),
        ({"unapproved_orders": 1}, "1 orders at the venue have no approval"),
        ({"duplicate_orders": 2}, "2 orders reached the venue twice"),
        ({"ledger_residual_usd": Decimal("0.0101")}, "$0.0101"),
        ({"ledger_residual_usd": Decimal("-0.02")}, "$-0.0200"),
        ({"packages_halted": 1}, "1 packages were left locked"),
    ],
)
def test_each_figure_that_must_never_be_otherwise_is_named_when_it_is(wrong: dict[str, Any], said: str) -> None:
    (failure,) = report(**wrong).failures()
    assert said in failure
    assert f"wrong: {failure}" in printed(report(**wrong))


def test_all_that_is_wrong_is_named() -> None:
    assert len(report(venue_fills=0, unapproved_orders=1, duplicate_orders=1).failures()) == 3


@pytest.mark.parametrize("quiet", [{"errors": 3}, {"packages_opened": 0}, {"ledger_residual_usd": Decimal("0.01")}])
def test_what_a_market_may_bring_is_no_failure(quiet: dict[str, Any]) -> None:
    assert report(**quiet).failures() == []


def test_the_json_has_what_was_asked_for_and_says_what_it_has_besides() -> None:
    written = json.loads(report().model_dump_json())
    assert written.keys() == ASKED_FOR | BESIDES
    assert written["tick_to_order_ms"].keys() >= {"p50", "p99"}


def test_every_figure_in_the_json_is_a_number_a_program_can_compare() -> None:
    written = json.loads(report().model_dump_json())
    for name in ("residual_delta_max_usd", "ledger_residual_usd", "equity_usd", "pnl_usd"):
        assert isinstance(written[name], int | float), name
    assert abs(written["ledger_residual_usd"]) <= 0.01
    assert written["rejected"] == {"total_exposure": 4, "slots": 1}
    assert written["rss_mb"] == {"risk": 61.5, "simulator": 90.0}


def test_a_run_without_orders_has_no_latency_and_can_be_printed() -> None:
    nothing = report(tick_to_order_ms=Latency(p50=None, p99=None, hops_p50={}), rejected={}, orders_sent=0)
    assert json.loads(nothing.model_dump_json())["tick_to_order_ms"]["p50"] is None
    assert "– / –" in printed(nothing)


def test_the_summary_shows_the_figures_a_person_looks_for() -> None:
    text = printed(report(error_messages=["risk was restarted 1 times"], errors=1))
    for part in (
        "43,210",
        "slots 1, total_exposure 4",
        "6 / 3",
        "40 / 40",
        "2.1 ms / 7.9 ms",
        "62 MB",
        "risk was rest",
    ):
        assert part in text
