from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.packages import CloseReason, OrderStyle, PackageState, Verdict
from poise_common.contracts.state import SystemMode
from poise_common.domain.instruments import Side
from poise_common.domain.net_yield import trade_through

D = Decimal
TAKER = 0.0005


def _refresh(rig: Any) -> None:
    rig.hear(rig.risk())
    rig.hear(rig.portfolio())


def test_a_package_is_held_while_its_edge_left_is_at_the_exit_and_closed_below(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.premium(1.1)
    assert len(ready_rig.requests) == 1
    ready_rig.premium(0.9)
    close = ready_rig.requests[-1]
    assert close.reason is CloseReason.CONVERGED
    assert close.edge_left == D("0.00009020")  # 0.9 bps, and the two half spreads of 0.001 bps
    assert (close.long_leg.side, close.short_leg.side) == (Side.SELL, Side.BUY)
    # held: 79.6409 x 0.9995 = 79.60107955, sold down to the step; the short whole
    assert close.long_leg.quantity == D("79.6010")
    assert close.short_leg.quantity == D("79.601")
    assert close.long_leg.limit_price == D("99.8000")
    assert close.short_leg.limit_price == D("100.2090")  # 100.00902 x 1.0020 on the tick
    assert ready_rig.package.state is PackageState.CLOSING


@pytest.mark.parametrize("style", OrderStyle)
def test_an_exit_is_asked_for_in_the_configured_style(new_rig: Any, style: OrderStyle) -> None:
    rig = new_rig(costs={"exit_order": style.value})
    rig.ready()
    rig.open()
    rig.premium(0)
    assert rig.requests[-1].style is style


def test_a_package_that_left_the_universe_is_not_rested(new_rig: Any) -> None:
    rig = new_rig(costs={"exit_order": "post_only"})
    rig.ready()
    rig.open()
    rig.hear(rig.empty_universe())
    close = rig.requests[-1]
    assert (close.reason, close.style) == (CloseReason.LEFT_UNIVERSE, OrderStyle.IOC)


def test_expected_funding_keeps_a_package_whose_premium_is_gone(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.hear(ready_rig.funding([0.0001] * 18))
    ready_rig.premium(0)
    assert len(ready_rig.requests) == 1
    ready_rig.hear(ready_rig.funding([-0.0001] * 18))
    assert len(ready_rig.requests) == 2


def test_a_package_is_not_closed_on_funding_that_is_unknown(new_rig: Any, ready_rig: Any) -> None:
    held = ready_rig.open()
    rig = new_rig([held])
    rig.hear(rig.universe())
    _refresh(rig)
    rig.premium(0)
    assert not rig.requests
    rig.hear(rig.funding())
    assert len(rig.requests) == 1


def test_a_package_is_not_closed_on_a_stale_book(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.premium(40)
    ready_rig.wait(1.5)
    ready_rig.hear(ready_rig.book("ETH/USDT:USDT", [(90, 1e4)], [(90.01, 1e4)]))
    assert len(ready_rig.requests) == 1


@pytest.mark.parametrize(("mode", "asked"), [(SystemMode.REDUCING, 2), (SystemMode.HALTED, 1)])
def test_exits_are_asked_for_while_reducing_and_not_while_halted(ready_rig: Any, mode: SystemMode, asked: int) -> None:
    ready_rig.open()
    ready_rig.hear(ready_rig.risk(mode))
    ready_rig.premium(0)
    assert len(ready_rig.requests) == asked


def test_a_refused_close_is_asked_for_again(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.premium(0)
    ready_rig.hear(ready_rig.decided(Verdict.REJECTED))
    assert ready_rig.package.state is PackageState.OPEN
    ready_rig.premium(0)
    assert len(ready_rig.requests) == 2
    ready_rig.wait(2)
    ready_rig.premium(0)
    assert len(ready_rig.requests) == 3
    assert len({request.id for request in ready_rig.requests}) == 3


def test_a_close_that_execution_refused_is_asked_for_again(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.premium(0)
    ready_rig.hear(ready_rig.decided(Verdict.APPROVED))
    ready_rig.hear(ready_rig.refused(RefusalReason.EXPIRED))
    ready_rig.wait(2)
    ready_rig.premium(0)
    assert len(ready_rig.requests) == 3


def test_what_a_partial_close_left_is_closed_next(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.premium(0)
    ready_rig.hear(ready_rig.decided(Verdict.APPROVED))
    ready_rig.hear(ready_rig.closed_partly("30.00007955", "30"))
    ready_rig.wait(1)
    ready_rig.premium(0)
    assert ready_rig.requests[-1].long_leg.quantity == D(30)
    assert ready_rig.requests[-1].short_leg.quantity == D(30)


def test_a_close_without_an_answer_is_repeated_and_one_that_was_approved_is_not(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.premium(0)
    ready_rig.wait(10)
    _refresh(ready_rig)
    ready_rig.premium(0)
    assert len(ready_rig.requests) == 3
    ready_rig.hear(ready_rig.decided(Verdict.APPROVED))
    ready_rig.wait(60)
    _refresh(ready_rig)
    ready_rig.premium(0)
    assert len(ready_rig.requests) == 3


def test_a_close_into_a_thin_book_is_sized_to_what_both_books_carry(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.premium(0, depth=12.34567)
    close = ready_rig.requests[-1]
    assert (close.long_leg.quantity, close.short_leg.quantity) == (D("12.3456"), D("12.345"))


def test_a_package_whose_asset_left_the_universe_is_closed_at_once_whatever_its_edge(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.premium(50)
    ready_rig.hear(ready_rig.empty_universe())
    assert ready_rig.requests[-1].reason is CloseReason.LEFT_UNIVERSE
    ready_rig.hear(ready_rig.decided(Verdict.APPROVED))
    ready_rig.hear(ready_rig.closed())
    ready_rig.wait(60)
    _refresh(ready_rig)
    ready_rig.hear(ready_rig.funding())
    ready_rig.premium(80)
    assert len(ready_rig.requests) == 2


def test_a_package_whose_hedge_left_is_closed_in_the_instruments_it_is_held_in(ready_rig: Any, perpetual: Any) -> None:
    ready_rig.open()
    ready_rig.premium(50)
    ready_rig.hear(ready_rig.universe(hedge=perpetual(symbol="ETH/USDC:USDC")))
    close = ready_rig.requests[-1]
    assert close.reason is CloseReason.LEFT_UNIVERSE
    assert close.short_leg.symbol == "ETH/USDT:USDT"


def test_a_package_that_left_while_the_service_was_down_is_closed_after_the_restart(
    new_rig: Any, ready_rig: Any
) -> None:
    rig = new_rig([ready_rig.open()])
    rig.hear(rig.risk())
    rig.premium(50)
    assert not rig.requests
    rig.hear(rig.empty_universe())
    assert rig.requests[-1].reason is CloseReason.LEFT_UNIVERSE


def test_a_strategy_that_is_switched_off_still_watches_what_it_holds(new_rig: Any, ready_rig: Any) -> None:
    rig = new_rig([ready_rig.open()], funding_carry={"enabled": False})
    rig.ready()
    rig.premium(50)
    assert not rig.requests
    rig.premium(0)
    assert rig.requests[-1].reason is CloseReason.CONVERGED


def test_a_halted_package_is_left_alone_and_bars_its_candidate(ready_rig: Any) -> None:
    ready_rig.open()
    ready_rig.hear(ready_rig.halted())
    for premium_bps in (0, 80):
        ready_rig.wait(30)
        _refresh(ready_rig)
        ready_rig.premium(premium_bps)
    assert len(ready_rig.requests) == 1
    assert ready_rig.why_not() == "halted: leg stuck"


def _levels(bps: list[float], prices_from: float, direction: int) -> list[tuple[float, float]]:
    price, levels = prices_from, []
    for gap in bps:
        price *= 1 + direction * gap / 10_000
        levels.append((price, 40.0))
    return [*levels, (price * (1 + direction * 0.01), 1e5)]


_slopes = st.lists(st.floats(0, 8), min_size=1, max_size=6)


@settings(max_examples=200)
@given(
    asks=_slopes,
    bids=_slopes,
    exit_bids=_slopes,
    exit_asks=_slopes,
    entry_bps=st.floats(20, 300),
    exit_bps=st.floats(-200, 20),
    move=st.floats(-0.5, 0.5),
)
def test_a_package_that_converged_from_threshold_to_threshold_never_loses_after_fees(
    new_rig: Any,
    *,
    asks: list[float],
    bids: list[float],
    exit_bids: list[float],
    exit_asks: list[float],
    entry_bps: float,
    exit_bps: float,
    move: float,
) -> None:
    """Fills at book prices, each leg paying its fee; the price may halve or rise by half while it is held."""
    rig = new_rig()
    rig.ready()
    spot_asks, short_bids = _levels(asks, 100, 1), _levels(bids, 100 * (1 + entry_bps / 10_000), -1)
    rig.hear(rig.book("ETH/USDT", [(99, 1e5)], spot_asks))
    rig.hear(rig.book("ETH/USDT:USDT", short_bids, [(105, 1e5)]))
    if not rig.requests:
        return
    opening = rig.requests[0]
    rig.hear(rig.decided(Verdict.APPROVED))
    rig.hear(rig.opened())
    rig.wait(1.5)  # the books of the entry go stale, so that no exit is priced on one old and one new
    _refresh(rig)
    mid = 100 * (1 + move)
    spot_bids, short_asks = _levels(exit_bids, mid, -1), _levels(exit_asks, mid * (1 + exit_bps / 10_000), 1)
    rig.hear(rig.book("ETH/USDT", spot_bids, [(mid * 1.1, 1e5)]))
    rig.hear(rig.book("ETH/USDT:USDT", [(mid * 0.9, 1e5)], short_asks))
    if len(rig.requests) == 1:
        return
    closing = rig.requests[1]
    legs = (
        (opening.long_leg, spot_asks, -1),
        (opening.short_leg, short_bids, 1),
        (closing.long_leg, spot_bids, 1),
        (closing.short_leg, short_asks, -1),
    )
    profit = 0.0
    for leg, levels, sign in legs:
        traded = trade_through(levels, float(leg.quantity))
        assert traded is not None
        usd = traded.price * traded.quantity
        paid_in_base = leg is opening.long_leg
        profit += sign * usd - (0 if paid_in_base else usd * TAKER)
    dust = float(opening.long_leg.quantity) * (1 - TAKER) - float(closing.long_leg.quantity)
    assert profit + dust * mid > 0
