"""Exchanges small and quiet enough to work out by hand."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from poise_simulator.domain.assets import AssetProfile, MarketProfile
from poise_simulator.domain.config import AccountConfig, ExchangeConfig
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, OrderType, Side, TimeInForce
from poise_simulator.domain.regimes import DEMO, Span

START_MS = 1_790_000_000_000

NO_EPISODES = replace(
    DEMO,
    name="still",
    first_gap_s=Span(1e12, 1e12),
    backwardation_per_hour=0.0,
    noise_bps=0.0,
)

STILL = AssetProfile(
    base="BTC",
    tier=1,
    price=100.0,
    annual_volatility=0.0,
    btc_correlation=1.0,
    spot=MarketProfile("0.01", "0.001", 1e5, 200.0, 1.0, 1e-9),
    perpetual=MarketProfile("0.01", "0.001", 1e5, 200.0, 1.0, 1e-9),
    max_leverage=50,
)
"""Price 100, quotes at 99 and 101 and beyond, no moves, no trades but the accounts' own."""


@pytest.fixture(scope="session")
def still_exchange() -> Callable[..., Exchange]:
    """Build an exchange whose only moves are its accounts' (alice and bob)."""

    def build(
        *,
        spot: Mapping[str, Decimal] | None = None,
        futures_wallet: Decimal = Decimal(10_000),
        **changes: object,
    ) -> Exchange:
        holdings = {"USDT": Decimal(10_000), "BTC": Decimal(100)} if spot is None else spot
        config = ExchangeConfig(
            accounts=tuple(AccountConfig(name, holdings, futures_wallet) for name in ("alice", "bob")),
            assets=(STILL,),
            regimes=NO_EPISODES,
            interest_rate_per_8h=Decimal(0),
        )
        return Exchange(replace(config, **changes), seed=1, start_ms=START_MS)  # type: ignore[arg-type]  # keywords of the config

    return build


@pytest.fixture(scope="session")
def order() -> Callable[..., OrderRequest]:
    """Write an order in one line: limit with a price, market without."""

    def build(
        market: Market,
        side: Side,
        quantity: str | None,
        price: str | None = None,
        *,
        time_in_force: TimeInForce = TimeInForce.GTC,
        **rest: object,
    ) -> OrderRequest:
        return OrderRequest(
            market=market,
            symbol="BTCUSDT",
            side=side,
            type=OrderType.MARKET if price is None else OrderType.LIMIT,
            quantity=None if quantity is None else Decimal(quantity),
            price=None if price is None else Decimal(price),
            time_in_force=time_in_force,
            **rest,  # type: ignore[arg-type]  # keywords of the request
        )

    return build
