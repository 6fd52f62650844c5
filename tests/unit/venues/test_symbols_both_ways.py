"""Names and sizes at both protocols, there and back: what the venue lists, what the desk says, what an order says."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.venues.okx.markets import okx

from poise_common.domain.instruments import Instrument, InstrumentKind
from poise_venues import ccxt_modules
from poise_venues.dialects import Fees
from poise_venues.instruments import base_units, instrument_of, to_contracts

D = Decimal
_FILTERS = [
    {"filterType": "PRICE_FILTER", "tickSize": "0.10", "minPrice": "0.10", "maxPrice": "1000000"},
    {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001", "maxQty": "1000"},
    {"filterType": "MIN_NOTIONAL", "notional": "100", "minNotional": "100"},
]
_SPOT = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "permissions": ["SPOT"],
    "isSpotTradingAllowed": True,
    "filters": _FILTERS,
}
_PERPETUAL = _SPOT | {"marginAsset": "USDT", "contractType": "PERPETUAL", "deliveryDate": 4133404800000}
_DATED = _PERPETUAL | {
    "symbol": "BTCUSDT_261225",
    "contractType": "CURRENT_QUARTER",
    "deliveryDate": 1798185600000,
}


@cache
def binance() -> Any:
    """ccxt's own exchange with three markets, without a network."""
    loaded_before: dict[str, list[Any]] = {"crossMarginPairsData": [], "isolatedMarginPairsData": []}
    exchange = ccxt_modules.exchange_class("binance")({"asyncio_loop": None, "options": loaded_before})
    exchange.set_markets([exchange.parse_market(raw) for raw in (_SPOT, _PERPETUAL, _DATED)])
    return exchange


class Listed(NamedTuple):
    """A market, by what the venue and the desk call it."""

    exchange: Callable[[], Any]
    market_id: str
    market_type: str | None
    symbol: str
    kind: InstrumentKind
    contract_size: Decimal


each_market = pytest.mark.parametrize(
    "listed",
    [
        Listed(binance, "BTCUSDT", "spot", "BTC/USDT", InstrumentKind.SPOT, D(1)),
        Listed(binance, "BTCUSDT", "contract", "BTC/USDT:USDT", InstrumentKind.LINEAR_PERPETUAL, D(1)),
        Listed(binance, "BTCUSDT_261225", "contract", "BTC/USDT:USDT-261225", InstrumentKind.LINEAR_FUTURE, D(1)),
        Listed(okx, "BTC-USDT", None, "BTC/USDT", InstrumentKind.SPOT, D(1)),
        Listed(okx, "BTC-USDT-SWAP", None, "BTC/USDT:USDT", InstrumentKind.LINEAR_PERPETUAL, D("0.01")),
        Listed(okx, "BTC-USDT-261225", None, "BTC/USDT:USDT-261225", InstrumentKind.LINEAR_FUTURE, D("0.01")),
    ],
    ids=lambda listed: f"{listed.exchange.__name__} {listed.symbol}",
)


def instrument(exchange: Any, symbol: str) -> Instrument:
    interval_s = 28_800 if exchange.market(symbol)["swap"] else None
    fees = Fees(D("0.0005"), D("0.0002"))
    return instrument_of("venue", exchange.market(symbol), fees=fees, margin=None, funding_interval_s=interval_s)


@each_market
def test_a_symbol_and_the_venues_name_are_of_the_same_market(listed: Listed) -> None:
    exchange = listed.exchange()
    assert exchange.market(listed.symbol)["id"] == listed.market_id
    assert exchange.safe_market(listed.market_id, None, None, listed.market_type)["symbol"] == listed.symbol
    found = instrument(exchange, listed.symbol)
    assert (found.kind, found.contract_size) == (listed.kind, listed.contract_size)
    assert (found.expires_at is not None) == (listed.kind is InstrumentKind.LINEAR_FUTURE)


@each_market
@given(steps=st.integers(1, 10**6), ticks=st.integers(1, 10**7))
def test_what_the_desk_orders_is_what_the_venue_reads_and_answers(listed: Listed, steps: int, ticks: int) -> None:
    """The words of an order are those that `OrderEntry` sends, through ccxt's own rounding; nothing may be rounded."""
    exchange, symbol = listed.exchange(), listed.symbol
    found = instrument(exchange, symbol)
    quantity, price = found.quantity_step * steps, found.price_tick * ticks
    contracts = format(to_contracts(quantity, found.contract_size), "f")
    sent_size = D(exchange.amount_to_precision(symbol, contracts))
    sent_price = D(exchange.price_to_precision(symbol, format(price, "f")))
    assert base_units(exchange.market(symbol), sent_size, sent_price) == quantity
    assert sent_price == price
