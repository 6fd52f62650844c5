"""Reading an account of Binance: spot wallet and USD-margined futures wallet."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from poise_common.domain.clock import from_ms, to_ms
from poise_venues.answers import decimal, rows, text
from poise_venues.binance import contracts
from poise_venues.dialects import KeyPowers
from poise_venues.instruments import contract_size_of, to_base_units
from poise_venues.outcomes import Account, Balance, Income, IncomeKind, Position

SPOT_WALLET = "spot"
FUTURES_WALLET = "futures"
_INCOME_PAGE = 1000
_FUNDING_FEE = "FUNDING_FEE"
_SETTLEMENT = "DELIVERED_SETTELMENT"
"""The venue's own spelling."""


async def read_key_powers(exchange: Any) -> KeyPowers:
    """Ask what the key may do (`/sapi/v1/account/apiRestrictions`)."""
    answer = await exchange.sapiGetAccountApiRestrictions()
    ways_out = {"enableWithdrawals": "withdraw", "enableInternalTransfer": "transfer to other accounts"}
    return KeyPowers(
        may_trade_spot=bool(answer["enableSpotAndMarginTrading"]),
        may_trade_derivatives=bool(answer["enableFutures"]),
        may_move_money_out=tuple(words for field, words in ways_out.items() if answer[field]),
        is_bound_to_addresses=bool(answer["ipRestrict"]) if "ipRestrict" in answer else None,
    )


async def read_account(exchange: Any, as_of: datetime) -> Account:
    """Read both wallets, the margin figures and the positions; wallet balances exclude unrealised P&L."""
    spot = await exchange.privateGetAccount({"omitZeroBalances": "true"})
    futures = await exchange.fapiPrivateV3GetAccount()
    positions = rows(await exchange.fapiPrivateV3GetPositionRisk())
    return Account(
        balances=(
            *_balances(
                SPOT_WALLET, {b["asset"]: decimal(b, "free") + decimal(b, "locked") for b in rows(spot["balances"])}
            ),
            *_balances(FUTURES_WALLET, {a["asset"]: decimal(a, "walletBalance") for a in rows(futures["assets"])}),
        ),
        positions=tuple(_position(exchange, raw) for raw in positions if decimal(raw, "positionAmt")),
        margin_balance_usd=decimal(futures, "totalMarginBalance"),
        initial_margin_usd=decimal(futures, "totalInitialMargin"),
        maintenance_margin_usd=decimal(futures, "totalMaintMargin"),
        as_of=as_of,
    )


async def read_incomes(exchange: Any, since: datetime) -> tuple[Income, ...]:
    """Read all funding payments since a time, and all settlements where the venue has dated futures, oldest first."""
    paid = [_income(exchange, raw) for raw in await _records(exchange, _FUNDING_FEE, since)]
    if any(market["future"] and market["linear"] for market in exchange.markets.values()):
        paid += await _settlements(exchange, since)
    return tuple(sorted(paid, key=lambda income: income.time))


async def _settlements(exchange: Any, since: datetime) -> list[Income]:
    settled = await _records(exchange, _SETTLEMENT, since)
    pairs = {contracts.pair_of(text(raw, "symbol")) for raw in settled}
    prices = {pair: rows(await exchange.fapiDataGetDeliveryPrice({"pair": pair})) for pair in pairs}
    incomes = []
    for raw in settled:
        symbol = text(raw, "symbol")
        price = contracts.delivery_price(symbol, prices[contracts.pair_of(symbol)])
        incomes.append(replace(_income(exchange, raw), kind=IncomeKind.SETTLEMENT, price=price))
    return incomes


async def _records(exchange: Any, income_type: str, since: datetime) -> list[Any]:
    records: dict[str, Any] = {}
    start_ms = to_ms(since)
    while True:
        page = rows(
            await exchange.fapiPrivateGetIncome(
                {"incomeType": income_type, "startTime": start_ms, "limit": _INCOME_PAGE}
            )
        )
        fresh = {text(raw, "tranId"): raw for raw in page}
        newest_ms = max((int(raw["time"]) for raw in page), default=start_ms)
        if len(page) < _INCOME_PAGE or (newest_ms == start_ms and fresh.keys() <= records.keys()):
            return list((records | fresh).values())
        records |= fresh
        start_ms = newest_ms


def _balances(wallet: str, totals: dict[str, Decimal]) -> tuple[Balance, ...]:
    return tuple(Balance(wallet=wallet, currency=currency, total=total) for currency, total in totals.items() if total)


def _position(exchange: Any, raw: dict[str, Any]) -> Position:
    market = exchange.safe_market(raw["symbol"], None, None, "swap")
    liquidation_price = decimal(raw, "liquidationPrice")
    return Position(
        symbol=market["symbol"],
        quantity=to_base_units(decimal(raw, "positionAmt"), contract_size_of(market)),
        entry_price=decimal(raw, "entryPrice"),
        mark_price=decimal(raw, "markPrice"),
        unrealised_pnl_usd=decimal(raw, "unRealizedProfit"),
        liquidation_price=liquidation_price or None,
    )


def _income(exchange: Any, raw: dict[str, Any]) -> Income:
    return Income(
        income_id=text(raw, "tranId"),
        symbol=contracts.unified_symbol(exchange, text(raw, "symbol")),
        amount=decimal(raw, "income"),
        currency=raw["asset"],
        time=from_ms(int(raw["time"])),
    )
