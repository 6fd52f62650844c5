"""Scenarios pull the market's levers along their way, and let go of them again."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market, TradingStatus
from poise_simulator.domain.levers import UNTOUCHED, MarketLevers, Pull
from poise_simulator.domain.orders import OrderRequest, OrderType, Side
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.scenarios.paths import Keyframe, pull_along
from poise_simulator.domain.scenarios.presets import PRESETS
from poise_simulator.domain.views import BookView

START_MS = 1_790_000_000_000
BASES = ("BTC", "SOL", "XRP", "USDC")
SPOT, FUTURES = Market.SPOT, Market.FUTURES


def new_exchange(seed: int = 3) -> Exchange:
    assets = tuple(asset for asset in CATALOGUE if asset.base in BASES)
    exchange = Exchange(ExchangeConfig(assets=assets, funding_interval_s=20), seed=seed, start_ms=START_MS)
    exchange.advance(START_MS + 5_000)
    return exchange


def after(exchange: Exchange, seconds: float) -> None:
    exchange.advance(exchange.now_ms + round(seconds * 1_000))


def mid(book: BookView) -> float:
    return float(book.bids[0][0] + book.asks[0][0]) / 2


def spread_bps(book: BookView) -> float:
    return float(book.asks[0][0] - book.bids[0][0]) / mid(book) * 1e4


def depth_usd(book: BookView) -> float:
    return sum(float(p * q) for p, q in (*book.bids, *book.asks))


def books(exchange: Exchange) -> dict[tuple[Market, str], BookView]:
    return {key: exchange.book(*key) for key in exchange.instruments}


def buy(market: Market = SPOT, symbol: str = "SOLUSDT", quantity: str = "1") -> OrderRequest:
    return OrderRequest(market, symbol, Side.BUY, OrderType.MARKET, quantity=Decimal(quantity))


def test_a_correlated_crash_takes_all_assets_down_together_in_thin_books_and_leaves_them_there() -> None:
    exchange = new_exchange()
    before = books(exchange)
    exchange.start_scenario("correlated-crash", duration_s=30)
    after(exchange, 15)
    halfway = {key: mid(book) / mid(before[key]) for key, book in books(exchange).items() if key[1] != "USDCUSDT"}
    assert all(0.74 < moved < 0.81 for moved in halfway.values()), halfway
    after(exchange, 30)
    for key, book in books(exchange).items():
        is_stable = key[1] == "USDCUSDT"
        assert mid(book) / mid(before[key]) == pytest.approx(1.0 if is_stable else 0.6, rel=0.02)
        assert depth_usd(book) / depth_usd(before[key]) == pytest.approx(1.0 if is_stable else 0.06, rel=0.35)
    assert float(exchange.mark("BTCUSDT").mark) == pytest.approx(mid(exchange.book(FUTURES, "BTCUSDT")), rel=0.005)


def test_what_is_ended_eases_off() -> None:
    exchange = new_exchange()
    before = books(exchange)
    exchange.start_scenario("correlated-crash", duration_s=2)
    after(exchange, 3)
    exchange.end_scenario("correlated-crash")
    after(exchange, 5)
    assert 0.74 < mid(exchange.book(SPOT, "BTCUSDT")) / mid(before[SPOT, "BTCUSDT"]) < 0.81
    after(exchange, 6)
    assert exchange.scenarios() == []
    for key, book in books(exchange).items():
        assert mid(book) == pytest.approx(mid(before[key]), rel=0.02)
        assert depth_usd(book) == pytest.approx(depth_usd(before[key]), rel=0.35)


def test_a_single_asset_triples_comes_back_and_is_delisted_while_the_others_trade_on() -> None:
    exchange = new_exchange()
    before = books(exchange)
    assert exchange.start_scenario("single-asset-anomaly", asset="SOL", duration_s=6).asset == "SOL"
    after(exchange, 2.2)
    for market in Market:
        assert mid(exchange.book(market, "SOLUSDT")) / mid(before[market, "SOLUSDT"]) == pytest.approx(3.0, rel=0.05)
        assert mid(exchange.book(market, "BTCUSDT")) == pytest.approx(mid(before[market, "BTCUSDT"]), rel=0.01)
    after(exchange, 5)
    halted = {key for key, one in exchange.instruments.items() if one.status is TradingStatus.HALTED}
    assert halted == {(SPOT, "SOLUSDT"), (FUTURES, "SOLUSDT")}
    assert mid(exchange.book(SPOT, "SOLUSDT")) == pytest.approx(mid(before[SPOT, "SOLUSDT"]), rel=0.2)
    with pytest.raises(Rejected, match="trading_halted"):
        exchange.submit("paper", buy())
    exchange.submit("paper", buy(symbol="XRPUSDT", quantity="10"))
    exchange.end_scenario("single-asset-anomaly")
    after(exchange, 1)
    exchange.submit("paper", buy())


def test_an_anomaly_strikes_what_most_is_held_of() -> None:
    exchange = new_exchange()
    sell = OrderRequest(FUTURES, "XRPUSDT", Side.SELL, OrderType.MARKET, quantity=Decimal(500))
    exchange.submit("paper", buy(FUTURES, "SOLUSDT", "1"))
    exchange.submit("paper", sell)
    assert exchange.start_scenario("single-asset-anomaly").asset == "XRP"


def test_in_a_liquidity_crisis_little_stands_in_the_books_and_far_from_the_middle_until_it_is_over() -> None:
    exchange = new_exchange()
    before = books(exchange)
    exchange.start_scenario("liquidity-crisis", duration_s=10)
    after(exchange, 5)
    for key, book in books(exchange).items():
        assert depth_usd(book) / depth_usd(before[key]) == pytest.approx(0.05, rel=0.35)
        assert spread_bps(book) / spread_bps(before[key]) == pytest.approx(20, rel=0.15)
        assert mid(book) == pytest.approx(mid(before[key]), rel=0.01)
    after(exchange, 6)
    assert exchange.scenarios() == []
    for key, book in books(exchange).items():
        assert depth_usd(book) == pytest.approx(depth_usd(before[key]), rel=0.35)
        assert spread_bps(book) == pytest.approx(spread_bps(before[key]), rel=0.15)


def test_funding_flips_and_stays_for_all_or_for_one() -> None:
    exchange = new_exchange()
    exchange.start_scenario("funding-flip", asset="SOL", duration_s=2)
    after(exchange, 60)
    settled = [rate.rate for rate in exchange.funding_history("SOLUSDT", limit=3)]
    assert settled == [Decimal("-0.0005")] * 3
    assert exchange.mark("SOLUSDT").funding_rate == Decimal("-0.0005")
    assert abs(exchange.mark("BTCUSDT").funding_rate) < Decimal("0.0001")
    exchange.end_scenario("funding-flip")
    exchange.advance(exchange.now_ms + 11_000)
    exchange.start_scenario("funding-flip")
    after(exchange, 10)
    assert exchange.mark("BTCUSDT").funding_rate == Decimal("-0.0005")


@pytest.mark.parametrize(
    ("coin", "moved"),
    [(None, {"BTCUSDT": 1 / 0.9, "SOLUSDT": 1 / 0.9, "USDCUSDT": 1 / 0.9}), ("USDC", {"BTCUSDT": 1, "USDCUSDT": 0.9})],
)
def test_a_depegged_coin_is_worth_less_in_whatever_it_is_counted(coin: str | None, moved: dict[str, float]) -> None:
    exchange = new_exchange()
    before = {symbol: mid(exchange.book(SPOT, symbol)) for symbol in moved}
    exchange.start_scenario("stablecoin-depeg", asset=coin, duration_s=5)
    after(exchange, 20)
    now = {symbol: mid(exchange.book(SPOT, symbol)) / price for symbol, price in before.items()}
    assert now == pytest.approx(moved, rel=0.02)


def test_an_outage_begins_with_the_trade_of_the_next_entry_and_passes() -> None:
    exchange = new_exchange()
    exchange.submit("paper", buy(quantity="2"))
    exchange.start_scenario("venue-outage", duration_s=4)
    after(exchange, 30)
    exchange.submit("paper", OrderRequest(SPOT, "SOLUSDT", Side.SELL, OrderType.MARKET, quantity=Decimal(1)))
    assert not exchange.is_in_maintenance
    exchange.submit("paper", buy())
    assert exchange.is_in_maintenance
    after(exchange, 3.5)
    assert exchange.is_in_maintenance
    after(exchange, 1)
    assert not exchange.is_in_maintenance
    assert exchange.scenarios() == []


def test_maintenance_by_hand_and_an_outage_do_not_end_each_other() -> None:
    exchange = new_exchange()
    exchange.set_maintenance(on=True)
    exchange.start_scenario("venue-outage", duration_s=2)
    exchange.submit("paper", buy())
    after(exchange, 3)
    assert exchange.is_in_maintenance
    exchange.set_maintenance(on=False)
    assert not exchange.is_in_maintenance


@pytest.mark.parametrize(
    ("name", "parameters", "reason", "told"),
    [
        ("plague", {}, RejectReason.UNKNOWN_SCENARIO, "venue-outage"),
        ("single-asset-anomaly", {"asset": "GOLD"}, RejectReason.UNKNOWN_ASSET, "SOL"),
        ("single-asset-anomaly", {"asset": "USDC"}, RejectReason.UNKNOWN_ASSET, "SOL"),
        ("stablecoin-depeg", {"asset": "BTC"}, RejectReason.UNKNOWN_ASSET, "USDT, USDC"),
        ("correlated-crash", {"asset": "BTC"}, RejectReason.UNKNOWN_ASSET, "every asset"),
        ("correlated-crash", {"duration_s": 0.0}, RejectReason.INVALID_AMOUNT, "above 0"),
    ],
)
def test_what_cannot_be_started_says_what_could(
    name: str, parameters: dict[str, float], reason: RejectReason, told: str
) -> None:
    exchange = new_exchange()
    with pytest.raises(Rejected, match=told) as caught:
        exchange.start_scenario(name, **parameters)  # type: ignore[arg-type]  # keywords of any preset
    assert caught.value.reason is reason
    assert exchange.scenarios() == []


def test_a_scenario_runs_once_at_a_time_and_ends_only_when_it_runs() -> None:
    exchange = new_exchange()
    exchange.start_scenario("funding-flip")
    with pytest.raises(Rejected) as caught:
        exchange.start_scenario("funding-flip")
    assert caught.value.reason is RejectReason.SCENARIO_RUNS
    with pytest.raises(Rejected) as caught:
        exchange.end_scenario("venue-outage")
    assert caught.value.reason is RejectReason.SCENARIO_RUNS_NOT
    exchange.start_scenario("venue-outage")
    exchange.end_scenario("venue-outage")
    assert [view.name for view in exchange.scenarios()] == ["funding-flip"]


@pytest.mark.parametrize("name", PRESETS)
def test_a_scenario_is_the_same_however_time_is_sliced_and_whatever_ran_before_is_untouched(name: str) -> None:
    def run(slices: int) -> list[BookView]:
        exchange = new_exchange(seed=11)
        exchange.start_scenario(name, duration_s=4)
        for _ in range(slices):
            after(exchange, 6 / slices)
        return [exchange.book(*key) for key in exchange.instruments]

    assert run(1) == run(60)


def test_a_market_without_a_scenario_is_the_one_it_always_was() -> None:
    struck, calm = new_exchange(seed=5), new_exchange(seed=5)
    calm_before = books(calm)
    assert calm_before == books(struck)
    struck.start_scenario("venue-outage")
    after(struck, 5)
    after(calm, 5)
    assert books(struck) == books(calm)


pulls = st.builds(
    Pull, price=st.floats(0.1, 10), premium=st.floats(-0.1, 0.1), depth=st.floats(0.01, 2), spread=st.floats(1, 50)
)


@given(st.lists(pulls, min_size=2, max_size=5), st.floats(0, 3))
def test_a_path_stays_between_its_keyframes(stops: list[Pull], share: float) -> None:
    path = [Keyframe(index / (len(stops) - 1), pull) for index, pull in enumerate(stops)]
    at = pull_along(path, share)
    here = max(index for index, frame in enumerate(path) if frame.at <= share)
    ends = [stops[here], stops[min(here + 1, len(stops) - 1)]]
    prices, premiums = [end.price for end in ends], [end.premium for end in ends]
    assert min(prices) * (1 - 1e-9) <= at.price <= max(prices) * (1 + 1e-9)
    assert min(premiums) - 1e-12 <= at.premium <= max(premiums) + 1e-12
    assert (at.depth, at.spread) == (ends[0].depth, ends[0].spread)
    assert pull_along(path, 1.0) == stops[-1]


@given(st.lists(st.tuples(st.integers(0, 3), pulls), max_size=6))
def test_pulls_add_up_in_any_order_and_are_let_go_of(all_pulls: list[tuple[int, Pull]]) -> None:
    forwards, backwards = MarketLevers(4), MarketLevers(4)
    for column, pull in all_pulls:
        forwards.pull([column], pull)
    for column, pull in reversed(all_pulls):
        backwards.pull([column], pull)
    for name in ("price", "premium", "depth", "spread"):
        np.testing.assert_allclose(getattr(forwards, name), getattr(backwards, name), rtol=1e-9, atol=1e-12)
    forwards.pull([0, 1], UNTOUCHED)
    forwards.release()
    assert forwards.price.tolist() == [1.0] * 4
    assert forwards.premium.tolist() == [0.0] * 4
