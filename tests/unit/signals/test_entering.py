from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.signals.moves import MOVES, STEPS, market_and_desk

from poise_common.contracts.market_data import Candle, CandleHistory, CandleInterval
from poise_common.contracts.packages import LegRole, OpenPackage, PackageState, Verdict
from poise_common.contracts.state import SystemMode
from poise_common.domain.clock import to_ms
from poise_common.domain.instruments import Side

D = Decimal


def test_a_premium_that_pays_is_asked_for_with_both_legs_priced_and_collared(ready_rig: Any) -> None:
    ready_rig.premium(50)
    (request,) = ready_rig.requests
    assert isinstance(request, OpenPackage)
    # 8 % of $100,000; short at 100.50001 on the coarser step: 8,000 / 100.50001 = 79.60198 -> 79.601
    assert request.short_leg.quantity == D("79.601")
    assert request.long_leg.quantity == D("79.6409")
    assert (request.long_leg.side, request.short_leg.side) == (Side.BUY, Side.SELL)
    assert (request.long_leg.role, request.short_leg.role) == (LegRole.LONG, LegRole.SHORT)
    assert request.long_leg.decision_price == D("100.00001")
    assert request.long_leg.limit_price == D("100.2000")  # 100.00001 x 1.0020 on the tick
    assert request.short_leg.limit_price == D("100.2990")  # 100.50001 x 0.9980 = 100.29901
    assert request.exposure_usd <= 8_000
    assert request.net_yield == D("0.0033")  # 50 - 14 - 3 bps
    # 0.33 % in 72 h is 0.33 % x 365 x 24 / 72 = 40.15 % of notional, over 1.5 of capital 26.77 %
    assert request.net_apr == D("0.26766667")
    assert request.edge_score == request.net_apr
    assert request.expires_at == ready_rig.now + timedelta(seconds=2)
    assert request.long_leg.book_time == ready_rig.now
    assert [hop.stage for hop in request.hops] == ["test", "signals"]
    assert ready_rig.package.state is PackageState.PROPOSED
    assert ready_rig.package.request_id == request.id


@pytest.mark.parametrize(("premium_bps", "asked"), [(26.9, 0), (27.1, 1)])
def test_the_entry_threshold_is_ten_bps_after_fourteen_of_fees_and_three_of_buffer(
    ready_rig: Any, premium_bps: float, asked: int
) -> None:
    ready_rig.premium(premium_bps)
    assert len(ready_rig.requests) == asked


def test_counting_taker_exits_raises_the_entry_by_six_bps(new_rig: Any) -> None:
    rig = new_rig(costs={"exit_order": "ioc"})
    rig.ready()
    rig.premium(32.9)
    assert not rig.requests
    rig.premium(33.1)
    assert len(rig.requests) == 1


def test_high_volatility_raises_the_entry_to_the_buffers_ceiling(ready_rig: Any) -> None:
    start = to_ms(ready_rig.now) // 60_000 * 60_000
    candles = tuple(
        Candle(start - (30 - i) * 60_000, 100, 101, 99, 100 + i % 2, 1) for i in range(30)
    )  # 100 bps a minute
    ready_rig.hear(
        CandleHistory.first(
            ready_rig.risk().id,
            "test",
            ready_rig.now,
            venue="paper",
            symbol="ETH/USDT",
            asset="ETH",
            interval=CandleInterval.MINUTE,
            candles=candles,
        )
    )
    ready_rig.premium(28.9)
    assert not ready_rig.requests
    ready_rig.premium(29.1)
    assert len(ready_rig.requests) == 1


def test_expected_funding_pays_what_the_basis_does_not(ready_rig: Any) -> None:
    # 24 bps of premium leave 7. Eighteen settlements at 1 bp: 1 bp x 18 / 24 = 0.75 bp each, nine of them to come in
    # 72 h: 6.75 bps more make 13.75
    ready_rig.hear(ready_rig.funding([0.0001] * 18))
    ready_rig.premium(24)
    (request,) = ready_rig.requests
    assert request.expected_funding == D("0.000675")
    assert request.net_yield == D("0.0007")


