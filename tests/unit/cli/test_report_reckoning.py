"""What a report makes of the book."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.cli.reports import (
    ASSUMPTIONS,
    DAY,
    HOUR,
    SINCE,
    UNTIL,
    acknowledgement,
    book,
    full_report,
    package,
    plan,
    report,
    snapshot,
)

from poise.report.book.equity import Snapshot
from poise.report.period_report import Equity, Part, PeriodReport
from poise_common.contracts.packages import PackageState

D = Decimal
AMOUNTS = st.decimals(min_value=-10_000, max_value=10_000, places=2)
CHANGES = st.fixed_dictionaries(
    dict.fromkeys(
        ("realised_pnl_usd", "unrealised_pnl_usd", "funding_usd", "fees_usd", "borrow_usd", "slippage_usd"), AMOUNTS
    )
)


def equity_of(made: PeriodReport) -> Equity:
    assert made.equity is not None
    return made.equity


def parts_of(*snapshots: Snapshot, **book_of: object) -> dict[Part, Decimal]:
    equity = equity_of(report(book(*snapshots, **book_of)))  # type: ignore[arg-type]  # any part of a book
    return {each.part: each.usd for each in equity.parts}


@given(AMOUNTS, CHANGES)
def test_the_parts_of_a_result_add_up_to_it(change: Decimal, figures: dict[str, Decimal]) -> None:
    parts = parts_of(snapshot(SINCE), snapshot(SINCE + HOUR, 100_000 + change, **figures))
    assert sum(parts.values()) == change


def test_each_part_has_its_sign_and_slippage_is_taken_out_of_the_price() -> None:
    before = snapshot(SINCE - HOUR, fees_usd="7", slippage_usd="1")
    after = snapshot(
        SINCE + HOUR,
        "100033",
        realised_pnl_usd="20",
        unrealised_pnl_usd="-5",
        funding_usd="30",
        fees_usd="17",
        borrow_usd="2",
        slippage_usd="5",
    )
    assert parts_of(after, before=before) == {
        Part.PRICE: 19,
        Part.SLIPPAGE: -4,
        Part.FUNDING: 30,
        Part.FEES: -10,
        Part.BORROW: -2,
        Part.FOREIGN: 0,
        Part.OTHER: 0,
    }


def test_a_transfer_is_neither_a_result_nor_a_return() -> None:
    moved = acknowledgement(SINCE + HOUR, transfer="-40000")
    snapshots = (snapshot(SINCE), snapshot(SINCE + 2 * HOUR, "60000", external_usd="-40000"))
    equity = equity_of(report(book(*snapshots, acknowledgements=(moved,))))
    assert (equity.transfers_usd, equity.net_usd) == (-40_000, 0)
    assert equity.metrics.total_return == 0
    assert equity.metrics.max_drawdown == 0
    assert all(each.usd == 0 for each in equity.parts)


def test_a_transfer_counts_from_when_it_is_booked_not_from_when_it_was_acknowledged() -> None:
    moved = acknowledgement(SINCE + HOUR, transfer="50000")
    snapshots = (
        snapshot(SINCE),
        snapshot(SINCE + 2 * HOUR),  # acknowledged, not yet booked
        snapshot(SINCE + 3 * HOUR, "150000", external_usd="50000"),
    )
    equity = equity_of(report(book(*snapshots, acknowledgements=(moved,))))
    assert equity.metrics.total_return == 0
    assert [each.drawdown for each in equity.curve] == [0, 0, 0]


def test_what_trades_that_were_not_ours_made_is_a_result() -> None:
    taken = (acknowledgement(SINCE - DAY, transfer="500"), acknowledgement(SINCE + HOUR, result="-1000"))
    before = snapshot(SINCE - HOUR, "100000", external_usd="500")
    after = snapshot(SINCE + 2 * HOUR, "99000", external_usd="-500")
    made = report(book(after, before=before, acknowledgements=taken))
    equity = equity_of(made)
    assert (equity.transfers_usd, equity.net_usd) == (0, -1_000)
    assert {each.part: each.usd for each in equity.parts if each.usd} == {Part.FOREIGN: -1_000}
    assert made.acknowledgements == taken[1:]


def test_what_was_known_before_the_period_is_what_it_begins_with() -> None:
    made = report(book(snapshot(SINCE + DAY, "101000"), before=snapshot(SINCE - DAY, "100000")))
    equity = equity_of(made)
    assert (equity.start_at, equity.start_usd, equity.net_usd) == (SINCE, 100_000, 1_000)
    assert equity.metrics.total_return == pytest.approx(0.01)


def test_a_period_in_which_nothing_was_known_has_no_result() -> None:
    made = report(book(before=snapshot(SINCE - DAY)))
    assert made.equity is None
    assert made.is_empty
    assert not report(book(packages=(package(1),))).is_empty


def test_a_package_counts_in_the_period_that_it_ended_in() -> None:
    made = report(
        book(
            snapshot(SINCE),
            packages=(
                package(1, SINCE - DAY, SINCE),
                package(2, SINCE, UNTIL - HOUR),
                package(3, SINCE, UNTIL),
                package(4, SINCE),
            ),
        )
    )
    assert [line.package_id.int for line in made.ended] == [2, 1]
    assert [line.package_id.int for line in made.held] == [3, 4]
    assert (made.total.packages, made.total.net_usd) == (2, 42)


def test_a_package_is_told_with_the_parts_that_make_its_net() -> None:
    (line,) = report(book(packages=(package(1, SINCE, SINCE + timedelta(hours=73)),))).ended
    assert (line.price_usd, line.funding_usd, line.fees_usd, line.slippage_usd, line.net_usd) == (5, 30, 10, 4, 21)
    assert line.held_h == 73
    assert line.realised_apr == pytest.approx(0.0021 * 120)  # 8,760 hours a year
    assert line.expected_apr == pytest.approx(0.003 * 120)


def test_of_a_package_that_is_held_only_what_is_booked_is_told() -> None:
    (line,) = report(book(packages=(package(1, UNTIL - 2 * HOUR, state=PackageState.HALTED),))).held
    assert (line.price_usd, line.net_usd, line.realised_apr) == (None, None, None)
    assert (line.funding_usd, line.fees_usd, line.held_h) == (30, 10, 2)


def test_a_strategy_without_a_horizon_has_no_expected_rate() -> None:
    (line,) = report(book(packages=(package(1, SINCE, UNTIL - DAY, strategy="pairs"),))).ended
    assert line.expected_apr is None
    assert ASSUMPTIONS.expected_apr("pairs", 0.1) is None


def test_groups_end_with_the_sum_of_all_where_there_is_more_than_one() -> None:
    packages = (
        package(1, SINCE, UNTIL - DAY),
        package(2, SINCE, UNTIL - DAY, asset="ETH", funding_usd=D(90)),
        package(3, SINCE, UNTIL - DAY, asset="ETH"),
    )
    groups = dict(report(book(packages=packages)).groups)
    assert [(line.name, line.packages, line.net_usd) for line in groups["asset"]] == [
        ("ETH", 2, 102),
        ("BTC", 1, 21),
        ("all", 3, 123),
    ]
    assert [line.name for line in groups["venue"]] == ["paper"]


def test_a_part_is_measured_by_its_gains_alone_on_the_capital_of_the_desk() -> None:
    packages = (package(1, SINCE, SINCE + DAY), package(2, SINCE, SINCE + 2 * DAY, asset="ETH", funding_usd=D(60)))
    made = report(book(snapshot(SINCE, "51000"), snapshot(UNTIL - HOUR, "52000"), packages=packages))
    eth, btc = (line.metrics for line in made.by_asset)
    assert eth is not None
    assert btc is not None
    assert (eth.total_return, btc.total_return) == (pytest.approx(51 / 51_000), pytest.approx(21 / 51_000))
    assert btc.sharpe is not None
    assert btc.sharpe > 0
    assert [line.metrics for line in report(book(packages=packages)).by_asset] == [None, None]


def test_weights_are_what_is_held_over_what_the_desk_is_worth() -> None:
    packages = (package(1), package(2, asset="ETH", held_usd=D(25_000)), package(3, asset="BTC"))
    made = report(book(snapshot(SINCE, "50000"), packages=packages))
    assert [(each.asset, each.weight) for each in made.weights] == [("ETH", 0.5), ("BTC", 0.4)]


def test_a_target_is_a_share_of_what_the_desk_was_worth_when_it_was_planned() -> None:
    planned = plan("50000", BTC="5000", ETH="0", SOL="2500", DOGE=None)
    packages = (package(1), package(2, asset="DOGE"))
    made = report(book(snapshot(SINCE, "100000"), packages=packages, plan=planned))
    assert [(each.asset, each.weight, each.target) for each in made.weights] == [
        ("BTC", 0.1, 0.1),
        ("DOGE", 0.1, None),
        ("SOL", 0, 0.05),
    ]


def test_a_report_is_read_back_from_its_json() -> None:
    made = full_report()
    assert PeriodReport.model_validate_json(made.model_dump_json()) == made
