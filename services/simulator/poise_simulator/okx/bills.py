"""The account's bills: every change of every balance, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from operator import attrgetter

from poise_simulator.domain.account_queries import AccountQueries
from poise_simulator.domain.income import Income, IncomeType
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import Fill, Origin, Side
from poise_simulator.faults.targets import Target
from poise_simulator.okx.endpoint import PREFIX, Call, Endpoint, Rows
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.order_rows import client_order_id
from poise_simulator.okx.paging import newest_first
from poise_simulator.okx.rate_limits import RateLimit, Scope
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.okx.wire import millis, number

ZERO = Decimal(0)
EVERYTHING = 10_000_000

_TRADE, _LIQUIDATION, _ADL = "2", "5", "9"
_FUNDING, _TRANSFER, _DELIVERY = "8", "1", "3"
_FUNDING_SUB_TYPES = {True: "174", False: "173"}
_TRANSFER_SUB_TYPES = {True: "11", False: "12"}
_OTHER_INCOME = {
    IncomeType.DELIVERY: (_DELIVERY, "112"),
    IncomeType.LIQUIDATION_FEE: (_LIQUIDATION, "110"),
    IncomeType.INSURANCE_CLEAR: ("10", "170"),
}
_FILL_TYPES = {Origin.LIQUIDATION: _LIQUIDATION, Origin.ADL: _ADL}
_ALREADY_IN_FILLS = frozenset({IncomeType.REALISED_PNL, IncomeType.COMMISSION})


class _Lane(IntEnum):
    """What a bill is of; with its time and number in its lane it makes the bill's id."""

    DERIVATIVE_FILL = 0
    SPOT_QUOTE = 1
    SPOT_BASE = 2
    INCOME = 3
    TRANSFER = 4


@dataclass(frozen=True, slots=True)
class Bill:
    """One change of one balance. A fee below 0 was paid; `change` has it in it."""

    bill_id: int
    time_ms: int
    asset: str
    change: Decimal
    type: str
    sub_type: str
    item: OkxInstrument | None = None
    fill: Fill | None = None
    fee: Decimal = ZERO
    pnl: Decimal = ZERO


def bills(call: Call) -> Rows:
    """Answer `account/bills` and its archive, newest first."""
    parameters, shown = call.parameters, call.shown
    everything = sorted(_bills(call.venue, shown, call.account_id), key=attrgetter("bill_id"))
    after = _balances_after(shown, call.account_id, everything)
    wanted = {name: parameters.optional_text(name) for name in ("instType", "instId", "ccy", "type", "subType")}
    found = [bill for bill in everything if _is_wanted(bill, wanted)]
    page = newest_first(found, parameters, id_of=attrgetter("bill_id"), time_of=attrgetter("time_ms"))
    return [_row(bill, after[bill.bill_id], _price(bill, shown)) for bill in page]


def fill_bill_id(fill: Fill, number_in_market: int) -> int:
    """Return the id of the bill of what a fill was paid in: the settlement asset, or on spot the quote."""
    lane = _Lane.SPOT_QUOTE if fill.market is Market.SPOT else _Lane.DERIVATIVE_FILL
    return _bill_id(fill.time_ms, number_in_market, lane)


def _bills(venue: OkxVenue, shown: AccountQueries, account_id: str) -> Iterator[Bill]:
    for market in Market:
        for count, fill in enumerate(shown.trades(account_id, market, limit=EVERYTHING)):
            yield from _of_fill(fill, count, venue.named(market, fill.symbol))
    for record in shown.income(account_id, limit=EVERYTHING):
        if record.type not in _ALREADY_IN_FILLS:
            yield _of_income(record, venue)
    for count, transfer in enumerate(shown.spot_transfers(account_id)):
        bill_id = _bill_id(transfer.time_ms, count, _Lane.TRANSFER)
        sub_type = _TRANSFER_SUB_TYPES[transfer.amount > 0]
        yield Bill(bill_id, transfer.time_ms, transfer.asset, transfer.amount, _TRANSFER, sub_type)


def _of_fill(fill: Fill, count: int, item: OkxInstrument) -> Iterator[Bill]:
    kind = _FILL_TYPES.get(fill.origin, _TRADE)
    sub_type = "1" if fill.side is Side.BUY else "2"
    bill_id, fee = fill_bill_id(fill, count), -fill.commission
    if fill.market is Market.FUTURES:
        change, asset = fill.realised_pnl + fee, fill.commission_asset
        yield Bill(bill_id, fill.time_ms, asset, change, kind, sub_type, item, fill, fee, fill.realised_pnl)
        return
    for asset, moved, lane in (
        (item.listed.quote, -fill.side.sign * fill.quote_quantity, _Lane.SPOT_QUOTE),
        (item.listed.base, fill.side.sign * fill.quantity, _Lane.SPOT_BASE),
    ):
        paid = fee if asset == fill.commission_asset else ZERO
        lane_id = _bill_id(fill.time_ms, count, lane)
        yield Bill(lane_id, fill.time_ms, asset, moved + paid, kind, sub_type, item, fill, paid)


