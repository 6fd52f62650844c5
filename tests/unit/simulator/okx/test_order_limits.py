"""How many orders an account may send: by instrument, by whichever way it sends them, and in all."""

from collections.abc import Callable

import pytest

from poise_simulator.domain.exchange import Exchange
from poise_simulator.okx.endpoint import Endpoint
from poise_simulator.okx.errors import OkxError
from poise_simulator.okx.gate import charge
from poise_simulator.okx.parameters import Parameters
from poise_simulator.okx.trading import CANCEL, PLACE, PLACE_MANY
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.keys import ApiKey, KeyRing

NAME = "alice"
KEY = ApiKey(NAME, NAME, NAME, passphrase=NAME)
SPOT, SWAP = Parameters({"instId": "BTC-USDT"}), Parameters({"instId": "BTC-USDT-SWAP"})


@pytest.fixture
def venue(still_exchange: Callable[..., Exchange]) -> OkxVenue:
    exchange = still_exchange()
    return OkxVenue(exchange, clock_ms=lambda: exchange.now_ms, keys=KeyRing([KEY]))


def code_of(venue: OkxVenue, endpoint: Endpoint, rows: list[Parameters]) -> int | None:
    """Count a request; returns the code that it is refused with, None where it isn't."""
    try:
        charge(venue, endpoint, "here", KEY, rows)
    except OkxError as error:
        return error.code
    return None


def test_an_instrument_takes_sixty_orders_in_two_seconds_and_another_its_own(venue: OkxVenue) -> None:
    assert {code_of(venue, PLACE, [SPOT]) for _ in range(60)} == {None}
    assert code_of(venue, PLACE, [SPOT]) == 50011
    assert code_of(venue, PLACE, [SWAP]) is None
    assert code_of(venue, CANCEL, [SPOT]) is None


def test_a_batch_of_one_counts_as_an_order_and_one_of_more_row_by_row(venue: OkxVenue) -> None:
    assert {code_of(venue, PLACE_MANY, [SPOT]) for _ in range(60)} == {None}
    assert code_of(venue, PLACE, [SPOT]) == 50011
    assert {code_of(venue, PLACE_MANY, [SPOT] * 20) for _ in range(15)} == {None}
    assert code_of(venue, PLACE_MANY, [SPOT] * 2) == 50011


def test_an_instrument_named_by_its_number_is_the_same_one(venue: OkxVenue) -> None:
    by_number = Parameters({"instIdCode": venue.instrument("BTC-USDT").code})
    assert {code_of(venue, PLACE, [row]) for row in [SPOT, by_number] * 30} == {None}
    assert code_of(venue, PLACE, [by_number]) == 50011


def test_an_account_sends_a_thousand_orders_in_two_seconds_of_all_instruments(venue: OkxVenue) -> None:
    rows = [Parameters({"instId": f"A{number}-USDT"}) for number in range(1_001)]
    assert {code_of(venue, PLACE, [row]) for row in rows[:1_000]} == {None}
    assert code_of(venue, PLACE, [rows[1_000]]) == 50061
    assert code_of(venue, CANCEL, [SPOT]) is None
