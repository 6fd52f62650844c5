"""Turns asset profiles into the venue's instruments."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from poise_simulator.domain.assets import AssetProfile, MarketProfile
from poise_simulator.domain.config import ExchangeConfig, FeeSchedule
from poise_simulator.domain.dated.calendar import date_code
from poise_simulator.domain.dated.terms import Term
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
DATED_MAX_LEVERAGE = 50
CROSS_SHARE = 0.2
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


def dated_instrument(asset: AssetProfile, book: MarketProfile, term: Term, config: ExchangeConfig) -> Instrument:
    """Build a dated future of an asset."""
    return replace(
        _instrument(
            asset,
            book,
            Market.FUTURES,
            config.futures_fees,
            FUTURES_DEVIATION,
            brackets=brackets_up_to(min(asset.max_leverage, DATED_MAX_LEVERAGE)),
        ),
        symbol=f"{asset.symbol}_{date_code(term.expires_ms)}",
        listed_ms=term.listed_ms,
        expires_ms=term.expires_ms,
    )


def cross_instrument(asset: AssetProfile, quote: str, book: MarketProfile, config: ExchangeConfig) -> Instrument:
    """Build an asset's spot pair in something else than what all is quoted in."""
    pair = _instrument(asset, book, Market.SPOT, config.spot_fees, SPOT_DEVIATION)
    return replace(pair, symbol=f"{asset.base}{quote}", quote=quote)


def cross_profile(asset: AssetProfile) -> MarketProfile:
    """Say how liquid such a pair is: some share of the asset's main spot book."""
    spot = asset.spot
    return replace(
        spot,
        depth_usd=spot.depth_usd * CROSS_SHARE,
        volume_24h_usd=spot.volume_24h_usd * CROSS_SHARE,
        trades_per_s=spot.trades_per_s * CROSS_SHARE,
        spread_bps=spot.spread_bps * 2,
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
    apart = [asset.is_drawn_apart for asset in assets]
    if apart != sorted(apart):
        raise ValueError("assets: those that are drawn apart stand last")
    if any(asset.is_drawn_apart and asset.perpetual is not None for asset in assets):
        raise ValueError("assets: those that are drawn apart have no perpetual")


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
