from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_common.domain.instruments import InstrumentKind
from poise_venues.dialects import Fees, MarginTerms
from poise_venues.instruments import instrument_of, is_supported, to_base_units, to_contracts

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
    terms = MarginTerms(max_leverage=D(20), maintenance_margin_rate=D("0.01"))
    instrument = instrument_of("paper", market(**changes), fees=FEES, margin=terms, funding_interval_s=None)
    assert instrument.kind is kind
    assert (instrument.max_leverage, instrument.maintenance_margin_rate) == (D(20), D("0.01"))
    assert (instrument.expires_at is not None) == bool(changes.get("future"))


def test_closed_markets_and_options_are_not_supported() -> None:
    assert is_supported(market())
    assert not is_supported(market(active=False))
    assert not is_supported(market(swap=False, option=True))


@given(st.integers(1, 10**9), st.sampled_from([D(1), D("0.001"), D(10), D("0.0001")]))
def test_contracts_and_base_units_convert_there_and_back(contracts: int, size: Decimal) -> None:
    assert to_contracts(to_base_units(D(contracts), size), size) == contracts
