"""Refusals, as the ccxt exceptions that the real venue causes."""

from typing import Any

import ccxt
import pytest

from poise_simulator.app import Simulator

SPOT, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"
# ccxt knows a futures code's narrower class by the real host's name only; the code itself is what counts.
_PLAIN = ccxt.ExchangeError


async def _price(client: Any, symbol: str, share: float) -> str:
    book = await client.fetch_order_book(symbol, 5)
    return str(client.price_to_precision(symbol, book["bids"][0][0] * share))


async def _order(client: Any, traded: str, **params: object) -> None:
    request = {"symbol": "BTCUSDT", "side": "BUY", **params}
    place = client.privatePostOrder if traded == SPOT else client.fapiPrivatePostOrder
    await place(request)


async def test_an_unknown_key_is_an_authentication_error(client: Any) -> None:
    client.apiKey = "nobody"
    with pytest.raises(ccxt.AuthenticationError, match="-2015"):
        await client.privateGetAccount()


async def test_a_wrong_secret_is_an_authentication_error(client: Any) -> None:
    client.secret = "wrong"  # noqa: S105 - it opens nothing, which is the point
    with pytest.raises(ccxt.AuthenticationError, match="-1022"):
        await client.privateGetAccount()


async def test_a_key_that_may_only_read_cannot_trade(client: Any) -> None:
    client.apiKey = client.secret = "paper-read"  # noqa: S105 - a simulated key
    with pytest.raises(ccxt.AuthenticationError, match="-2015"):
        await _order(client, SPOT, type="MARKET", quantity="0.01")


@pytest.mark.parametrize("off_by_ms", [-60_000, 60_000])
async def test_a_clock_that_is_off_is_an_invalid_nonce(client: Any, off_by_ms: int) -> None:
    await client.load_markets()
    client.options["timeDifference"] = -off_by_ms
    with pytest.raises(ccxt.InvalidNonce, match="-1021"):
        await client.fetch_balance()


async def test_an_unknown_symbol_is_a_bad_symbol(client: Any) -> None:
    with pytest.raises(ccxt.BadSymbol, match="-1121"):
        await client.publicGetDepth({"symbol": "NOPEUSDT"})


async def test_more_than_is_owned_is_insufficient_funds(client: Any) -> None:
    with pytest.raises(ccxt.InsufficientFunds, match="insufficient balance"):
        await client.create_order(SPOT, "market", "sell", 1)


async def test_more_than_the_margin_carries_is_minus_2019(client: Any) -> None:
    await client.set_leverage(1, PERPETUAL)
    with pytest.raises(_PLAIN, match="-2019"):
        await client.create_order(PERPETUAL, "market", "buy", 5)


async def test_a_post_only_order_that_would_take_is_immediately_fillable(client: Any) -> None:
    price = await _price(client, SPOT, 1.01)
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        await client.create_order(SPOT, "limit", "buy", 0.01, price, {"postOnly": True})


async def test_a_post_only_perpetual_order_that_would_take_is_minus_5022(client: Any) -> None:
    price = await _price(client, PERPETUAL, 1.01)
    with pytest.raises(_PLAIN, match="-5022"):
        await client.create_order(PERPETUAL, "limit", "buy", 0.01, price, {"postOnly": True})


async def test_spot_filters_are_named(client: Any) -> None:
    price = await _price(client, SPOT, 0.98)
    limit = {"type": "LIMIT", "timeInForce": "GTC"}
    with pytest.raises(ccxt.InvalidOrder, match="LOT_SIZE"):
        await _order(client, SPOT, **limit, quantity="0.000015", price=price)
    with pytest.raises(ccxt.InvalidOrder, match="LOT_SIZE"):
        await _order(client, SPOT, **limit, quantity="0.01000001", price=price)
    with pytest.raises(ccxt.InvalidOrder, match="PRICE_FILTER"):
        await _order(client, SPOT, **limit, quantity="0.01", price=f"{float(price)}1")
    with pytest.raises(ccxt.ExchangeError, match="NOTIONAL"):
        await _order(client, SPOT, **limit, quantity="0.00001", price=price)
    far = await _price(client, SPOT, 10.0)
    with pytest.raises(ccxt.InvalidOrder, match="PERCENT_PRICE_BY_SIDE"):
        await _order(client, SPOT, **limit, quantity="0.001", price=far)


