"""Reading an account of Binance: spot wallet and USD-margined futures wallet."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from poise_common.domain.clock import from_ms, to_ms
from poise_venues.answers import decimal, rows, text
from poise_venues.dialects import KeyPowers
from poise_venues.instruments import contract_size_of, to_base_units
from poise_venues.outcomes import Account, Balance, Income, Position

SPOT_WALLET = "spot"
FUTURES_WALLET = "futures"
_INCOME_PAGE = 1000


async def read_key_powers(exchange: Any) -> KeyPowers:
    """Ask what the key may do (`/sapi/v1/account/apiRestrictions`)."""
    answer = await exchange.sapiGetAccountApiRestrictions()
    ways_out = {"enableWithdrawals": "withdraw", "enableInternalTransfer": "transfer to other accounts"}
    return KeyPowers(
        may_trade_spot=bool(answer["enableSpotAndMarginTrading"]),
        may_trade_derivatives=bool(answer["enableFutures"]),
        may_move_money_out=tuple(words for field, words in ways_out.items() if answer[field]),
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


async def read_funding_income(exchange: Any, since: datetime) -> tuple[Income, ...]:
    """Read all funding payments since a time, oldest first."""
    incomes: dict[str, Income] = {}
    start_ms = to_ms(since)
    while True:
        page = rows(
            await exchange.fapiPrivateGetIncome(
                {"incomeType": "FUNDING_FEE", "startTime": start_ms, "limit": _INCOME_PAGE}
            )
        )
        fresh = {income.income_id: income for income in (_income(exchange, raw) for raw in page)}
        newest_ms = max((int(raw["time"]) for raw in page), default=start_ms)
        if len(page) < _INCOME_PAGE or (newest_ms == start_ms and fresh.keys() <= incomes.keys()):
            return tuple((incomes | fresh).values())
        incomes |= fresh
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
        symbol=exchange.safe_symbol(raw["symbol"], None, None, "swap"),
        amount=decimal(raw, "income"),
        currency=raw["asset"],
        time=from_ms(int(raw["time"])),
    )
