"""The wallet API (`/sapi`): key permissions, coins, trade fees, transfers, system status."""

from __future__ import annotations

from decimal import Decimal

from poise_simulator.binance.endpoint import Call, Endpoint, Security
from poise_simulator.binance.errors import VenueError, api_key_refused, not_valid
from poise_simulator.binance.wire import decimal_text
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.rejections import Rejected, RejectReason

_TRANSFERS = {"MAIN_UMFUTURE": (Market.SPOT, Market.FUTURES), "UMFUTURE_MAIN": (Market.FUTURES, Market.SPOT)}
SYSTEM_STATUS_PATH = "/sapi/v1/system/status"
_KEYS_MADE_MS = 1_700_000_000_000


def api_restrictions(call: Call) -> object:
    """Answer `GET account/apiRestrictions`: what the key at hand may do."""
    key = call.api_key
    if key is None:
        raise api_key_refused()
    return {
        "ipRestrict": False,
        "createTime": _KEYS_MADE_MS,
        "enableReading": True,
        "enableSpotAndMarginTrading": key.may_trade,
        "enableWithdrawals": key.may_withdraw,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": key.may_trade,
        "permitsUniversalTransfer": key.may_trade,
        "enableVanillaOptions": False,
        "enablePortfolioMarginTrading": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
    }


def coins(call: Call) -> object:
    """Answer `GET capital/config/getall`: every asset; none can be deposited or withdrawn."""
    held = call.shown.account(call.account_id).spot
    names = {
        name for instrument in call.venue.exchange.instruments.values() for name in (instrument.base, instrument.quote)
    }
    return [
        {
            "coin": name,
            "name": name,
            "depositAllEnable": False,
            "withdrawAllEnable": False,
            "free": decimal_text(held[name].free if name in held else Decimal(0)),
            "locked": decimal_text(held[name].locked if name in held else Decimal(0)),
            "freeze": "0",
            "withdrawing": "0",
            "ipoing": "0",
            "ipoable": "0",
            "storage": "0",
            "isLegalMoney": False,
            "trading": True,
            "networkList": [],
        }
        for name in sorted(names)
    ]


def trade_fees(call: Call) -> object:
    """Answer `GET asset/tradeFee`: the account's spot commission rates."""
    symbol = call.parameters.optional_symbol()
    chosen = (
        list(call.venue.instruments(Market.SPOT)) if symbol is None else [call.venue.instrument(Market.SPOT, symbol)]
    )
    return [
        {
            "symbol": instrument.symbol,
            "makerCommission": decimal_text(instrument.maker_fee_rate),
            "takerCommission": decimal_text(instrument.taker_fee_rate),
        }
        for instrument in chosen
    ]


def transfer(call: Call) -> object:
    """Answer `POST asset/transfer` between the spot and the futures wallet."""
    route = _TRANSFERS.get(call.parameters.text("type"))
    if route is None:
        raise not_valid("type")
    source, target = route
    try:
        transfer_id = call.venue.exchange.transfer(
            call.account_id,
            call.parameters.text("asset"),
            call.parameters.decimal("amount"),
            source,
            target,
        )
    except Rejected as rejection:
        if rejection.reason in {RejectReason.INSUFFICIENT_BALANCE, RejectReason.INSUFFICIENT_MARGIN}:
            raise VenueError(-5013, "Asset transfer failed: insufficient balance") from rejection
        raise VenueError(-5002, f"Asset transfer failed: {rejection.detail or rejection.reason}") from rejection
    return {"tranId": transfer_id}


def system_status(call: Call) -> object:
    """Answer `GET system/status`, in maintenance too."""
    return (
        {"status": 1, "msg": "system_maintenance"} if call.venue.is_in_maintenance else {"status": 0, "msg": "normal"}
    )


def account_status(_: Call) -> object:
    """Answer `GET account/status`."""
    return {"data": "Normal"}


def no_margin_pairs(_: Call) -> object:
    """Answer `GET margin/allPairs` and `margin/isolated/allPairs`: there is no margin trading."""
    return []


ENDPOINTS = (
    Endpoint("GET", SYSTEM_STATUS_PATH, 1, Security.NONE, system_status),
    Endpoint("GET", "/sapi/v1/account/status", 1, Security.SIGNED, account_status),
    Endpoint("GET", "/sapi/v1/account/apiRestrictions", 1, Security.SIGNED, api_restrictions),
    Endpoint("GET", "/sapi/v1/capital/config/getall", 10, Security.SIGNED, coins),
    Endpoint("GET", "/sapi/v1/asset/tradeFee", 1, Security.SIGNED, trade_fees),
    Endpoint("GET", "/sapi/v1/margin/allPairs", 1, Security.API_KEY, no_margin_pairs),
    Endpoint("GET", "/sapi/v1/margin/isolated/allPairs", 10, Security.SIGNED, no_margin_pairs),
    Endpoint("POST", "/sapi/v1/asset/transfer", 60, Security.SIGNED, transfer, needs_trading=True),
)
