"""Reading an account of OKX: one wallet for everything."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from poise_common.domain.wallets import Wallet
from poise_venues.answers import decimal, text
from poise_venues.dialects import KeyPowers
from poise_venues.instruments import base_units
from poise_venues.okx.orders import record, records
from poise_venues.outcomes import Account, Balance, Position

_SPOT_MODE, _SINGLE_CURRENCY_MODE = "1", "2"
"""Account levels: without derivatives; each currency the margin of its own contracts. The others pool all of it."""
_NET_MODE = "net_mode"
_WAYS_OUT = {"withdraw": "withdraw"}
_ZERO = Decimal(0)


async def read_key_powers(exchange: Any) -> KeyPowers:
    """Ask what the key may do, in the account's mode (`/api/v5/account/config`)."""
    config = record(await exchange.privateGetAccountConfig())
    powers = set(text(config, "perm").split(","))
    may_trade = "trade" in powers
    return KeyPowers(
        may_trade_spot=may_trade,
        may_trade_derivatives=may_trade and text(config, "acctLv") != _SPOT_MODE,
        may_move_money_out=tuple(words for power, words in _WAYS_OUT.items() if power in powers),
        is_bound_to_addresses=config["ip"] != "" if "ip" in config else None,
    )


async def use_one_way_mode(exchange: Any) -> None:
    """Set net mode on the account, unless it is set."""
    config = record(await exchange.privateGetAccountConfig())
    if text(config, "posMode") == _NET_MODE:
        return
    answered = record(await exchange.privatePostAccountSetPositionMode({"posMode": _NET_MODE}))
    if text(answered, "posMode") != _NET_MODE:
        raise ValueError(f"{_NET_MODE} was asked for; set: {answered}")


async def use_leverage(exchange: Any, symbol: str, leverage: int) -> None:
    """Set the cross leverage of a derivative; that its orders are cross is said with each of them (`tdMode`)."""
    wanted = {"instId": exchange.market(symbol)["id"], "lever": str(leverage), "mgnMode": "cross"}
    answered = record(await exchange.privatePostAccountSetLeverage(wanted))
    if decimal(answered, "lever") != leverage or text(answered, "mgnMode") != "cross":
        raise ValueError(f"{wanted} was asked for; set: {answered}")


async def read_account(exchange: Any, as_of: datetime) -> Account:
    """Read the wallet, the margin figures and the positions; balances exclude unrealised P&L."""
    summary = record(await exchange.privateGetAccountBalance())
    positions = [_position(exchange, raw) for raw in records(await exchange.privateGetAccountPositions())]
    details = summary["details"]
    return Account(
        balances=tuple(
            Balance(
                wallet=Wallet.UNIFIED.value,
                currency=exchange.safe_currency_code(text(detail, "ccy")),
                total=decimal(detail, "cashBal"),
            )
            for detail in details
            if decimal(detail, "cashBal")
        ),
        positions=tuple(position for position in positions if position.quantity),
        margin_balance_usd=_margin_balance_usd(summary, details),
        initial_margin_usd=_margin_usd(summary, details, "imr"),
        maintenance_margin_usd=_margin_usd(summary, details, "mmr"),
        as_of=as_of,
    )


def _margin_balance_usd(summary: Any, details: Iterable[Any]) -> Decimal:
    """Return the equity that positions are held with."""
    if summary["adjEq"] != "":
        return decimal(summary, "adjEq")
    # Each currency stands for its own contracts alone: what the others are worth holds nothing.
    pledged = [detail for detail in details if _optional(detail, "imr")]
    if not pledged:
        return decimal(summary, "totalEq")
    return sum((decimal(detail, "eqUsd") for detail in pledged), _ZERO)


def _margin_usd(summary: Any, details: Iterable[Any], field: str) -> Decimal:
    if summary[field] != "":
        return decimal(summary, field)
    return sum((_optional(detail, field) * _usd_each(detail) for detail in details), _ZERO)


def _usd_each(detail: Any) -> Decimal:
    equity = decimal(detail, "eq")
    return decimal(detail, "eqUsd") / equity if equity else _ZERO


def _optional(raw: Any, field: str) -> Decimal:
    return _ZERO if raw[field] == "" else decimal(raw, field)


def _position(exchange: Any, raw: Any) -> Position:
    if text(raw, "posSide") != "net":
        raise ValueError(f"a position of a mode that the desk does not use: {raw!r:.200}")
    market = exchange.safe_market(text(raw, "instId"))
    entry_price = _optional(raw, "avgPx")
    in_usd = decimal(raw, "markPx") if market["inverse"] else Decimal(1)
    return Position(
        symbol=market["symbol"],
        quantity=base_units(market, _optional(raw, "pos"), entry_price),
        entry_price=entry_price,
        mark_price=decimal(raw, "markPx"),
        unrealised_pnl_usd=_optional(raw, "upl") * in_usd,
        liquidation_price=_optional(raw, "liqPx") or None,
    )
