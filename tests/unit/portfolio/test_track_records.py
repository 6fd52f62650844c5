"""What each strategy's settled packages came to, as signals sizes the next ones by it."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.desk import PERPETUAL, SPOT, Desk

from poise_common.contracts.packages import PackageAction
from poise_common.contracts.state import TrackRecord
from poise_portfolio.domain.ledger.track_records import Tally

CLOSE = PackageAction.CLOSE


def round_trip(desk: Desk, number: int, sold_at: str, fee: str = "0") -> UUID:
    """Buy one at 100 and sell it, against a short that moves nowhere."""
    package_id = UUID(int=number)
    desk.tell(
        desk.fill(SPOT, "buy", "1", "100", package_id=package_id, fee=fee, fee_currency="USDT"),
        desk.fill(PERPETUAL, "sell", "1", "100", package_id=package_id),
        desk.opened(package_id),
        desk.fill(SPOT, "sell", "1", sold_at, package_id=package_id, action=CLOSE),
        desk.fill(PERPETUAL, "buy", "1", "100", package_id=package_id, action=CLOSE),
        desk.closed(package_id),
    )
    return package_id


def record(desk: Desk) -> TrackRecord:
    (only,) = desk.wait(2).state.track_records
    return only


def test_a_package_won_where_it_made_more_than_it_paid() -> None:
    desk = Desk().open_account()
    round_trip(desk, 1, "103", fee="1")
    round_trip(desk, 2, "104", fee="0")
    round_trip(desk, 3, "101", fee="4")
    # +2 and +4 of two that won: 3 each. -3 of the one that did not.
    found = record(desk)
    assert (found.strategy, found.settled, found.wins) == ("funding_carry", 3, 2)
    assert (found.mean_win_usd, found.mean_loss_usd) == (3, 3)


def test_what_is_held_or_was_aborted_says_nothing() -> None:
    desk = Desk().open_account()
    desk.tell(
        desk.fill(SPOT, "buy", "1", "100", package_id=UUID(int=1)),
        desk.fill(SPOT, "sell", "1", "90", package_id=UUID(int=1)),
        desk.aborted(UUID(int=1)),
        desk.fill(SPOT, "buy", "1", "100", package_id=UUID(int=2)),
        desk.fill(PERPETUAL, "sell", "1", "100", package_id=UUID(int=2)),
        desk.opened(UUID(int=2)),
    )
    assert desk.wait(2).state.track_records == ()


def test_funding_that_is_told_late_turns_a_loss_into_a_win_and_is_counted_once() -> None:
    desk = Desk().open_account()
    held_at = desk.now + timedelta(milliseconds=3)
    round_trip(desk, 1, "99")
    assert record(desk).wins == 0
    desk.tell(desk.funding("5", at=held_at))
    assert (record(desk).settled, record(desk).wins, record(desk).mean_win_usd) == (1, 1, 4)


def test_a_package_that_is_no_longer_at_hand_is_still_counted_once() -> None:
    desk = Desk().open_account()
    round_trip(desk, 1, "103")
    for _ in range(3):
        desk.wait(26 * 3_600)
    round_trip(desk, 2, "99")
    assert (record(desk).settled, record(desk).wins) == (2, 1)


@given(st.lists(st.integers(-1_000, 1_000).map(Decimal)))
def test_means_give_back_the_sums(results: list[Decimal]) -> None:
    tally = Tally("s")
    for net_usd in results:
        tally = tally.with_result(net_usd)
    told = tally.record()
    assert told.settled == len(results)
    won, lost = told.mean_win_usd * told.wins, told.mean_loss_usd * (told.settled - told.wins)
    assert abs(won - lost - sum(results)) < Decimal("1e-15")
