"""The futures account: wallet, margin and positions."""

from __future__ import annotations

from decimal import Decimal

from poise_simulator.binance.endpoint import Call, Endpoint, Handler, Security, Weigh
from poise_simulator.binance.venue import Venue
from poise_simulator.binance.wire import decimal_text, quantity_places
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.views import FuturesAccount, Position

_ZERO = Decimal(0)


def balance(call: Call) -> object:
    """Answer `GET balance`."""
    view = call.shown.account(call.account_id)
    wallet = view.futures
    return [
        {
            "accountAlias": "SgsR",
            "asset": wallet.asset,
            "balance": decimal_text(wallet.wallet_balance),
            "crossWalletBalance": decimal_text(wallet.wallet_balance),
            "crossUnPnl": decimal_text(wallet.unrealised_pnl),
            "availableBalance": decimal_text(wallet.available_balance),
            "maxWithdrawAmount": decimal_text(_withdrawable(wallet)),
            "marginAvailable": True,
            "updateTime": view.time_ms,
        }
    ]


def account_v3(call: Call) -> object:
    """Answer `GET /fapi/v3/account`: positions that are open or have open orders."""
    wallet = call.shown.account(call.account_id).futures
    return _totals(wallet) | {
        "assets": [_asset_row(call, wallet)],
        "positions": [
            _account_position(position, call.venue.instrument(Market.FUTURES, position.symbol))
            for position in wallet.positions.values()
            if position.quantity or position.open_order_initial_margin
        ],
    }


def account_v2(call: Call) -> object:
    """Answer `GET /fapi/v2/account`: a position of every symbol, with leverage and entry price."""
    venue = call.venue
    wallet = call.shown.account(call.account_id).futures
    positions = []
    for instrument in venue.instruments(Market.FUTURES):
        position = _position_of(venue, call.account_id, wallet, instrument)
        positions.append(
            _account_position(position, instrument)
            | {
                "positionInitialMargin": decimal_text(position.initial_margin - position.open_order_initial_margin),
                "openOrderInitialMargin": decimal_text(position.open_order_initial_margin),
                "leverage": str(position.leverage),
                "isolated": False,
                "entryPrice": decimal_text(position.entry_price),
                "breakEvenPrice": decimal_text(position.entry_price),
                "maxNotional": _max_notional(instrument, position.leverage),
                "bidNotional": "0",
                "askNotional": "0",
            }
        )
    return (
        {
            "feeTier": 0,
            "feeBurn": False,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "updateTime": 0,
            "multiAssetsMargin": False,
            "tradeGroupId": -1,
        }
        | _totals(wallet)
        | {
            "assets": [_asset_row(call, wallet) | {"marginAvailable": True}],
            "positions": positions,
        }
    )


def position_risk_v3(call: Call) -> object:
    """Answer `GET /fapi/v3/positionRisk`: positions that are open or have open orders."""
    return [
        {
            **_risk_row(position, instrument),
            "initialMargin": decimal_text(position.initial_margin),
            "maintMargin": decimal_text(position.maintenance_margin),
            "positionInitialMargin": decimal_text(position.initial_margin - position.open_order_initial_margin),
            "openOrderInitialMargin": decimal_text(position.open_order_initial_margin),
            "adl": 0,
            "bidNotional": "0",
            "askNotional": "0",
            "marginAsset": instrument.quote,
        }
        for position, instrument in _positions(call)
        if position.quantity or position.open_order_initial_margin
    ]


def position_risk_v2(call: Call) -> object:
    """Answer `GET /fapi/v2/positionRisk` (and v1): a position of every symbol."""
    return [
        {
            **_risk_row(position, instrument),
            "leverage": str(position.leverage),
            "maxNotionalValue": _max_notional(instrument, position.leverage),
            "marginType": "cross",
            "isAutoAddMargin": "false",
            "isolated": False,
            "adlQuantile": 0,
        }
        for position, instrument in _positions(call)
    ]


def _positions(call: Call) -> list[tuple[Position, Instrument]]:
    venue = call.venue
    symbol = call.parameters.optional_symbol()
    chosen = list(venue.instruments(Market.FUTURES)) if symbol is None else [venue.instrument(Market.FUTURES, symbol)]
    wallet = call.shown.account(call.account_id).futures
    return [(_position_of(venue, call.account_id, wallet, item), item) for item in chosen]


def _position_of(venue: Venue, account_id: str, wallet: FuturesAccount, instrument: Instrument) -> Position:
    held = wallet.positions.get(instrument.symbol)
    if held is not None:
        return held
    return Position(
        symbol=instrument.symbol,
        quantity=_ZERO,
        entry_price=_ZERO,
        mark=venue.exchange.mark(instrument.symbol).mark,
        notional=_ZERO,
        unrealised_pnl=_ZERO,
        realised_pnl=_ZERO,
        liquidation_price=_ZERO,
        leverage=venue.exchange.leverage(account_id, instrument.symbol),
        initial_margin=_ZERO,
        open_order_initial_margin=_ZERO,
        maintenance_margin=_ZERO,
        updated_ms=0,
    )


