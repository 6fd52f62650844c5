"""OKX's names and contracts for what the exchange lists, both ways."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.dated.terms import DatedTerms
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.okx.instruments import InstrumentNames, InstType, OkxInstrument
from poise_simulator.okx.wire import number

START_MS = 1_790_000_000_000


def _listed() -> tuple[InstrumentNames, Sequence[OkxInstrument]]:
    exchange = Exchange(ExchangeConfig(dated=DatedTerms()), seed=1, start_ms=START_MS)
    names = InstrumentNames()
    names.learn(exchange.instruments.values())
    return names, [item for kind in InstType for item in names.of_type(kind)]


NAMES, EVERY = _listed()


def test_names_say_what_kind_an_instrument_is() -> None:
    assert NAMES.of(Market.SPOT, "BTCUSDT").inst_id == "BTC-USDT"
    assert NAMES.of(Market.FUTURES, "BTCUSDT").inst_id == "BTC-USDT-SWAP"


def test_a_dated_future_is_named_by_the_day_it_expires() -> None:
    dated = NAMES.of_type("FUTURES")
    assert {item.listed.base for item in dated} == {"BTC", "ETH"}
    # The start is 2026-09-21; the last Fridays of the running quarter and of the next are 09-25 and 12-25.
    assert "BTC-USDT-261225" in {item.inst_id for item in dated}


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.inst_id)
def test_every_name_leads_back_to_its_book(item: OkxInstrument) -> None:
    assert NAMES.find(item.inst_id) is item
    assert NAMES.find_code(item.code) is item
    assert NAMES.of(item.listed.market, item.listed.symbol) is item


@given(item=st.sampled_from(EVERY), lots=st.integers(min_value=1, max_value=10**9))
def test_sizes_and_quantities_turn_into_each_other_without_remainder(item: OkxInstrument, lots: int) -> None:
    quantity = lots * item.listed.step_size
    size = Decimal(item.size(quantity))
    assert size == lots * item.lot_size
    assert item.quantity_of(size) == quantity
    assert item.listed.lots_of(item.quantity_of(size)) == lots


@pytest.mark.parametrize(
    ("inst_id", "contract_value", "lot_size"),
    [
        ("BTC-USDT-SWAP", "0.01", "0.1"),
        ("ETH-USDT-SWAP", "0.1", "0.01"),
        ("SOL-USDT-SWAP", "1", "0.01"),
        ("XRP-USDT-SWAP", "100", "0.001"),
        ("DOGE-USDT-SWAP", "1000", "0.001"),
        ("BTC-USDT", "1", "0.00001"),
    ],
)
def test_contracts_are_those_of_the_venue(inst_id: str, contract_value: str, lot_size: str) -> None:
    item = NAMES.find(inst_id)
    assert item is not None
    assert (item.contract_value, item.lot_size) == (Decimal(contract_value), Decimal(lot_size))


def test_what_has_not_changed_keeps_its_object_and_what_is_gone_has_no_name() -> None:
    names = InstrumentNames()
    everything = [item.listed for item in EVERY]
    names.learn(everything)
    before = names.find("BTC-USDT")
    names.learn([one for one in everything if one.base != "ETH"])
    assert names.find("BTC-USDT") is before
    assert names.find("ETH-USDT") is None
    assert not names.has_index("ETH-USDT")


@given(st.decimals(min_value=Decimal("-1e12"), max_value=Decimal("1e12"), allow_nan=False, places=8))
def test_numbers_are_written_in_full_and_as_short_as_can_be(value: Decimal) -> None:
    text = number(value)
    assert Decimal(text) == value
    assert "E" not in text.upper()
    assert not ("." in text and text.endswith("0"))
    assert text != "-0"
