"""The spot account: balances, commission rates, listen keys."""

from __future__ import annotations

import zlib

from poise_simulator.binance.endpoint import Call, Endpoint, Security
from poise_simulator.binance.errors import listen_key_unknown
from poise_simulator.binance.listen_keys import ListenKey
from poise_simulator.binance.wire import decimal_text
from poise_simulator.domain.instruments import Market


def account(call: Call) -> object:
    """Answer `GET account`."""
    view = call.shown.account(call.account_id)
    hide_empty = call.parameters.flag("omitZeroBalances")
    fees = next(call.venue.instruments(Market.SPOT))
    return {
        # In hundredths of a percent, as the venue has always had it.
        "makerCommission": int(fees.maker_fee_rate * 10_000),
        "takerCommission": int(fees.taker_fee_rate * 10_000),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": decimal_text(fees.maker_fee_rate),
            "taker": decimal_text(fees.taker_fee_rate),
            "buyer": "0.00000000",
            "seller": "0.00000000",
        },
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": view.time_ms,
        "accountType": "SPOT",
        "balances": [
            {
                "asset": balance.asset,
                "free": decimal_text(balance.free),
                "locked": decimal_text(balance.locked),
            }
            for balance in view.spot.values()
            if not hide_empty or balance.free or balance.locked
        ],
        "permissions": ["SPOT"],
        "uid": zlib.crc32(call.account_id.encode()),
    }


def commission(call: Call) -> object:
    """Answer `GET account/commission`."""
    instrument = call.venue.instrument(Market.SPOT, call.parameters.symbol())
    zero = {"maker": "0.00000000", "taker": "0.00000000", "buyer": "0.00000000", "seller": "0.00000000"}
    standard = zero | {
        "maker": decimal_text(instrument.maker_fee_rate),
        "taker": decimal_text(instrument.taker_fee_rate),
    }
    return {
        "symbol": instrument.symbol,
        "standardCommission": standard,
        "specialCommission": zero,
        "taxCommission": zero,
        "discount": {
            "enabledForAccount": False,
            "enabledForSymbol": False,
            "discountAsset": "BNB",
            "discount": "0.75000000",
        },
    }


def start_user_stream(call: Call) -> object:
    """Answer `POST userDataStream`."""
    key = call.venue.listen_keys.issue(call.account_id, Market.SPOT, call.venue.now_ms)
    return {"listenKey": key.key}


def keep_user_stream(call: Call) -> object:
    """Answer `PUT userDataStream`; -1125 for a key that isn't the account's."""
    call.venue.listen_keys.keep_alive(_named_key(call), call.venue.now_ms)
    return {}


def close_user_stream(call: Call) -> object:
    """Answer `DELETE userDataStream`; -1125 for a key that isn't the account's."""
    call.venue.listen_keys.close(_named_key(call))
    return {}


def _named_key(call: Call) -> ListenKey:
    key = call.venue.listen_keys.find(call.parameters.text("listenKey"), call.venue.now_ms)
    if key is None or key.account_id != call.account_id or key.market is not Market.SPOT:
        raise listen_key_unknown()
    return key


ENDPOINTS = (
    Endpoint("GET", "/api/v3/account", 20, Security.SIGNED, account),
    Endpoint("GET", "/api/v3/account/commission", 20, Security.SIGNED, commission),
    Endpoint("POST", "/api/v3/userDataStream", 2, Security.API_KEY, start_user_stream),
    Endpoint("PUT", "/api/v3/userDataStream", 2, Security.API_KEY, keep_user_stream),
    Endpoint("DELETE", "/api/v3/userDataStream", 2, Security.API_KEY, close_user_stream),
)
