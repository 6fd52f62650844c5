"""Turns asset profiles into the venue's instruments."""

from collections.abc import Sequence
from decimal import Decimal

from poise_simulator.domain.assets import AssetProfile, MarketProfile
from poise_simulator.domain.config import ExchangeConfig, FeeSchedule
from poise_simulator.domain.instruments import (
    Instrument,
    LeverageBracket,
    Market,
    PriceDeviation,
    TradingStatus,
    build_brackets,
)

MAX_ORDER_USD = Decimal(20_000_000)
SPOT_DEVIATION = PriceDeviation(Decimal(5), Decimal("0.2"))
FUTURES_DEVIATION = PriceDeviation(Decimal("1.05"), Decimal("0.95"))

BANDS: tuple[tuple[int, int], ...] = (
    (50_000, 125),
    (600_000, 100),
    (3_000_000, 50),
    (12_000_000, 20),
    (70_000_000, 10),
    (100_000_000, 5),
    (230_000_000, 4),
    (480_000_000, 3),
    (600_000_000, 2),
    (1_200_000_000, 1),
)
"""Notional caps in USD and leverages, as the venue's largest contracts have them."""


def spot_instrument(asset: AssetProfile, config: ExchangeConfig) -> Instrument:
    """Build an asset's spot pair."""
    return _instrument(asset, asset.spot, Market.SPOT, config.spot_fees, SPOT_DEVIATION)


def perpetual_instrument(asset: AssetProfile, book: MarketProfile, config: ExchangeConfig) -> Instrument:
    """Build an asset's perpetual."""
    return _instrument(
        asset,
        book,
        Market.FUTURES,
        config.futures_fees,
        FUTURES_DEVIATION,
        brackets=brackets_up_to(asset.max_leverage),
        funding_interval_s=config.funding_intervals_s.get(asset.symbol, config.funding_interval_s),
    )


def brackets_up_to(max_leverage: int) -> tuple[LeverageBracket, ...]:
    """Build brackets under a leverage cap; maintenance is half the initial margin of each."""
    bands: list[tuple[int, int, Decimal]] = []
    for cap, band_leverage in BANDS:
        leverage = min(band_leverage, max_leverage)
        if bands and bands[-1][1] == leverage:
            bands.pop()
        bands.append((cap, leverage, Decimal(1) / (2 * leverage)))
    return build_brackets(bands)


def check_assets(assets: Sequence[AssetProfile]) -> None:
    """Refuse a universe without its factor first, or with a name twice."""
    if not assets or assets[0].btc_correlation != 1.0:
        raise ValueError("assets: the first must be the factor asset, with btc_correlation 1")
    bases = [asset.base for asset in assets]
    if len(set(bases)) != len(bases):
        raise ValueError(f"assets: each base once, not {bases}")


def _instrument(
    asset: AssetProfile,
    book: MarketProfile,
    market: Market,
    fees: FeeSchedule,
    deviation: PriceDeviation,
    *,
    brackets: tuple[LeverageBracket, ...] = (),
    funding_interval_s: int | None = None,
) -> Instrument:
    step = Decimal(book.step_size)
    return Instrument(
        market=market,
        symbol=asset.symbol,
        base=asset.base,
        quote="USDT",
        status=TradingStatus.TRADING,
        tick_size=Decimal(book.tick_size),
        step_size=step,
        min_quantity=step,
        max_quantity=MAX_ORDER_USD / asset.start_price // step * step,
        min_notional=Decimal(book.min_notional),
        max_price_deviation=deviation,
        taker_fee_rate=fees.taker,
        maker_fee_rate=fees.maker,
        leverage_brackets=brackets,
        funding_interval_s=funding_interval_s,
    )
