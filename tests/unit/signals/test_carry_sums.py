"""The sums of cash and carry and of the basis between venues, worked by hand."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.signals.rig import START
from tests.unit.signals.senders import perpetual_of, spot_of

from poise_common.contracts.market_data import FundingRate, OrderBook
from poise_common.contracts.packages import CloseReason
from poise_common.domain.instruments import Instrument, InstrumentKind
from poise_common.domain.order_books import Level
from poise_signals.domain.config import StrategiesConfig
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.strategies.cash_and_carry import CashAndCarry, CashAndCarryParameters
from poise_signals.domain.strategies.cross_venue_basis import (
    CrossVenueBasis,
    CrossVenueBasisParameters,
    VolatilityMultiplier,
    expected_annual_return,
)
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, Unpriced

Shipped = Callable[..., StrategiesConfig]
_ID = UUID(int=1)
SPOT = spot_of("ETH")
ELSEWHERE = perpetual_of("ETH", venue="paper_okx")


def future(days: float) -> Instrument:
    expires_at = START + timedelta(days=days)
    symbol = f"ETH/USDT:USDT-{expires_at:%y%m%d}"
    kind = InstrumentKind.LINEAR_FUTURE
    return perpetual_of("ETH", symbol=symbol, kind=kind, funding_interval_s=None, expires_at=expires_at)


def book(instrument: Instrument, bid: float, ask: float, depth: float = 1_000.0) -> OrderBook:
    return OrderBook.first(
        _ID,
        "ingestion",
        START,
        venue=instrument.venue,
        symbol=instrument.symbol,
        tier=1,
        sequence=1,
        venue_time=START,
        received_at=START,
        bids=(Level(bid, depth), Level(bid * 0.99, depth)),
        asks=(Level(ask, depth), Level(ask * 1.01, depth)),
    )


def funding(rate: float) -> FundingRate:
    """So many settled rates that they count for nearly all of their mean: n / (n + 6) of it."""
    return FundingRate.first(
        _ID,
        "ingestion",
        START,
        venue=ELSEWHERE.venue,
        symbol=ELSEWHERE.symbol,
        funding_rate_per_interval=rate,
        next_funding_at=START + timedelta(hours=4),
        interval_s=28_800,
        settled_rates_per_interval=(rate,) * 54,
        mark_price=100.0,
        index_price=100.0,
        received_at=START,
    )


class Table:
    """A strategy, one candidate of it, and its market."""

    def __init__(self, config: StrategiesConfig, strategy: CashAndCarry | CrossVenueBasis, short: Instrument) -> None:
        self.strategy = strategy
        self.market = MarketView(config)
        self.candidate: Candidate = strategy.held_candidate(HeldLegs("ETH", 1, "ETH", SPOT, short))

    def show(self, spot: tuple[float, float], short: tuple[float, float], depth: float = 1_000.0) -> "Table":
        self.market.take_book(self.candidate.long_id, book(SPOT, *spot, depth))
        self.market.take_book(self.candidate.short_id, book(self.candidate.short_instrument, *short, depth))
        return self

    def entry(self, notional_usd: float = 10_000.0) -> Edge:
        edge = self.strategy.entry(self.candidate, self.market, notional_usd, START)
        assert isinstance(edge, Edge)
        return edge

    def exit(self, held_for: timedelta = timedelta(), now_in: timedelta = timedelta()) -> EdgeLeft:
        held = Held(100.0, 100.0, 0.003, START - held_for)
        left = self.strategy.exit(self.candidate, self.market, held, START + now_in)
        assert isinstance(left, EdgeLeft)
        return left


def carry(shipped: Shipped, days: float, **changes: object) -> Table:
    config = shipped(cash_and_carry=changes)
    block = config.block("cash_and_carry")
    assert isinstance(block, CashAndCarryParameters)
    return Table(config, CashAndCarry(block, config), future(days))


def across(shipped: Shipped, rate: float = 0.0, *, short: Instrument = ELSEWHERE, **changes: object) -> Table:
    config = shipped(cross_venue_basis=changes)
    block = config.block("cross_venue_basis")
    assert isinstance(block, CrossVenueBasisParameters)
    table = Table(config, CrossVenueBasis(block, config), short)
    table.market.take_funding(table.candidate.short_id, funding(rate))
    return table


def test_cash_and_carry_earns_its_basis_less_costs_by_the_expiry(shipped: Shipped) -> None:
    edge = carry(shipped, 73).show((99.99, 100.0), (101.0, 101.01)).entry()
    # (101.0 - 100.0) / 100.0 = 100 bps; fees 5 + 5 in and 2 + 2 out; buffer 3: 83 bps.
    assert edge.basis == pytest.approx(0.01)
    assert edge.frictions.fees == pytest.approx(0.0014)
    assert edge.net_yield == pytest.approx(0.0083)
    # Middles 99.995 and 101.005: (101.005 - 99.995) / 99.995 = 101.005 bps; 1.005 bps of it are slippage.
    assert edge.frictions.slippage == pytest.approx(0.010100505 - 0.01, abs=1e-9)
    # 73 days are a fifth of a year, on 1.5 of capital: 0.83 % × 5 / 1.5 = 2.7667 %.
    assert edge.net_apr == pytest.approx(0.0083 * 5 / 1.5)


@pytest.mark.parametrize(
    ("days", "premium", "why_not"),
    [
        (73, 2.0, None),
        (73, 1.0, "net APR 2.77% is below"),
        (73, 0.2, "net yield 0.0300% is below"),
        (2.9, 2.0, "2.9 days to expiry are fewer than 3"),
        (3.1, 2.0, None),
    ],
)
def test_cash_and_carry_enters_by_yield_by_the_year_and_not_too_late(
    shipped: Shipped, days: float, premium: float, why_not: str | None
) -> None:
    edge = carry(shipped, days).show((99.99, 100.0), (100 + premium, 100.01 + premium)).entry()
    assert (edge.why_not or "").startswith(why_not or "")
    assert (edge.why_not is None) == (why_not is None)


def test_cash_and_carry_leaves_with_its_basis_or_before_its_expiry(shipped: Shipped) -> None:
    table = carry(shipped, 10).show((100.0, 100.01), (100.2, 100.21))
    assert table.exit().close is None
    assert table.exit().premium == pytest.approx(0.0021)
    table.show((100.0, 100.01), (99.99, 100.0))
    assert table.exit().close is CloseReason.CONVERGED


def test_cash_and_carry_is_closed_so_long_before_its_expiry(shipped: Shipped) -> None:
    table = carry(shipped, 5, leave_before_expiry_h=30.0)
    times = {hours: START + timedelta(days=5, hours=-hours) for hours in (31, 29)}
    for hours, now in times.items():
        for instrument, bid in ((SPOT, 100.0), (table.candidate.short_instrument, 100.5)):
            fresh = book(instrument, bid, bid + 0.01).model_copy(update={"received_at": now, "venue_time": now})
            table.market.take_book(instrument.id, fresh)
        left = table.strategy.exit(table.candidate, table.market, Held(1.0, 1.0, 0.0, START), now)
        assert isinstance(left, EdgeLeft)
        assert (left.close is CloseReason.EXPIRY) == (hours == 29)


def test_a_future_that_has_expired_has_no_price(shipped: Shipped) -> None:
    table = carry(shipped, -0.1).show((99.99, 100.0), (101.0, 101.01))
    priced = table.strategy.entry(table.candidate, table.market, 1_000.0, START)
    assert isinstance(priced, Unpriced)
    assert "has expired" in priced.reason


def test_a_year_of_the_basis_and_its_funding_is_compounded() -> None:
    # 0.3 % and 21 settlements of 0.01 % in a week: 1.003 + 1.0001^21 - 1 = 1.0051021, 52.142857 times: 30.39 %.
    yearly = expected_annual_return(basis=0.003, funding_rate=0.0001, intervals=21, days=7)
    assert yearly == pytest.approx(1.00510210 ** (365 / 7) - 1, rel=1e-6)
    assert yearly == pytest.approx(0.3039, abs=1e-4)
    # A discount earns as much as a premium, and funding that is paid takes from it.
    assert expected_annual_return(basis=-0.003, funding_rate=0.0001, intervals=21, days=7) == yearly
    assert expected_annual_return(basis=0.003, funding_rate=-0.0001, intervals=21, days=7) < yearly


@given(st.floats(0, 0.05), st.floats(1, 365))
def test_a_year_of_a_basis_round_trips(basis: float, days: float) -> None:
    yearly = expected_annual_return(basis=basis, funding_rate=0.0, intervals=0, days=days)
    assert (1 + yearly) ** (days / 365) - 1 == pytest.approx(basis, abs=1e-9)


def test_a_basis_between_venues_must_pass_by_itself_by_its_yield_and_by_the_year(shipped: Shipped) -> None:
    # 40 bps less 14 of fees and 3 of buffer: 23 bps, 52.14 weeks a year on 1.5 of capital: 8.0 % a year.
    edge = across(shipped).show((99.99, 100.0), (100.4, 100.41)).entry()
    assert edge.why_not is None
    assert edge.net_yield == pytest.approx(0.0023)
    assert edge.net_apr == pytest.approx(0.0023 * 365 / 7 / 1.5)
    for premium, why_not in ((0.19, "basis 0.1900% is not above"), (0.24, "net yield 0.0700% is below")):
        assert (across(shipped).show((99.99, 100.0), (100 + premium, 101)).entry().why_not or "").startswith(why_not)
    # 0.28 % a week, compounded: 1.0028^52.14 - 1 = 15.7 %.
    assert across(shipped).show((99.99, 100.0), (100.28, 101)).entry().why_not is None
    choosy = across(shipped, expected_return_min_pct=16).show((99.99, 100.0), (100.28, 101)).entry()
    assert (choosy.why_not or "").startswith("expected return 15.7")


def test_a_basis_between_venues_is_left_when_it_has_gone_or_took_too_long(shipped: Shipped) -> None:
    table = across(shipped).show((100.0, 100.01), (100.09, 100.1))
    assert table.exit().close is None
    assert table.exit(held_for=timedelta(days=7)).close is CloseReason.AGE
    table.show((100.0, 100.01), (100.03, 100.04))
    assert table.exit().close is CloseReason.CONVERGED


def test_candidates_contend_by_return_over_the_risk_of_their_venues(shipped: Shipped) -> None:
    edge = across(shipped).show((99.99, 100.0), (100.4, 100.41)).entry()
    # (1.2 of paper + 1.3 of paper_okx) / 2 = 1.25; volatility is not known yet, so 3 times that.
    assert edge.risk_score == pytest.approx(1.25 * 3)
    assert edge.score == pytest.approx(edge.net_apr / 3.75)
    nowhere = across(shipped, short=perpetual_of("ETH", venue="nowhere")).show((99.99, 100.0), (100.4, 100.41)).entry()
    assert nowhere.risk_score == pytest.approx((1.2 + 3.0) / 2 * 3)


def test_volatility_multiplies_risk_between_its_bounds() -> None:
    multiplier = VolatilityMultiplier(reference_bps=7, least=1, most=3)
    assert [multiplier.of(bps) for bps in (None, 3.5, 14, 70)] == [3, 1, 2, 3]


@given(st.floats(1_000, 150_000), st.floats(1.001, 3.0), st.floats(1.0, 20.0))
def test_no_strategy_earns_more_per_unit_on_a_larger_notional(
    shipped: Shipped, notional_usd: float, larger: float, depth: float
) -> None:
    for table in (carry(shipped, 60), across(shipped)):
        table.show((99.99, 100.0), (101.0, 101.01), depth * 100)
        small, large = (
            table.strategy.entry(table.candidate, table.market, size, START)
            for size in (notional_usd, notional_usd * larger)
        )
        if isinstance(small, Unpriced):
            assert isinstance(large, Unpriced)
        elif isinstance(large, Edge):
            assert large.net_yield <= small.net_yield + 1e-12
            assert large.net_apr <= small.net_apr + 1e-9
