from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_common.domain.instruments import InstrumentKind
from poise_venues.dialects import Fees, MarginTerms
from poise_venues.errors import CountsInFace
from poise_venues.instruments import base_units, instrument_of, is_supported, kind_of, to_base_units, to_contracts

FEES = Fees(Decimal("0.0005"), Decimal("0.0002"))
D = Decimal


def market(**changes: Any) -> dict[str, Any]:
    """A market as ccxt shows it: a linear perpetual of 0.001 coins a contract."""
    return {
        "symbol": "BTC/USDT:USDT",
        "base": "BTC",
        "quote": "USDT",
        "settle": "USDT",
        "active": True,
        "spot": False,
        "swap": True,
        "future": False,
        "option": False,
        "contract": True,
        "linear": True,
        "inverse": False,
        "contractSize": 0.001,
        "expiry": None,
        "precision": {"price": 0.1, "amount": 1.0},
        "limits": {"amount": {"min": 2.0}, "cost": {"min": 5.0}},
    } | changes


def test_steps_and_minimums_are_in_base_units_whatever_the_venue_counts_in() -> None:
    instrument = instrument_of("okx", market(), fees=FEES, margin=None, funding_interval_s=14_400)
    assert (instrument.contract_size, instrument.quantity_step, instrument.min_quantity) == (
        D("0.001"),
        D("0.001"),
        D("0.002"),
    )
    assert instrument.price_tick == D("0.1")
    assert instrument.funding_interval_s == 14_400


def test_a_small_step_keeps_every_digit() -> None:
    spot = market(
        symbol="SHIB/USDT",
        spot=True,
        swap=False,
        contract=False,
        settle=None,
        contractSize=None,
        precision={"price": 1e-08, "amount": 1e-05},
    )
    instrument = instrument_of("paper", spot, fees=FEES, margin=None, funding_interval_s=60)
    assert instrument.kind is InstrumentKind.SPOT
    assert (instrument.price_tick, instrument.quantity_step) == (D("0.00000001"), D("0.00001"))
    assert instrument.funding_interval_s is None
    assert instrument.settle == "USDT"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, InstrumentKind.LINEAR_PERPETUAL),
        ({"swap": False, "future": True, "expiry": 1_800_000_000_000}, InstrumentKind.LINEAR_FUTURE),
        ({"linear": False, "inverse": True}, InstrumentKind.INVERSE_PERPETUAL),
        (
            {"linear": False, "inverse": True, "swap": False, "future": True, "expiry": 1_800_000_000_000},
            InstrumentKind.INVERSE_FUTURE,
        ),
    ],
)
def test_each_kind_of_derivative_is_told_apart(changes: dict[str, Any], kind: InstrumentKind) -> None:
    assert kind_of(market(**changes)) is kind


def test_a_dated_future_has_an_expiry_and_its_accounts_terms() -> None:
    terms = MarginTerms(max_leverage=D(20), maintenance_margin_rate=D("0.01"))
    dated = market(swap=False, future=True, expiry=1_800_000_000_000)
    instrument = instrument_of("paper", dated, fees=FEES, margin=terms, funding_interval_s=None)
    assert (instrument.max_leverage, instrument.maintenance_margin_rate) == (D(20), D("0.01"))
    assert instrument.expires_at is not None


def test_an_inverse_contract_has_no_steps_in_base_units_and_is_not_listed() -> None:
    inverse = market(symbol="BTC/USD:BTC", linear=False, inverse=True, contractSize=100)
    assert not is_supported(inverse)
    with pytest.raises(CountsInFace, match="BTC/USD:BTC"):
        instrument_of("okx", inverse, fees=FEES, margin=None, funding_interval_s=28_800)


def test_closed_markets_and_options_are_not_supported() -> None:
    assert is_supported(market())
    assert not is_supported(market(active=False))
    assert not is_supported(market(swap=False, option=True))


@given(st.integers(1, 10**9), st.sampled_from([D(1), D("0.001"), D(10), D("0.0001")]))
def test_contracts_and_base_units_convert_there_and_back(contracts: int, size: Decimal) -> None:
    assert to_contracts(to_base_units(D(contracts), size), size) == contracts


SIZES = [D(1), D("0.001"), D("0.01"), D("0.1"), D(10), D(100), D(1000)]


@given(
    lots=st.integers(1, 10**6),
    size=st.sampled_from(SIZES),
    lot=st.sampled_from([D(1), D("0.1"), D("0.01")]),
    ticks=st.integers(1, 10**7),
)
def test_what_is_on_the_steps_in_base_units_is_on_the_venues_own(
    lots: int, size: Decimal, lot: Decimal, ticks: int
) -> None:
    listed = market(
        contractSize=float(size),
        precision={"price": 0.01, "amount": float(lot)},
        limits={"amount": {"min": float(lot)}, "cost": {"min": None}},
    )
    instrument = instrument_of("okx", listed, fees=FEES, margin=None, funding_interval_s=28_800)
    quantity = instrument.quantity_step * lots
    assert instrument.round_quantity(quantity) == quantity >= instrument.min_quantity
    contracts = to_contracts(quantity, instrument.contract_size)
    assert contracts == lot * lots
    assert base_units(listed, contracts, None) == quantity
    price = instrument.price_tick * ticks
    assert instrument.round_price(price) == price


@given(contracts=st.integers(1, 10**6), price=st.decimals(D("0.01"), D(10**6), places=2))
def test_an_inverse_contract_is_worth_its_face_at_a_price(contracts: int, price: Decimal) -> None:
    """By hand: 3 contracts of 100 dollars at 60,000 are 300 / 60,000 = 0.005 coins."""
    inverse = market(symbol="BTC/USD:BTC", linear=False, inverse=True, contractSize=100)
    assert base_units(inverse, D(3), D(60_000)) == D("0.005")
    assert base_units(inverse, D(contracts), price) * price == pytest.approx(D(100 * contracts))
    with pytest.raises(ValueError, match="no price"):
        base_units(inverse, D(contracts), None)
