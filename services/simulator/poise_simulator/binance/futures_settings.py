"""What a futures account can set, and what it costs it: leverage, modes, commission, income, listen keys."""

from __future__ import annotations

from poise_simulator.binance.endpoint import Call, Endpoint, Handler, Security
from poise_simulator.binance.errors import VenueError, listen_key_unknown, not_valid
from poise_simulator.binance.listen_keys import ListenKey
from poise_simulator.binance.rejections import from_rejection
from poise_simulator.binance.wire import decimal_text
from poise_simulator.domain.income import Income, IncomeType
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.rejections import Rejected, RejectReason

_INCOME_WORDS = {
    IncomeType.TRANSFER: "TRANSFER",
    IncomeType.REALISED_PNL: "REALIZED_PNL",
    IncomeType.FUNDING_FEE: "FUNDING_FEE",
    IncomeType.COMMISSION: "COMMISSION",
    # The venue books both the fee of a liquidation and what its insurance fund covers under one name.
    IncomeType.LIQUIDATION_FEE: "INSURANCE_CLEAR",
    IncomeType.INSURANCE_CLEAR: "INSURANCE_CLEAR",
    # The venue's own spelling.
    IncomeType.DELIVERY: "DELIVERED_SETTELMENT",
}
_KNOWN_INCOME_WORDS = frozenset(_INCOME_WORDS.values()) | {"WELCOME_BONUS", "REFERRAL_KICKBACK", "API_REBATE"}
_EVERYTHING = 1_000_000


def leverage_brackets(call: Call) -> object:
    """Answer `GET leverageBracket`."""
    venue = call.venue
    symbol = call.parameters.optional_symbol()
    if symbol is not None:
        return [_bracket_row(venue.instrument(Market.FUTURES, symbol))]
    return [_bracket_row(instrument) for instrument in venue.instruments(Market.FUTURES)]


def commission_rate(call: Call) -> object:
    """Answer `GET commissionRate`."""
    instrument = call.venue.instrument(Market.FUTURES, call.parameters.symbol())
    return {
        "symbol": instrument.symbol,
        "makerCommissionRate": decimal_text(instrument.maker_fee_rate, 6),
        "takerCommissionRate": decimal_text(instrument.taker_fee_rate, 6),
        "rpiCommissionRate": decimal_text(instrument.maker_fee_rate, 6),
    }


def income(call: Call) -> object:
    """Answer `GET income`: why the wallet changed, oldest first."""
    venue, parameters = call.venue, call.parameters
    symbol = parameters.optional_symbol()
    if symbol is not None:
        venue.instrument(Market.FUTURES, symbol)
    wanted = parameters.optional_text("incomeType")
    if wanted is not None and wanted not in _KNOWN_INCOME_WORDS:
        raise not_valid("incomeType")
    start_ms = parameters.optional_integer("startTime")
    limit = parameters.limit(100, 1000)
    page = parameters.optional_integer("page") or 1
    records = call.shown.income(
        call.account_id,
        symbol=symbol,
        start_ms=start_ms,
        end_ms=parameters.optional_integer("endTime"),
        limit=_EVERYTHING,
    )
    if wanted is not None:
        records = [record for record in records if _INCOME_WORDS[record.type] == wanted]
    is_latest = start_ms is None and page == 1
    kept = records[-limit:] if is_latest else records[(page - 1) * limit : page * limit]
    return [_income_row(record) for record in kept]


def set_leverage(call: Call) -> object:
    """Answer `POST leverage`; -4028 for one that the symbol's lowest bracket doesn't allow."""
    instrument = call.venue.instrument(Market.FUTURES, call.parameters.symbol())
    wanted = call.parameters.integer("leverage")
    try:
        leverage = call.venue.exchange.set_leverage(call.account_id, instrument.symbol, wanted)
    except Rejected as rejection:
        if rejection.reason is RejectReason.MAX_LEVERAGE:
            raise VenueError(-4028, f"Leverage {wanted} is not valid") from rejection
        raise from_rejection(rejection, Market.FUTURES) from rejection
    caps = [item.notional_cap for item in instrument.leverage_brackets if item.max_leverage >= leverage]
    return {
        "symbol": instrument.symbol,
        "leverage": leverage,
        "maxNotionalValue": f"{max(caps):f}" if caps else "0",
    }


def set_margin_type(call: Call) -> object:
    """Answer `POST marginType`: every symbol is crossed already; isolated margin isn't simulated."""
    instrument = call.venue.instrument(Market.FUTURES, call.parameters.symbol())
    wanted = call.parameters.text("marginType")
    if wanted not in {"CROSSED", "ISOLATED"}:
        raise not_valid("marginType")
    try:
        call.venue.exchange.set_margin_type(call.account_id, instrument.symbol, is_cross=wanted == "CROSSED")
    except Rejected as rejection:
        raise from_rejection(rejection, Market.FUTURES) from rejection
    raise VenueError(-4046, "No need to change margin type.")


def position_mode(_: Call) -> object:
    """Answer `GET positionSide/dual`."""
    return {"dualSidePosition": False}


