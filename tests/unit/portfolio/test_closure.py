from decimal import Decimal

import pytest
from tests.unit.portfolio.desk import PERPETUAL, SPOT, Desk

from poise_common.contracts.control import Severity
from poise_portfolio.domain.records import Account, ComparedReport

D = Decimal
HELD = {("spot", "USDT"): "59900", ("spot", "BTC"): "1", ("futures", "USDT"): "40000"}


def traded_desk() -> Desk:
    desk = Desk().open_account()
    return desk.tell(
        desk.fill(SPOT, "buy", "1", "100"), desk.fill(PERPETUAL, "sell", "1", "101"), desk.book(SPOT, 200.0)
    )


@pytest.mark.parametrize(
    ("changed", "position", "residual"),
    [
        ({}, "-1", "0"),
        ({("spot", "USDT"): "59900.01"}, "-1", "0.01"),
        ({("spot", "BTC"): "0.99"}, "-1", "2"),  # at the mark of 200
        ({("spot", "BTC"): "0.99", ("spot", "USDT"): "59902"}, "-1", "4"),  # a gain hides no loss
        ({}, "-1.01", "1.01"),  # at its last price, 101
        ({}, None, "101"),
        ({("spot", "XRP"): "5"}, "-1", "0"),  # nothing prices it
        ({("futures", "USDT"): None}, "-1", "40000"),
    ],
)
def test_what_fills_do_not_explain_is_the_residual(
    changed: dict[tuple[str, str], str | None], position: str | None, residual: str
) -> None:
    desk = traded_desk()
    balances = {key: total for key, total in (HELD | changed).items() if total is not None}
    desk.tell(desk.report(balances, {PERPETUAL: position} if position else {}))
    assert desk.state.ledger_residual_usd == D(residual)
    assert desk.state.accounts[0].ledger_residual_usd == D(residual)
    assert desk.stored(ComparedReport)[-1].residual_usd == D(residual)


def test_the_ledger_is_never_bent_to_fit() -> None:
    desk = traded_desk()
    for _ in range(2):
        desk.tell(desk.report({**HELD, ("spot", "USDT"): "59000"}, {PERPETUAL: "-1"}))
        assert desk.state.ledger_residual_usd == D(900)


def test_a_residual_is_alerted_once_and_closed_when_explained() -> None:
    desk = traded_desk()
    for spot in ("59898.99", "59898.99", "59899", "59899"):
        desk.tell(desk.report({**HELD, ("spot", "USDT"): spot}, {PERPETUAL: "-1"}))
    assert [(alert.name, alert.subject, alert.firing) for alert in desk.alerts] == [
        ("ledger_residual", "paper", True),
        ("ledger_residual", "paper", False),
    ]
    assert desk.alerts[0].severity is Severity.CRITICAL
    assert "$1.01" in desk.alerts[0].text


def test_a_small_account_is_alerted_by_its_share_of_equity() -> None:
    desk = Desk().open_account(spot="900", futures="100")  # 1 bp of $1,000 is $0.10
    desk.tell(desk.report({("spot", "USDT"): "900.10", ("futures", "USDT"): "100"}))
    assert desk.alerts == []
    desk.tell(desk.report({("spot", "USDT"): "900.11", ("futures", "USDT"): "100"}))
    assert [alert.firing for alert in desk.alerts] == [True]


def test_a_report_told_again_or_out_of_order_changes_nothing() -> None:
    desk = traded_desk()
    older = desk.report({("spot", "USDT"): "1"})
    newer = desk.report(HELD, {PERPETUAL: "-1"})
    stored = len(desk.tell(newer).records)
    desk.tell(older, newer)
    assert desk.state.ledger_residual_usd == 0
    assert len(desk.records) == stored


def test_an_account_that_was_never_opened_is_not_compared() -> None:
    desk = Desk()
    stored = list(desk.records)
    desk.tell(desk.report({("spot", "USDT"): "1000"}))
    assert desk.records == stored
    assert not desk.wait().state.ledger_open
    assert desk.state.equity_usd == 0


def test_margin_figures_are_the_venues_last() -> None:
    desk = traded_desk()
    report = desk.report(HELD, {PERPETUAL: "-1"})
    desk.tell(report.model_copy(update={"initial_margin_usd": D(20), "maintenance_margin_usd": D(2)}))
    (account,) = desk.state.accounts
    assert (account.initial_margin_usd, account.maintenance_margin_usd) == (D(20), D(2))
    assert desk.stored(Account)[-1].reported_at == report.as_of
