"""Closing everything: nothing that is away keeps a package open, and flat is said only of what the venue has shown."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.unit.risk.risk_desk import PRICE, RiskDesk, alerts, closings, every

from poise_common.contracts.control import Flatten, Resume
from poise_common.contracts.execution import PackageHalted, RefusalReason
from poise_common.contracts.packages import Approval, OrderStyle, PackageState
from poise_common.contracts.state import HeldLeg, PortfolioState, SystemMode

DEAD_S = 3
"""Longer than a book may be old."""


def limits(approval: Approval) -> list[Decimal]:
    """The worst prices of both legs: where the long leg may sell, where the short leg may buy."""
    return [leg.limit_price for leg in approval.legs]


def test_the_least_hedged_goes_first_and_then_the_largest(desk: RiskDesk) -> None:
    small, large = desk.hold("BTC", 2_000), desk.hold("ETH", 6_000)
    naked = desk.hold("SOL", 1_000, residual_delta_usd=Decimal(-700))
    desk.portfolio()
    order = [each.package_id for each in closings(desk.command(Flatten))]
    assert order == [naked.package_id, large.package_id, small.package_id]


def test_everything_is_taken_at_once(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    (approval,) = closings(desk.command(Flatten))
    assert approval.style is OrderStyle.IOC


def test_dead_feeds_do_not_keep_anything_open(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    desk.now += timedelta(seconds=DEAD_S)
    (approval,) = closings(desk.command(Flatten))
    # 200 bps from the last best prices, 99.99 and 100.01, on the tick
    assert limits(approval) == [Decimal("98.00"), Decimal("102.01")]
    assert not alerts(desk.tick(), "closing_unpriced")


def test_the_collar_from_a_last_known_price_widens_with_each_try_up_to_a_bound(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    desk.now += timedelta(seconds=DEAD_S)
    approved = closings(desk.command(Flatten))
    sold_down_to = []
    for _ in range(7):
        (approval,) = approved
        sold_down_to.append(approval.legs[0].limit_price)
        desk.refused(approval, RefusalReason.EXPIRED)
        approved = closings(desk.wait(30, quiet=True))
    assert sold_down_to == [Decimal(bid) for bid in ("98.00", "96.00", "94.00", "92.00", "90.00", "90.00", "90.00")]


def test_a_leg_with_a_fresh_book_keeps_to_the_usual_collar(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    desk.now += timedelta(seconds=DEAD_S)
    desk.book("BTC/USDT", PRICE)
    (approval,) = closings(desk.command(Flatten))
    assert limits(approval) == [Decimal("99.60"), Decimal("102.01")]


@pytest.mark.parametrize(("mark", "limit"), [("110", "107.80"), (None, "98.00")])
def test_after_a_restart_without_feeds_the_ledgers_mark_is_the_price_and_else_the_entry(
    desk: RiskDesk, mark: str | None, limit: str
) -> None:
    marked = None if mark is None else Decimal(mark)
    long_leg, short_leg = (
        HeldLeg(venue="paper", symbol=symbol, quantity=quantity, entry_price=PRICE, mark_price=marked)
        for symbol, quantity in (("BTC/USDT", Decimal(80)), ("BTC/USDT:USDT", Decimal(-80)))
    )
    desk.hold("BTC", long_leg=long_leg, short_leg=short_leg)
    desk.command(Flatten)
    again = desk.restarted()
    (approval,) = closings(again.portfolio())
    assert approval.legs[0].limit_price == Decimal(limit)


def test_what_execution_holds_is_closed_while_the_ledger_is_silent(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    desk.opened(approval)
    desk.now += timedelta(minutes=5)
    (closing,) = closings(desk.command(Flatten))
    assert closing.package_id == approval.package_id


def test_what_execution_holds_is_closed_after_a_restart_that_finds_no_ledger(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    desk.opened(approval)
    desk.show(approval)
    again = desk.restarted()
    assert not every(again.published, PortfolioState)
    (closing,) = closings(again.command(Flatten))
    assert closing.package_id == approval.package_id
    assert closing.legs[0].limit_price == Decimal("98.00")


def test_while_execution_is_away_closings_are_asked_for_again_and_again(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    asked = len(closings(desk.command(Flatten)))
    for _ in range(60):
        asked += len(closings(desk.wait(10)))
    assert asked == 11, "the first, and one a minute for as long as nobody answers"
    assert desk.state.flattening


def test_a_halted_package_is_flattened_too(desk: RiskDesk) -> None:
    package = desk.hold("BTC", state=PackageState.HALTED)
    desk.command(Flatten)
    (closing,) = closings(desk.portfolio())
    assert closing.package_id == package.package_id


def test_a_package_that_turns_out_to_be_held_after_it_was_closed_is_closed_again(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    desk.opened(approval)
    desk.show(approval)
    held = desk.held[approval.package_id]
    (closing,) = closings(desk.command(Flatten))
    desk.closed(closing)
    fields = {name: getattr(approval, name) for name in ("package_id", "approval_id", "strategy", "asset")}
    quantities = {"long_quantity": Decimal(1), "short_quantity": Decimal(0), "residual_delta_usd": PRICE}
    desk.send(desk.first(PackageHalted, **fields, **quantities, reason="a fill came to light"))
    desk.held[approval.package_id] = held.model_copy(update={"state": PackageState.HALTED})
    assert [each.package_id for each in closings(desk.wait(1))] == [approval.package_id]


def test_a_package_that_turns_out_to_be_open_after_it_was_aborted_is_closed(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    desk.aborted(approval)
    desk.opened(approval)
    desk.show(approval)
    assert [each.package_id for each in closings(desk.command(Flatten))] == [approval.package_id]


def flattened(desk: RiskDesk) -> None:
    """Have everything closed by execution and gone from the ledger, and nothing reconciled since."""
    desk.hold("BTC")
    desk.portfolio()
    (approval,) = closings(desk.command(Flatten))
    desk.now += timedelta(seconds=1)
    desk.closed(approval)
    desk.now += timedelta(seconds=1)
    desk.portfolio()


def test_flat_is_said_once_the_venue_has_shown_it(desk: RiskDesk) -> None:
    flattened(desk)
    assert desk.tick()
    assert desk.state.flattening
    desk.venue()
    assert not desk.state.flattening
    assert (desk.state.mode, "all packages are closed" in desk.state.reason) == (SystemMode.HALTED, True)


def test_a_reconciliation_from_before_the_last_closing_shows_nothing(desk: RiskDesk) -> None:
    flattened(desk)
    desk.venue(reconciled_at=desk.now - timedelta(seconds=1))
    assert desk.state.flattening


def test_every_venue_with_an_account_must_have_shown_it(desk: RiskDesk) -> None:
    flattened(desk)
    desk.portfolio(accounts=(desk.account(), desk.account("second")))
    desk.venue()
    assert desk.state.flattening
    desk.venue("second")
    assert not desk.state.flattening


def test_flat_is_not_said_while_the_ledger_is_away(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    (approval,) = closings(desk.command(Flatten))
    desk.closed(approval)
    desk.now += timedelta(seconds=5)
    desk.venue()
    assert desk.state.flattening
    desk.portfolio()
    assert not desk.state.flattening


def test_flat_is_not_said_while_execution_is_away(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    desk.command(Flatten)
    desk.held.clear()
    for _ in range(5):
        desk.wait(10)
    assert desk.state.flattening, "the closing that was approved may still be carried out"


def test_after_a_restart_the_venue_has_to_show_it_anew(desk: RiskDesk) -> None:
    flattened(desk)
    before = desk.now
    again = desk.restarted()
    again.now += timedelta(seconds=1)
    again.portfolio()
    again.venue(reconciled_at=before)
    assert again.state.flattening
    again.venue()
    assert not again.state.flattening


def test_a_flat_desk_is_not_flattened_over_and_over(desk: RiskDesk) -> None:
    flattened(desk)
    desk.venue()
    epoch = desk.state.epoch
    desk.portfolio(equity_usd=Decimal(90_000))
    desk.wait(1)
    assert (desk.state.flattening, desk.state.epoch) == (False, epoch)


def test_a_person_can_resume_a_desk_that_was_flattened(desk: RiskDesk) -> None:
    flattened(desk)
    desk.venue()
    desk.command(Resume)
    assert desk.state.mode is SystemMode.ACTIVE
