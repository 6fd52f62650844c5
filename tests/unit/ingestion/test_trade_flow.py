from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingestion.desk import NOON, VENUE, Desk, published, scanned

from poise_common.contracts.market_data import TradeFlow
from poise_common.domain.instruments import Side
from poise_ingestion.domain.observations import TradesSeen
from poise_ingestion.domain.trade_flow import SecondOfTrades, TradeFlowMeter

NOON_MS = round(NOON.timestamp() * 1000)
trades = st.lists(
    st.tuples(st.integers(0, 8_000), st.sampled_from(Side), st.floats(0.001, 1000)), min_size=1, max_size=60
)


def volumes_of(seconds: list[SecondOfTrades]) -> dict[int, tuple[float, float]]:
    return {second.second_ms: (second.buy_volume, second.sell_volume) for second in seconds}


@given(trades, st.integers(0, 2_000))
def test_no_volume_is_lost_or_counted_twice_whatever_order_trades_come_in(
    printed: list[tuple[int, Side, float]], late_ms: int
) -> None:
    meter = TradeFlowMeter(500)
    latest: dict[int, tuple[float, float]] = {}
    for number, trade in enumerate(printed):
        meter.add([trade])
        latest |= volumes_of(meter.close_due(number * late_ms))
    latest |= volumes_of(meter.close_due(60_000_000))
    expected: dict[int, dict[Side, float]] = defaultdict(lambda: {Side.BUY: 0.0, Side.SELL: 0.0})
    for time_ms, side, quantity in printed:
        expected[time_ms - time_ms % 1000][side] += quantity
    if late_ms <= 100:  # nothing comes later than the meter remembers
        assert {ms: pytest.approx(volumes) for ms, volumes in latest.items()} == {
            ms: (volumes[Side.BUY], volumes[Side.SELL]) for ms, volumes in expected.items()
        }


def test_a_second_is_said_when_it_is_over_and_not_again() -> None:
    meter = TradeFlowMeter(500)
    meter.add([(100, Side.BUY, 2.0), (900, Side.SELL, 1.0)])
    assert meter.close_due(1_499) == []
    (second,) = meter.close_due(1_500)
    assert (second.second_ms, second.buy_volume, second.sell_volume, second.trades) == (0, 2.0, 1.0, 2)
    assert meter.close_due(3_000) == []


def test_a_late_trade_has_its_second_said_again_with_all_its_trades() -> None:
    meter = TradeFlowMeter(500)
    meter.add([(100, Side.BUY, 2.0)])
    meter.close_due(1_500)
    meter.add([(200, Side.BUY, 3.0)])
    (second,) = meter.close_due(1_600)
    assert second.buy_volume == 5.0


def test_flow_is_published_by_instrument() -> None:
    desk = Desk().following(scanned("BTC"))
    desk.say(TradesSeen, venue=VENUE, symbol="BTC/USDT", trades=((NOON_MS, Side.BUY, 1.5),))
    (flow,) = published(desk.wait(2), TradeFlow)
    assert (flow.symbol, flow.second, flow.buy_volume, flow.sell_volume) == ("BTC/USDT", NOON, 1.5, 0.0)