def set_position_mode(call: Call) -> object:
    """Answer `POST positionSide/dual`: one-way is the mode already; hedge mode isn't simulated."""
    is_hedged = call.parameters.flag("dualSidePosition")
    try:
        call.venue.exchange.set_position_mode(call.account_id, is_hedged=is_hedged)
    except Rejected as rejection:
        raise from_rejection(rejection, Market.FUTURES) from rejection
    raise VenueError(-4059, "No need to change position side.")


def assets_mode(_: Call) -> object:
    """Answer `GET multiAssetsMargin`."""
    return {"multiAssetsMargin": False}


def set_assets_mode(call: Call) -> object:
    """Answer `POST multiAssetsMargin`: single-asset is the mode already; the other isn't simulated."""
    if call.parameters.flag("multiAssetsMargin"):
        raise VenueError(-1000, "Multi-assets mode is not simulated.")
    raise VenueError(-4171, "No need to change multi-assets mode.")


def symbol_config(call: Call) -> object:
    """Answer `GET symbolConfig`."""
    venue = call.venue
    symbol = call.parameters.optional_symbol()
    chosen = list(venue.instruments(Market.FUTURES)) if symbol is None else [venue.instrument(Market.FUTURES, symbol)]
    rows = []
    for instrument in chosen:
        leverage = venue.exchange.leverage(call.account_id, instrument.symbol)
        caps = [item.notional_cap for item in instrument.leverage_brackets if item.max_leverage >= leverage]
        rows.append(
            {
                "symbol": instrument.symbol,
                "marginType": "CROSSED",
                "isAutoAddMargin": False,
                "leverage": leverage,
                "maxNotionalValue": f"{max(caps):f}" if caps else "0",
            }
        )
    return rows


def account_config(call: Call) -> object:
    """Answer `GET accountConfig`."""
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": False,
        "updateTime": call.venue.now_ms,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def start_user_stream(call: Call) -> object:
    """Answer `POST listenKey`."""
    key = call.venue.listen_keys.issue(call.account_id, Market.FUTURES, call.venue.now_ms)
    return {"listenKey": key.key}


def keep_user_stream(call: Call) -> object:
    """Answer `PUT listenKey`; -1125 when the account has none."""
    key = _own_key(call)
    call.venue.listen_keys.keep_alive(key, call.venue.now_ms)
    return {"listenKey": key.key}


def close_user_stream(call: Call) -> object:
    """Answer `DELETE listenKey`; -1125 when the account has none."""
    call.venue.listen_keys.close(_own_key(call))
    return {}


def _own_key(call: Call) -> ListenKey:
    key = call.venue.listen_keys.current(call.account_id, Market.FUTURES, call.venue.now_ms)
    if key is None:
        raise listen_key_unknown()
    return key


def _bracket_row(instrument: Instrument) -> dict[str, object]:
    return {
        "symbol": instrument.symbol,
        "notionalCoef": 1.0,
        "brackets": [
            {
                "bracket": item.bracket,
                "initialLeverage": item.max_leverage,
                "notionalCap": int(item.notional_cap),
                "notionalFloor": int(item.notional_floor),
                "maintMarginRatio": float(item.maintenance_margin_rate),
                "cum": float(item.maintenance_deduction),
            }
            for item in instrument.leverage_brackets
        ],
    }


def _income_row(record: Income) -> dict[str, object]:
    return {
        "symbol": record.symbol,
        "incomeType": _INCOME_WORDS[record.type],
        "income": decimal_text(record.amount),
        "asset": record.asset,
        "info": record.info,
        "time": record.time_ms,
        "tranId": record.income_id,
        "tradeId": str(record.trade_id) if record.trade_id is not None else "",
    }


def _signed(method: str, path: str, weight: int, handle: Handler, *, trading: bool = False) -> Endpoint:
    return Endpoint(method, f"/fapi/v1/{path}", weight, Security.SIGNED, handle, needs_trading=trading)


def _keyed(method: str, handle: Handler) -> Endpoint:
    return Endpoint(method, "/fapi/v1/listenKey", 1, Security.API_KEY, handle)


ENDPOINTS = (
    _signed("GET", "leverageBracket", 1, leverage_brackets),
    _signed("GET", "commissionRate", 20, commission_rate),
    _signed("GET", "income", 30, income),
    _signed("POST", "leverage", 1, set_leverage, trading=True),
    _signed("POST", "marginType", 1, set_margin_type, trading=True),
    _signed("GET", "positionSide/dual", 30, position_mode),
    _signed("POST", "positionSide/dual", 1, set_position_mode, trading=True),
    _signed("GET", "multiAssetsMargin", 30, assets_mode),
    _signed("POST", "multiAssetsMargin", 1, set_assets_mode, trading=True),
    _signed("GET", "symbolConfig", 5, symbol_config),
    _signed("GET", "accountConfig", 5, account_config),
    _keyed("POST", start_user_stream),
    _keyed("PUT", keep_user_stream),
    _keyed("DELETE", close_user_stream),
)