def test_negative_funding_is_charged(ready_rig: Any) -> None:
    ready_rig.hear(ready_rig.funding([-0.0001] * 18))
    ready_rig.premium(33)
    assert not ready_rig.requests
    ready_rig.premium(34)
    assert len(ready_rig.requests) == 1


def test_the_running_rate_alone_decides_nothing(ready_rig: Any) -> None:
    # the message's running rate is 1 %, and nothing was ever settled
    ready_rig.hear(ready_rig.funding([]))
    ready_rig.premium(24)
    assert not ready_rig.requests


@given(st.floats(1.001, 1000), st.booleans(), st.booleans())
def test_a_stale_book_never_makes_a_signal(new_rig: Any, age_s: float, spot_is_stale: bool, by_venue: bool) -> None:
    rig = new_rig()
    rig.ready()
    age = {"venue_age_s": age_s} if by_venue else {"age_s": age_s}
    rig.hear(rig.book("ETH/USDT", [(100, 1e4)], [(100.01, 1e4)], **(age if spot_is_stale else {})))
    rig.hear(rig.book("ETH/USDT:USDT", [(105, 1e4)], [(105.01, 1e4)], **({} if spot_is_stale else age)))
    rig.tick()
    assert not rig.requests
    assert "missing or stale" in rig.why_not()


def test_a_book_that_grew_old_while_the_other_moved_makes_no_signal(ready_rig: Any) -> None:
    ready_rig.hear(ready_rig.book("ETH/USDT", [(100, 1e4)], [(100.01, 1e4)]))
    ready_rig.wait(1.1)
    ready_rig.hear(ready_rig.book("ETH/USDT:USDT", [(105, 1e4)], [(105.01, 1e4)]))
    assert not ready_rig.requests


def test_an_older_book_does_not_take_the_place_of_a_newer_one(ready_rig: Any) -> None:
    late = ready_rig.book("ETH/USDT:USDT", [(105, 1e4)], [(105.01, 1e4)])
    ready_rig.wait(0.1)
    ready_rig.premium(5)
    ready_rig.hear(late)
    assert not ready_rig.requests


def test_funding_that_is_unknown_or_older_than_two_of_its_intervals_makes_no_signal(rig: Any) -> None:
    rig.hear(rig.universe())
    rig.hear(rig.risk())
    rig.hear(rig.portfolio())
    rig.premium(50)
    assert rig.why_not() == "funding of ETH/USDT:USDT is unknown or stale"
    rig.hear(rig.funding(interval_s=36, age_s=73))
    rig.premium(50)
    assert not rig.requests
    rig.hear(rig.funding(interval_s=36, age_s=71))
    assert len(rig.requests) == 1


@pytest.mark.parametrize("mode", [SystemMode.REDUCING, SystemMode.HALTED])
def test_nothing_is_opened_unless_risk_is_active(ready_rig: Any, mode: SystemMode) -> None:
    ready_rig.hear(ready_rig.risk(mode))
    ready_rig.premium(50)
    assert not ready_rig.requests
    assert ready_rig.why_not() == f"risk is {mode.value}"


def test_nothing_is_opened_before_risk_and_the_ledger_are_known_and_open(rig: Any) -> None:
    rig.hear(rig.universe())
    rig.hear(rig.funding())
    rig.premium(50)
    assert rig.why_not() == "risk's state is unknown or stale"
    rig.hear(rig.risk())
    rig.premium(50)
    assert rig.why_not() == "portfolio state is unknown or stale"
    rig.hear(rig.portfolio(ledger_open=False))
    rig.premium(50)
    assert rig.why_not() == "the ledger is not open"
    assert not rig.requests


def test_a_state_that_is_no_longer_repeated_bars_entries(ready_rig: Any) -> None:
    ready_rig.wait(5.1)
    ready_rig.premium(50)
    assert not ready_rig.requests


def test_a_desk_too_small_for_the_minimum_opens_nothing(rig: Any) -> None:
    rig.ready(equity_usd=12_000)  # 8 % is $960
    rig.premium(50)
    assert not rig.requests
    assert "below the minimum" in rig.why_not()


