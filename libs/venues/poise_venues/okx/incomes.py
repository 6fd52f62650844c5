"""What OKX's contracts pay besides their trades: funding, and the settlement of those that expire."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from poise_common.domain.clock import from_ms, to_ms
from poise_venues.answers import decimal, text
from poise_venues.okx.orders import records
from poise_venues.outcomes import Income, IncomeKind

_FUNDING, _DELIVERY = "8", "3"
_KINDS = {_FUNDING: IncomeKind.FUNDING, _DELIVERY: IncomeKind.SETTLEMENT}
_PAGE = 100
_RECENT_MS = round(timedelta(days=7).total_seconds() * 1000)
"""How far back `account/bills` reaches; the archive reaches three months."""
_CLOCKS_DIFFER_BY_MS = 60_000


async def read_incomes(exchange: Any, since: datetime) -> tuple[Income, ...]:
    """Read all funding payments and settlements since a time, oldest first; of three months at most."""
    raw_bills = [raw for kind in _KINDS for raw in await _bills(exchange, kind, to_ms(since))]
    incomes = [await _income(exchange, raw) for raw in raw_bills]
    return tuple(sorted(incomes, key=lambda income: (income.time, int(income.income_id))))


async def _bills(exchange: Any, kind: str, since_ms: int) -> list[Any]:
    is_recent = since_ms > exchange.nonce() - _RECENT_MS + _CLOCKS_DIFFER_BY_MS
    ask = exchange.privateGetAccountBills if is_recent else exchange.privateGetAccountBillsArchive
    request = {"type": kind, "begin": str(since_ms), "limit": str(_PAGE)}
    found: dict[str, Any] = {}
    page_of: dict[str, str] = {}
    while True:
        page = records(await ask({**request, **page_of}))
        found |= {text(raw, "billId"): raw for raw in page}
        if len(page) < _PAGE:
            return list(found.values())
        page_of = {"after": text(page[-1], "billId")}


async def _income(exchange: Any, raw: Any) -> Income:
    kind = _KINDS[text(raw, "type")]
    return Income(
        kind=kind,
        price=await _delivery_price(exchange, raw) if kind is IncomeKind.SETTLEMENT else None,
        income_id=text(raw, "billId"),
        symbol=_symbol(exchange, text(raw, "instId")),
        amount=decimal(raw, "balChg"),
        currency=exchange.safe_currency_code(text(raw, "ccy")),
        time=from_ms(int(text(raw, "ts"))),
    )


async def _delivery_price(exchange: Any, raw: Mapping[str, Any]) -> Decimal:
    if raw["px"] != "":
        return decimal(raw, "px")
    contract = text(raw, "instId")
    request = {"instType": "FUTURES", "instFamily": contract.rpartition("-")[0]}
    for delivery in records(await exchange.publicGetPublicDeliveryExerciseHistory(request)):
        for detail in delivery["details"]:
            if detail["insId"] == contract:
                return decimal(detail, "px")
    message = f"no delivery price of {contract}"
    raise LookupError(message)


def _symbol(exchange: Any, contract: str) -> str:
    """Return a contract's unified symbol; that of one that is no longer listed too, by its name."""
    if contract in exchange.markets_by_id:
        return str(exchange.safe_symbol(contract))
    base, quote, date = contract.split("-")
    settle = base if quote == "USD" else quote
    return f"{base}/{quote}:{settle}-{date}"