def _risk_row(position: Position, instrument: Instrument) -> dict[str, object]:
    return {
        "symbol": position.symbol,
        "positionSide": "BOTH",
        "positionAmt": decimal_text(position.quantity, quantity_places(instrument)),
        "entryPrice": decimal_text(position.entry_price),
        "breakEvenPrice": decimal_text(position.entry_price),
        "markPrice": decimal_text(position.mark),
        "unRealizedProfit": decimal_text(position.unrealised_pnl),
        "liquidationPrice": decimal_text(position.liquidation_price) if position.liquidation_price else "0",
        "isolatedMargin": "0",
        "notional": decimal_text(position.notional),
        "isolatedWallet": "0",
        "updateTime": position.updated_ms,
    }


def _account_position(position: Position, instrument: Instrument) -> dict[str, object]:
    return {
        "symbol": position.symbol,
        "positionSide": "BOTH",
        "positionAmt": decimal_text(position.quantity, quantity_places(instrument)),
        "unrealizedProfit": decimal_text(position.unrealised_pnl),
        "isolatedMargin": "0",
        "notional": decimal_text(position.notional),
        "isolatedWallet": "0",
        "initialMargin": decimal_text(position.initial_margin),
        "maintMargin": decimal_text(position.maintenance_margin),
        "updateTime": position.updated_ms,
    }


def _totals(wallet: FuturesAccount) -> dict[str, object]:
    return {
        "totalInitialMargin": decimal_text(wallet.initial_margin),
        "totalMaintMargin": decimal_text(wallet.maintenance_margin),
        "totalWalletBalance": decimal_text(wallet.wallet_balance),
        "totalUnrealizedProfit": decimal_text(wallet.unrealised_pnl),
        "totalMarginBalance": decimal_text(wallet.margin_balance),
        "totalPositionInitialMargin": decimal_text(wallet.position_initial_margin),
        "totalOpenOrderInitialMargin": decimal_text(wallet.open_order_initial_margin),
        "totalCrossWalletBalance": decimal_text(wallet.wallet_balance),
        "totalCrossUnPnl": decimal_text(wallet.unrealised_pnl),
        "availableBalance": decimal_text(wallet.available_balance),
        "maxWithdrawAmount": decimal_text(_withdrawable(wallet)),
    }


def _asset_row(call: Call, wallet: FuturesAccount) -> dict[str, object]:
    return {
        "asset": wallet.asset,
        "walletBalance": decimal_text(wallet.wallet_balance),
        "unrealizedProfit": decimal_text(wallet.unrealised_pnl),
        "marginBalance": decimal_text(wallet.margin_balance),
        "maintMargin": decimal_text(wallet.maintenance_margin),
        "initialMargin": decimal_text(wallet.initial_margin),
        "positionInitialMargin": decimal_text(wallet.position_initial_margin),
        "openOrderInitialMargin": decimal_text(wallet.open_order_initial_margin),
        "crossWalletBalance": decimal_text(wallet.wallet_balance),
        "crossUnPnl": decimal_text(wallet.unrealised_pnl),
        "availableBalance": decimal_text(wallet.available_balance),
        "maxWithdrawAmount": decimal_text(_withdrawable(wallet)),
        "updateTime": call.venue.exchange.now_ms,
    }


def _withdrawable(wallet: FuturesAccount) -> Decimal:
    return max(_ZERO, min(wallet.available_balance, wallet.wallet_balance))


def _max_notional(instrument: Instrument, leverage: int) -> str:
    caps = [item.notional_cap for item in instrument.leverage_brackets if item.max_leverage >= leverage]
    return f"{max(caps, default=_ZERO):f}"


def _signed(path: str, weigh: int | Weigh, handle: Handler) -> Endpoint:
    return Endpoint("GET", path, weigh, Security.SIGNED, handle)


ENDPOINTS = (
    _signed("/fapi/v2/balance", 5, balance),
    _signed("/fapi/v3/balance", 5, balance),
    _signed("/fapi/v1/balance", 5, balance),
    _signed("/fapi/v1/account", 5, account_v2),
    _signed("/fapi/v2/account", 5, account_v2),
    _signed("/fapi/v3/account", 5, account_v3),
    _signed("/fapi/v1/positionRisk", 5, position_risk_v2),
    _signed("/fapi/v2/positionRisk", 5, position_risk_v2),
    _signed("/fapi/v3/positionRisk", 5, position_risk_v3),
)