def test_a_large_desk_stops_at_the_largest_package(rig: Any) -> None:
    rig.ready(equity_usd=10_000_000)
    rig.premium(50, depth=10_000)
    assert 99_000 < rig.requests[0].exposure_usd <= 100_000


def test_size_is_what_depth_carries_at_the_threshold(ready_rig: Any) -> None:
    # $3,000 stand at a premium of 50 bps, the rest at 0: VWAP yield falls through 27 bps at about $5,557
    ready_rig.hear(ready_rig.book("ETH/USDT", [(100, 1e4)], [(100, 1e4)]))
    ready_rig.hear(ready_rig.book("ETH/USDT:USDT", [(100.5, 3_000 / 100.5), (100.0, 1e4)], [(100.6, 1e4)]))
    (request,) = ready_rig.requests
    assert 5_450 < request.exposure_usd < 5_570
    assert D("0.0010") <= request.net_yield < D("0.00105")


def test_depth_below_the_smallest_package_is_not_traded(ready_rig: Any) -> None:
    ready_rig.hear(ready_rig.book("ETH/USDT", [(100, 1e4)], [(100, 1e4)]))
    ready_rig.hear(ready_rig.book("ETH/USDT:USDT", [(100.5, 5.0)], [(100.6, 1e4)]))
    assert not ready_rig.requests
    assert "insufficient depth" in ready_rig.why_not()


@pytest.mark.parametrize("leg", ["spot", "hedge"])
def test_the_minimums_of_both_legs_are_checked(rig: Any, spot: Any, perpetual: Any, leg: str) -> None:
    make = spot if leg == "spot" else perpetual
    rig.ready(**{leg: make(min_notional=D(9_000))})
    rig.premium(50)
    assert not rig.requests
    assert "minimum notional" in rig.why_not()


def test_a_venue_whose_fees_eat_the_thresholds_is_never_entered(new_rig: Any, spot: Any) -> None:
    rig = new_rig(costs={"exit_order": "post_only"})
    rig.ready(spot=spot(taker_fee=D("0.01"), maker_fee=D(0)))
    rig.premium(1_000)
    assert not rig.requests
    assert "thresholds lose to the venue's fees" in rig.why_not()


def test_no_second_request_goes_out_while_one_is_under_way(ready_rig: Any) -> None:
    ready_rig.premium(50)
    for _ in range(9):
        ready_rig.wait(1)
        ready_rig.premium(80)
        ready_rig.tick()
    assert len(ready_rig.requests) == 1


@given(STEPS)
def test_a_package_is_asked_for_only_when_none_is_under_way_or_its_request_went_unanswered(
    new_rig: Any, steps: list[tuple[float, str, float]]
) -> None:
    rig = new_rig()
    for premium_bps, move, pause_s in steps:
        for message in market_and_desk(rig, premium_bps):
            active = [record for record in rig.records.values() if record.is_active]
            asked = len(rig.requests)
            rig.hear(message)
            for request in rig.requests[asked:]:
                if isinstance(request, OpenPackage) and active:
                    assert [record.package_id for record in active] == [request.package_id]
                    assert active[0].state is PackageState.PROPOSED
                    assert rig.now - active[0].requested_at >= timedelta(seconds=10)
            assert len([record for record in rig.records.values() if record.is_active]) <= 1
        if rig.requests and (news := MOVES[move](rig)) is not None:
            rig.hear(news)
        rig.wait(pause_s)


def test_an_update_touches_only_its_own_candidates(rig: Any) -> None:
    rig.hear(rig.universe("ETH", "SOL"))
    rig.premium(5, asset="SOL")
    assert {evaluation.asset for evaluation in rig.evaluations} == {"SOL"}


def test_a_strategy_that_is_switched_off_opens_nothing(new_rig: Any) -> None:
    rig = new_rig(funding_carry={"enabled": False})
    rig.ready()
    rig.premium(50)
    assert not rig.requests


def test_each_asset_has_its_own_package(rig: Any) -> None:
    rig.hear(rig.universe("ETH", "SOL"))
    rig.hear(rig.risk())
    rig.hear(rig.portfolio())
    for asset in ("ETH", "SOL"):
        rig.hear(rig.funding(asset=asset))
        rig.premium(50, asset=asset)
    assert [request.asset for request in rig.requests] == ["ETH", "SOL"]
    assert len({request.package_id for request in rig.requests}) == 2