def _of_income(record: Income, venue: OkxVenue) -> Bill:
    is_received = record.amount > 0
    match record.type:
        case IncomeType.FUNDING_FEE:
            kind, sub_type = _FUNDING, _FUNDING_SUB_TYPES[is_received]
        case IncomeType.TRANSFER:
            kind, sub_type = _TRANSFER, _TRANSFER_SUB_TYPES[is_received]
        case other:
            kind, sub_type = _OTHER_INCOME[other]
    bill_id = _bill_id(record.time_ms, record.income_id, _Lane.INCOME)
    item = venue.named(Market.FUTURES, record.symbol) if record.symbol else None
    pnl = ZERO if record.type is IncomeType.TRANSFER else record.amount
    return Bill(bill_id, record.time_ms, record.asset, record.amount, kind, sub_type, item, pnl=pnl)


def _bill_id(time_ms: int, count: int, lane: _Lane) -> int:
    return time_ms * 10_000 + count % 1_000 * 10 + lane


def _balances_after(shown: AccountQueries, account_id: str, everything: list[Bill]) -> dict[int, Decimal]:
    """Reckon each bill's balance back from what the account holds."""
    held = shown.account(account_id).spot
    balances = defaultdict(Decimal, {asset: item.free + item.locked for asset, item in held.items()})
    after = {}
    for bill in reversed(everything):
        after[bill.bill_id] = balances[bill.asset]
        balances[bill.asset] -= bill.change
    return after


def _is_wanted(bill: Bill, wanted: dict[str, str | None]) -> bool:
    has = {
        "instType": bill.item.inst_type.value if bill.item is not None else "",
        "instId": bill.item.inst_id if bill.item is not None else "",
        "ccy": bill.asset,
        "type": bill.type,
        "subType": bill.sub_type,
    }
    return all(value in {None, has[name]} for name, value in wanted.items())


def _price(bill: Bill, shown: AccountQueries) -> Decimal | None:
    """Find what a bill was reckoned with: a fill's price, funding's mark, delivery's price."""
    if bill.fill is not None:
        return bill.fill.price
    if bill.item is None:
        return None
    listed = bill.item.listed
    if bill.type == _FUNDING:
        settled = shown.funding_history(listed.symbol, start_ms=bill.time_ms, end_ms=bill.time_ms)
        return settled[0].mark if settled else None
    if bill.type == _DELIVERY:
        return next((one.price for one in shown.deliveries(listed.pair) if one.symbol == listed.symbol), None)
    return None


def _row(bill: Bill, balance: Decimal, price: Decimal | None) -> dict[str, object]:
    item, fill = bill.item, bill.fill
    size = number(abs(bill.change)) if fill is None or item is None else item.size(fill.quantity)
    return {
        "billId": str(bill.bill_id),
        "type": bill.type,
        "subType": bill.sub_type,
        "ts": millis(bill.time_ms),
        "ccy": bill.asset,
        "balChg": number(bill.change),
        "bal": number(balance),
        "posBalChg": "0",
        "posBal": "0",
        "sz": size,
        "px": "" if price is None else number(price),
        "pnl": number(bill.pnl),
        "fee": number(bill.fee),
        "interest": "0",
        "instType": item.inst_type.value if item else "",
        "instId": item.inst_id if item else "",
        "mgnMode": "" if item is None else ("cross" if item.is_derivative else "cash"),
        "ordId": str(fill.order_id) if fill else "",
        "clOrdId": client_order_id(fill.client_order_id) if fill else "",
        "tradeId": str(fill.trade_id) if fill else "",
        "execType": ("M" if fill.is_maker else "T") if fill else "",
        "fillTime": millis(fill.time_ms) if fill else "",
        "from": "6" if bill.type == _TRANSFER and bill.change > 0 else "",
        "to": "18" if bill.type == _TRANSFER and bill.change > 0 else "",
        "tag": "",
        "notes": "",
    }


ENDPOINTS = (
    Endpoint("GET", PREFIX + "account/bills", RateLimit(5, Scope.USER, period_s=1), bills, target=Target.ACCOUNT),
    Endpoint("GET", PREFIX + "account/bills-archive", RateLimit(5, Scope.USER), bills, target=Target.ACCOUNT),
)
