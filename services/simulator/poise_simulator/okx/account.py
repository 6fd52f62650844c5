"""The account: what it holds, how it is set up, what it pays."""

from __future__ import annotations

from collections.abc import Callable

from poise_simulator.domain.instruments import Market
from poise_simulator.faults.targets import Target
from poise_simulator.okx.endpoint import PREFIX, Call, Endpoint, Handler, Rows
from poise_simulator.okx.errors import no_such_instrument, not_simulated, wrong
from poise_simulator.okx.holdings import balance_row, open_positions, position_id, position_row
from poise_simulator.okx.instruments import InstType, OkxInstrument
from poise_simulator.okx.rate_limits import RateLimit, Scope
from poise_simulator.okx.reference_data import INST_TYPES
from poise_simulator.okx.wire import millis, number, user_id

ACCOUNT_LEVEL = "2"
"""The venue's futures mode: spot and derivatives out of one wallet, margined in their settlement currency."""
ASSETS_MAX = 20


def balance(call: Call) -> Rows:
    """Answer `account/balance`: all that is held, or up to 20 currencies in `ccy`."""
    return [balance_row(call.venue, call.shown.account(call.account_id), _named(call, "ccy"))]


def positions(call: Call) -> Rows:
    """Answer `account/positions`: what is held, by type, by instruments or by position ids."""
    parameters, shown = call.parameters, call.shown
    wanted, ids = _named(call, "instId"), _named(call, "posId")
    for inst_id in wanted or ():
        call.venue.instrument(inst_id)
    inst_type = parameters.choice("instType", INST_TYPES) if "instType" in parameters else None
    account = shown.account(call.account_id)
    rows = []
    for position in open_positions(account):
        item = call.venue.named(Market.FUTURES, position.symbol)
        if (
            inst_type in {None, item.inst_type}
            and (wanted is None or item.inst_id in wanted)
            and (ids is None or position_id(item) in ids)
        ):
            rows.append(position_row(call.venue, position, account.futures, shown))
    return rows


def config(call: Call) -> Rows:
    """Answer `account/config`: one wallet, one position an instrument, and what the key may do."""
    key = call.api_key
    permissions = ["read_only"]
    if key is not None and key.may_trade:
        permissions.append("trade")
    if key is not None and key.may_withdraw:
        permissions.append("withdraw")
    uid = user_id(call.account_id)
    return [
        {
            "uid": uid,
            "mainUid": uid,
            "acctLv": ACCOUNT_LEVEL,
            "posMode": "net_mode",
            "autoLoan": False,
            "greeksType": "PA",
            "level": "Lv1",
            "levelTmp": "",
            "ctIsoMode": "automatic",
            "mgnIsoMode": "automatic",
            "spotOffsetType": "",
            "roleType": "0",
            "traderInsts": [],
            "spotRoleType": "0",
            "spotTraderInsts": [],
            "opAuth": "0",
            "kycLv": "3",
            "label": key.key if key is not None else "",
            "ip": "",
            "perm": ",".join(permissions),
            "enableSpotBorrow": False,
            "spotBorrowAutoRepay": False,
            "acctStpMode": "cancel_maker",
            "settleCcy": "",
            "type": "0",
        }
    ]


def set_position_mode(call: Call) -> Rows:
    """Answer `account/set-position-mode`: one position an instrument is all there is."""
    mode = call.parameters.choice("posMode", {"net_mode", "long_short_mode"})
    call.venue.exchange.set_position_mode(call.account_id, is_hedged=mode == "long_short_mode")
    return [{"posMode": mode}]


def set_leverage(call: Call) -> Rows:
    """Answer `account/set-leverage`: of an instrument's cross margin; 59102 beyond what it allows."""
    item, leverage = _leveraged(call), call.parameters.decimal("lever")
    if leverage != int(leverage):
        raise wrong("lever")
    call.venue.exchange.set_leverage(call.account_id, item.listed.symbol, int(leverage))
    return [_leverage_row(item, int(leverage))]


def leverage_info(call: Call) -> Rows:
    """Answer `account/leverage-info`."""
    item = _leveraged(call)
    return [_leverage_row(item, call.shown.leverage(call.account_id, item.listed.symbol))]


def trade_fee(call: Call) -> Rows:
    """Answer `account/trade-fee`: rates of a type, below 0 for what is paid."""
    inst_type = call.parameters.choice("instType", INST_TYPES)
    items = call.venue.names.of_type(inst_type)
    inst_id = call.parameters.optional_text("instId")
    if inst_id is not None:
        items = [call.venue.instrument(inst_id)]
    if not items:
        raise no_such_instrument()
    maker, taker = number(-items[0].listed.maker_fee_rate), number(-items[0].listed.taker_fee_rate)
    is_derivative = items[0].is_derivative
    return [
        {
            "instType": inst_type,
            "level": "Lv1",
            "category": "1",
            "maker": maker,
            "taker": taker,
            "makerU": maker if is_derivative else "",
            "takerU": taker if is_derivative else "",
            "makerUSDC": maker,
            "takerUSDC": taker,
            "delivery": "0" if inst_type == InstType.FUTURES else "",
            "settle": "",
            "exercise": "",
            "ruleType": "normal",
            "fiat": [],
            "ts": millis(call.venue.now_ms),
        }
    ]


def _leveraged(call: Call) -> OkxInstrument:
    if call.parameters.choice("mgnMode", {"cross", "isolated"}) != "cross":
        raise not_simulated("mgnMode isolated")
    item = call.instrument
    if not item.is_derivative:
        raise wrong("instId")
    return item


def _leverage_row(item: OkxInstrument, leverage: int) -> dict[str, object]:
    return {"instId": item.inst_id, "ccy": "", "mgnMode": "cross", "posSide": "net", "lever": str(leverage)}


def _named(call: Call, parameter: str) -> set[str] | None:
    """Return the names in a list with commas, None where there is none."""
    given = call.parameters.optional_text(parameter)
    names = None if given is None else {name for name in given.split(",") if name}
    if names is not None and len(names) > ASSETS_MAX:
        raise wrong(parameter)
    return names


def _read(path: str, requests: int, handle: Handler, target: Target = Target.ACCOUNT) -> Endpoint:
    return Endpoint("GET", PREFIX + path, RateLimit(requests, Scope.USER), handle, target=target)


def _write(path: str, requests: int, handle: Callable[[Call], Rows]) -> Endpoint:
    return Endpoint("POST", PREFIX + path, RateLimit(requests, Scope.USER), handle, needs_trading=True)


ENDPOINTS = (
    _read("account/balance", 10, balance),
    _read("account/positions", 10, positions),
    _read("account/config", 5, config, Target.ANY_REST),
    _read("account/leverage-info", 20, leverage_info, Target.ANY_REST),
    _read("account/trade-fee", 5, trade_fee, Target.ANY_REST),
    _write("account/set-position-mode", 5, set_position_mode),
    _write("account/set-leverage", 40, set_leverage),
)