def test_a_request_without_an_answer_is_repeated_for_the_same_package_under_a_new_id(ready_rig: Any) -> None:
    ready_rig.premium(50)
    ready_rig.wait(10)
    ready_rig.hear(ready_rig.risk())
    ready_rig.hear(ready_rig.portfolio())
    ready_rig.premium(50)
    first, second = ready_rig.requests
    assert first.package_id == second.package_id
    assert first.id != second.id
    ready_rig.hear(ready_rig.decided(Verdict.REJECTED, request=first))
    assert ready_rig.package.state is PackageState.PROPOSED
    ready_rig.hear(ready_rig.decided(Verdict.APPROVED, request=second))
    assert ready_rig.package.state is PackageState.OPENING


def test_a_request_without_an_answer_is_not_repeated_when_it_no_longer_pays(ready_rig: Any) -> None:
    ready_rig.premium(50)
    ready_rig.wait(11)
    ready_rig.hear(ready_rig.risk())
    ready_rig.premium(10)
    assert len(ready_rig.requests) == 1
    assert ready_rig.package.state is PackageState.PROPOSED


def test_a_rejected_candidate_waits_and_then_is_asked_for_as_a_new_package(ready_rig: Any) -> None:
    ready_rig.premium(50)
    ready_rig.hear(ready_rig.decided(Verdict.REJECTED))
    assert ready_rig.package.state is PackageState.ABORTED
    ready_rig.wait(1.9)
    ready_rig.premium(50)
    assert len(ready_rig.requests) == 1
    ready_rig.wait(0.2)
    ready_rig.premium(50)
    first, second = ready_rig.requests
    assert first.package_id != second.package_id


def test_a_clear_rise_of_the_edge_ends_the_wait(ready_rig: Any) -> None:
    ready_rig.premium(50)
    ready_rig.hear(ready_rig.decided(Verdict.REJECTED))
    ready_rig.wait(0.1)
    ready_rig.premium(54)
    assert len(ready_rig.requests) == 1
    ready_rig.premium(56)
    assert len(ready_rig.requests) == 2


@pytest.mark.parametrize("outcome", ["aborted", "closed"])
def test_a_candidate_waits_after_an_abort_and_after_a_close(ready_rig: Any, outcome: str) -> None:
    if outcome == "aborted":
        ready_rig.premium(50)
        ready_rig.hear(ready_rig.decided(Verdict.APPROVED))
        ready_rig.hear(ready_rig.aborted())
    else:
        ready_rig.open()
        ready_rig.premium(0)
        ready_rig.hear(ready_rig.decided(Verdict.APPROVED))
        ready_rig.hear(ready_rig.closed())
    asked = len(ready_rig.requests)
    ready_rig.wait(4.9)
    ready_rig.premium(50)
    assert len(ready_rig.requests) == asked
    ready_rig.wait(0.2)
    ready_rig.hear(ready_rig.risk())
    ready_rig.hear(ready_rig.portfolio())
    ready_rig.premium(50)
    assert len(ready_rig.requests) == asked + 1


def test_a_candidate_is_told_of_once_a_second_and_at_once_when_it_changes(ready_rig: Any) -> None:
    for _ in range(20):
        ready_rig.premium(5)
        ready_rig.wait(0.1)
    told = len(ready_rig.evaluations)
    assert told == 2
    ready_rig.premium(5)
    told = len(ready_rig.evaluations)
    ready_rig.premium(50)
    assert ready_rig.evaluations[-1].wanted
    assert len(ready_rig.evaluations) == told + 1


def test_silent_feeds_are_told_of_by_the_tick(ready_rig: Any) -> None:
    ready_rig.premium(5)
    ready_rig.wait(3)
    ready_rig.tick()
    assert ready_rig.why_not() == "order book of ETH/USDT is missing or stale"


def test_an_unchanged_evaluation_is_the_same_message_for_the_same_cause_and_time(new_rig: Any) -> None:
    one, other = new_rig(), new_rig()
    for each in (one, other):
        each.ready()
        each.premium(50)
    assert one.published == other.published