async def test_futures_filters_have_codes_of_their_own(client: Any) -> None:
    price = await _price(client, PERPETUAL, 0.98)
    eth_price = await _price(client, "ETH/USDT:USDT", 0.98)
    limit = {"type": "LIMIT", "timeInForce": "GTC"}
    for params, code in (
        ({"quantity": "0", "price": price}, "-4003"),
        ({"quantity": "0.0001", "price": price}, "-1111"),
        ({"quantity": "100000", "price": price}, "-4005"),
        ({"quantity": "0.01", "price": "0"}, "-4001"),
        ({"quantity": "0.01", "price": f"{price}5"}, "-1111"),
        ({"quantity": "0.01", "price": await _price(client, PERPETUAL, 1.5)}, "-4016"),
        ({"quantity": "0.01", "price": await _price(client, PERPETUAL, 0.5), "side": "SELL"}, "-4024"),
        ({"quantity": "0.01", "price": await _price(client, PERPETUAL, 1.5), "side": "SELL"}, "-4016"),
        ({"quantity": "0.001", "symbol": "ETHUSDT", "price": eth_price}, "-4164"),
    ):
        with pytest.raises(ccxt.ExchangeError, match=code):
            await _order(client, PERPETUAL, **limit, **params)


async def test_reducing_nothing_is_refused(client: Any) -> None:
    with pytest.raises(_PLAIN, match="-2022"):
        await client.create_order(PERPETUAL, "market", "sell", 0.01, None, {"reduceOnly": True})


@pytest.mark.parametrize("symbol", [SPOT, PERPETUAL])
async def test_orders_that_are_not_there_are_not_found(client: Any, symbol: str) -> None:
    with pytest.raises(ccxt.OrderNotFound, match="-2013"):
        await client.fetch_order("123456", symbol)
    with pytest.raises(ccxt.OrderNotFound, match="-2011"):
        await client.cancel_order("123456", symbol)


@pytest.mark.parametrize(("symbol", "code"), [(SPOT, "-2010"), (PERPETUAL, "-4116")])
async def test_a_client_id_is_unique_among_open_orders_only(client: Any, symbol: str, code: str) -> None:
    price = await _price(client, symbol, 0.97)
    params = {"clientOrderId": "poise1"}
    first = await client.create_order(symbol, "limit", "buy", 0.01, price, params)
    with pytest.raises(ccxt.ExchangeError, match=code):
        await client.create_order(symbol, "limit", "buy", 0.01, price, params)
    await client.cancel_order(first["id"], symbol)
    second = await client.create_order(symbol, "limit", "buy", 0.01, price, params)
    assert (await client.fetch_order(None, symbol, params))["id"] == second["id"]


async def test_a_leverage_beyond_the_bracket_is_minus_4028(client: Any) -> None:
    with pytest.raises(ccxt.ExchangeError, match="-4028"):
        await client.fapiPrivatePostLeverage({"symbol": "BTCUSDT", "leverage": 500})


async def test_a_crossed_margin_is_set_already(client: Any) -> None:
    with pytest.raises(ccxt.MarginModeAlreadySet):
        await client.fapiPrivatePostMarginType({"symbol": "BTCUSDT", "marginType": "CROSSED"})


async def test_what_is_not_simulated_says_so(client: Any) -> None:
    for method, params in (
        (client.fapiPrivatePostMarginType, {"symbol": "BTCUSDT", "marginType": "ISOLATED"}),
        (client.fapiPrivatePostPositionSideDual, {"dualSidePosition": "true"}),
        (
            client.fapiPrivatePostOrder,
            {"symbol": "BTCUSDT", "side": "BUY", "type": "STOP_MARKET", "quantity": "1", "stopPrice": "1"},
        ),
    ):
        with pytest.raises(ccxt.OperationFailed, match="not simulated"):
            await method(params)


async def test_a_refused_order_leaves_no_trace(client: Any, simulator: Simulator) -> None:
    with pytest.raises(ccxt.InsufficientFunds):
        await client.create_order(SPOT, "market", "sell", 1, None, {"clientOrderId": "refused1"})
    assert await client.fetch_orders(SPOT) == []
    assert "refused1" not in simulator.venue.exchange.ledger_count("paper").orders_by_client_order_id
