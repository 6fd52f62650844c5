"""Balances and positions of a unified account, as REST and the account's channels have them."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from poise_simulator.domain.account_queries import AccountQueries
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.views import AccountView, FuturesAccount, Position, SpotBalance
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.okx.wire import millis, number

ZERO = Decimal(0)


def balance_row(venue: OkxVenue, account: AccountView, assets: Collection[str] | None = None) -> dict[str, object]:
    """Write the whole account with its assets in detail: all that are held, or those that are named."""
    futures = account.futures
    held = [balance for balance in account.spot.values() if balance.free or balance.locked]
    chosen = held if assets is None else [balance for balance in held if balance.asset in assets]
    total = sum((_worth(venue, balance, futures) for balance in held), ZERO)
    return {
        "uTime": millis(account.time_ms),
        "totalEq": number(total),
        "adjEq": "",
        "isoEq": "0",
        "ordFroz": "",
        "imr": "",
        "mmr": "",
        "mgnRatio": "",
        "notionalUsd": "",
        "borrowFroz": "",
        "upl": "",
        "availEq": "",
        "details": [_asset_row(venue, balance, futures, account.time_ms) for balance in chosen],
    }


def position_row(
    venue: OkxVenue, position: Position, futures: FuturesAccount, shown: AccountQueries
) -> dict[str, object]:
    """Write one position in contracts; a flat one has a size of 0 and no prices."""
    item = venue.named(Market.FUTURES, position.symbol)
    mark = shown.mark(position.symbol)
    is_open = position.quantity != 0
    used = position.initial_margin
    return {
        "instType": item.inst_type.value,
        "instId": item.inst_id,
        "mgnMode": "cross",
        "posId": position_id(item),
        "posSide": "net",
        "pos": item.size(position.quantity),
        "posCcy": "",
        "availPos": "",
        "avgPx": number(_price(position.entry_price)) if is_open else "",
        "markPx": number(_price(position.mark)),
        "idxPx": number(_price(mark.index)),
        "last": number(_price(shown.ticker_24h(Market.FUTURES, position.symbol).last)),
        "upl": number(position.unrealised_pnl),
        "uplRatio": number(_ratio(position.unrealised_pnl, used)) if is_open else "",
        "uplLastPx": "",
        "uplRatioLastPx": "",
        "lever": str(position.leverage),
        "liqPx": number(_price(position.liquidation_price)) if position.liquidation_price else "",
        "imr": number(_money(used)),
        "margin": "",
        "mgnRatio": number(_ratio(futures.margin_balance, futures.maintenance_margin)) if is_open else "",
        "mmr": number(_money(position.maintenance_margin)),
        "liab": "",
        "liabCcy": "",
        "interest": "",
        "tradeId": "",
        "optVal": "",
        "pendingCloseOrdLiabVal": "",
        "notionalUsd": number(_money(abs(position.notional))),
        "adl": "1",
        "ccy": futures.asset,
        "bePx": number(_price(position.entry_price)) if is_open else "",
        "realizedPnl": number(position.realised_pnl),
        "pnl": number(position.realised_pnl),
        "fee": "",
        "fundingFee": "",
        "liqPenalty": "",
        "closeOrderAlgo": [],
        "cTime": millis(position.updated_ms),
        "uTime": millis(position.updated_ms),
    }


def position_id(item: OkxInstrument) -> str:
    """Return the id of the account's position in an instrument."""
    return str(item.code)


def open_positions(account: AccountView) -> list[Position]:
    """List the positions that are held."""
    return [position for position in account.futures.positions.values() if position.quantity]


def _asset_row(venue: OkxVenue, balance: SpotBalance, futures: FuturesAccount, time_ms: int) -> dict[str, object]:
    is_margin = balance.asset == futures.asset
    cash = balance.free + balance.locked
    equity = cash + futures.unrealised_pnl if is_margin else cash
    available = futures.available_balance if is_margin else balance.free
    used = futures.initial_margin if is_margin else ZERO
    maintenance = futures.maintenance_margin if is_margin else ZERO
    return {
        "ccy": balance.asset,
        "eq": number(equity),
        "eqUsd": number(_money(equity * _price_usd(venue, balance.asset, futures.asset))),
        "disEq": number(_money(equity * _price_usd(venue, balance.asset, futures.asset))),
        "cashBal": number(cash),
        "availBal": number(_money(min(balance.free, available))),
        "availEq": number(_money(available)),
        "frozenBal": number(_money(max(ZERO, equity - available))),
        "ordFrozen": number(_money(balance.locked + (futures.open_order_initial_margin if is_margin else ZERO))),
        "imr": number(_money(used)),
        "mmr": number(_money(maintenance)),
        "mgnRatio": number(_ratio(futures.margin_balance, maintenance)) if maintenance else "",
        "upl": number(_money(futures.unrealised_pnl)) if is_margin else "0",
        "notionalLever": number(_ratio(used, equity)) if is_margin and used else "0",
        "isoEq": "0",
        "isoUpl": "0",
        "liab": "",
        "uplLiab": "",
        "crossLiab": "",
        "isoLiab": "",
        "interest": "",
        "maxLoan": "",
        "twap": "0",
        "stgyEq": "0",
        "spotInUseAmt": "",
        "borrowFroz": "",
        "fixedBal": "0",
        "rewardBal": "0",
        "uTime": millis(time_ms),
    }


def _worth(venue: OkxVenue, balance: SpotBalance, futures: FuturesAccount) -> Decimal:
    held = balance.free + balance.locked
    if balance.asset == futures.asset:
        held += futures.unrealised_pnl
    return _money(held * _price_usd(venue, balance.asset, futures.asset))


def _price_usd(venue: OkxVenue, asset: str, settlement_asset: str) -> Decimal:
    """Take an asset's last price in the settlement asset for its price in dollars."""
    symbol = f"{asset}{settlement_asset}"
    if asset == settlement_asset or not venue.has(Market.SPOT, symbol):
        return Decimal(1)
    return venue.exchange.ticker_24h(Market.SPOT, symbol).last


def _ratio(value: Decimal, to: Decimal) -> Decimal:
    return (value / to).quantize(Decimal("0.00000001")) if to else ZERO


def _price(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0000000001"))


def _money(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.00000001"))
