"""The venue's account against the ledger's: every currency of every wallet, and every position."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from tests.crash.history import Market

_KEY = "paper"
"""The simulator's public test key; its secret is its own name."""
_ANSWER_WITHIN_S = 30
_DOLLARS = frozenset({"USDT", "USDC", "FDUSD"})


@dataclass(frozen=True, slots=True)
class Account:
    """What an account holds: wallet and currency, and signed contract positions; base units."""

    cash: Mapping[tuple[str, str], Decimal]
    positions: Mapping[str, Decimal]


def difference_usd(venue: Account, ledger: Account, prices: Mapping[str, Decimal]) -> Decimal:
    """Sum all differences, unsigned; `prices` by the venue's symbol. What has no price counts by its quantity."""
    cash = (
        abs(venue.cash.get(key, Decimal(0)) - ledger.cash.get(key, Decimal(0))) * _price(key[1], prices)
        for key in venue.cash.keys() | ledger.cash.keys()
    )
    positions = (
        abs(venue.positions.get(symbol, Decimal(0)) - ledger.positions.get(symbol, Decimal(0)))
        * prices.get(symbol, Decimal(1))
        for symbol in venue.positions.keys() | ledger.positions.keys()
    )
    return sum(cash, Decimal(0)) + sum(positions, Decimal(0))


def _price(currency: str, prices: Mapping[str, Decimal]) -> Decimal:
    return Decimal(1) if currency in _DOLLARS else prices.get(f"{currency}USDT", Decimal(1))


async def read_venue_account(simulator_url: str) -> Account:
    """Ask the venue itself, by its own REST protocol."""
    spot = await asyncio.to_thread(_signed, f"{simulator_url}/api/v3/account")
    futures = await asyncio.to_thread(_signed, f"{simulator_url}/fapi/v2/account")
    cash = {("spot", row["asset"]): Decimal(row["free"]) + Decimal(row["locked"]) for row in spot["balances"]}
    cash |= {("futures", row["asset"]): Decimal(row["walletBalance"]) for row in futures["assets"]}
    positions = {row["symbol"]: Decimal(row["positionAmt"]) for row in futures["positions"]}
    return Account(
        {key: total for key, total in cash.items() if total},
        {symbol: quantity for symbol, quantity in positions.items() if quantity},
    )


async def read_ledger_account(database_url: str) -> Account:
    """Read what portfolio's ledger says of it."""
    engine = create_async_engine(database_url)
    try:
        async with engine.connect() as connection:
            cash = await connection.execute(text("select wallet, currency, total from portfolio.cash_balances"))
            held = await connection.execute(text("select symbol, quantity from portfolio.positions"))
            return Account(
                {(row.wallet, row.currency): row.total for row in cash},
                {Market.of(row.symbol).symbol: row.quantity for row in held},
            )
    finally:
        await engine.dispose()


def _signed(url: str) -> Any:
    query = urlencode({"timestamp": round(time.time() * 1000), "recvWindow": 5000})
    signature = hmac.new(_KEY.encode(), query.encode(), hashlib.sha256).hexdigest()
    request = Request(f"{url}?{query}&signature={signature}", headers={"X-MBX-APIKEY": _KEY})  # noqa: S310 - loopback
    with urlopen(request, timeout=_ANSWER_WITHIN_S) as answer:  # noqa: S310 - loopback
        return json.load(answer)
