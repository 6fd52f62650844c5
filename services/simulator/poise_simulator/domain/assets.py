"""The assets of the synthetic market: real tickers, plausible prices, tick sizes and liquidity.

Most of tier 3 qualifies for trading; six assets are there to be refused, one for each criterion.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class MarketProfile:
    """One book of an asset: its grid and its liquidity.

    Depth is within 1 % of mid on each side; the spread is best ask to best bid.
    """

    tick_size: str
    step_size: str
    depth_usd: float
    spread_bps: float
    volume_24h_usd: float
    trades_per_s: float
    min_notional: int = 5


@dataclass(frozen=True, slots=True)
class AssetProfile:
    """One asset: price at start, how it moves, and its books. `perpetual` is None for spot-only pairs.

    What is drawn apart came to a market whose seeds were known already: it changes nothing about the others.
    """

    base: str
    tier: int
    price: float
    annual_volatility: float
    btc_correlation: float
    spot: MarketProfile
    perpetual: MarketProfile | None
    base_premium_bps: float = 0.0
    max_leverage: int = 75
    is_pegged: bool = False
    is_drawn_apart: bool = False

    @property
    def symbol(self) -> str:
        """The venue's name for both books."""
        return f"{self.base}USDT"

    @property
    def is_major(self) -> bool:
        """True in tiers 1 and 2."""
        return self.tier <= 2

    @property
    def start_price(self) -> Decimal:
        """Price at start, on the spot grid."""
        return Decimal(str(self.price))


class _Row(NamedTuple):
    base: str
    tier: int
    price: float
    annual_volatility: float
    btc_correlation: float
    spot_grid: tuple[str, str]
    perpetual_grid: tuple[str, str]
    perpetual_volume_musd: float
    depth_musd: float
    spread_bps: float
    trades_per_s: float
    base_premium_bps: float = 0.0
    max_leverage: int = 75
    min_notional: int = 5

    def profile(self) -> AssetProfile:
        """Give spot four fifths of the perpetual's depth, a quarter of its volume."""
        spot = MarketProfile(
            *self.spot_grid,
            depth_usd=self.depth_musd * 0.8e6,
            spread_bps=self.spread_bps,
            volume_24h_usd=self.perpetual_volume_musd * 0.25e6,
            trades_per_s=self.trades_per_s * 0.6,
        )
        perpetual = MarketProfile(
            *self.perpetual_grid,
            depth_usd=self.depth_musd * 1e6,
            spread_bps=self.spread_bps,
            volume_24h_usd=self.perpetual_volume_musd * 1e6,
            trades_per_s=self.trades_per_s,
            min_notional=self.min_notional,
        )
        return AssetProfile(
            base=self.base,
            tier=self.tier,
            price=self.price,
            annual_volatility=self.annual_volatility,
            btc_correlation=self.btc_correlation,
            spot=spot,
            perpetual=perpetual,
            base_premium_bps=self.base_premium_bps,
            max_leverage=self.max_leverage,
        )


_MAJORS = (
    _Row("BTC", 1, 100_000, 0.50, 1.00, ("0.01", "0.00001"), ("0.1", "0.001"), 18_000, 60, 0.1, 3.0, 0.3, 125, 50),
    _Row("ETH", 1, 3_500, 0.65, 0.82, ("0.01", "0.0001"), ("0.01", "0.001"), 12_000, 40, 0.1, 2.5, 0.3, 125, 20),
    _Row("SOL", 2, 180, 0.80, 0.74, ("0.01", "0.001"), ("0.01", "0.01"), 5_000, 25, 0.6, 1.5, 0.4, 100),
    _Row("BNB", 2, 650, 0.60, 0.70, ("0.01", "0.001"), ("0.01", "0.01"), 1_500, 18, 0.4, 1.0, 0.2),
    _Row("XRP", 2, 2.2, 0.80, 0.62, ("0.0001", "0.1"), ("0.0001", "0.1"), 3_000, 20, 0.5, 1.5, 0.4),
)

_QUALIFYING = (
    _Row("DOGE", 3, 0.2, 0.95, 0.68, ("0.00001", "1"), ("0.00001", "1"), 2_000, 14, 0.6, 1.0, 0.3),
    _Row("ADA", 3, 0.65, 0.85, 0.66, ("0.0001", "0.1"), ("0.0001", "1"), 1_000, 11, 1.6, 0.8, 0.2),
    _Row("AVAX", 3, 24, 0.90, 0.70, ("0.001", "0.01"), ("0.001", "1"), 800, 10, 1.0, 0.7, 0.1),
    _Row("LINK", 3, 16, 0.85, 0.72, ("0.001", "0.01"), ("0.001", "0.01"), 850, 11, 1.0, 0.7, 0.2),
    _Row("SUI", 3, 2.9, 1.05, 0.60, ("0.0001", "0.1"), ("0.0001", "0.1"), 1_200, 10, 0.8, 0.8, 0.4),
    _Row("AAVE", 3, 240, 0.95, 0.58, ("0.01", "0.001"), ("0.01", "0.1"), 750, 9, 1.0, 0.6, 0.0),
    _Row("NEAR", 3, 5.2, 0.95, 0.64, ("0.001", "0.1"), ("0.001", "1"), 780, 9, 1.9, 0.6, 0.2),
    _Row("UNI", 3, 8, 0.95, 0.57, ("0.001", "0.01"), ("0.001", "1"), 760, 9, 1.3, 0.6, 0.1),
    _Row("HBAR", 3, 0.2, 1.00, 0.55, ("0.00001", "1"), ("0.00001", "1"), 770, 9, 1.0, 0.6, 0.2),
    _Row("ENA", 3, 0.6, 1.15, 0.52, ("0.0001", "0.01"), ("0.0001", "1"), 900, 9, 1.7, 0.7, 0.5),
)

_REFUSED = (
    _Row("KAVA", 3, 0.45, 0.80, 0.55, ("0.0001", "0.1"), ("0.0001", "0.1"), 6, 0.4, 6.0, 0.3),
    _Row("ATOM", 3, 5, 0.80, 0.65, ("0.001", "0.01"), ("0.001", "0.01"), 120, 7, 2.0, 0.4),
    _Row("ALGO", 3, 0.25, 0.85, 0.60, ("0.0001", "1"), ("0.0001", "0.1"), 700, 9, 12.0, 0.5),
    _Row("FIL", 3, 3.2, 0.85, 0.64, ("0.001", "0.01"), ("0.001", "0.1"), 720, 0.9, 3.2, 0.5),
    _Row("TRB", 3, 45, 1.30, 0.30, ("0.01", "0.01"), ("0.001", "0.1"), 800, 9, 2.5, 0.6, 40.0, 50),
    _Row("BCH", 3, 480, 0.62, 0.96, ("0.1", "0.001"), ("0.01", "0.001"), 820, 10, 2.2, 0.6, 0.2),
)

_STABLE = (
    AssetProfile(
        base="USDC",
        tier=3,
        price=1.0,
        annual_volatility=0.03,
        btc_correlation=0.0,
        spot=MarketProfile("0.0001", "1", 50e6, 1.0, 1_500e6, 1.0),
        perpetual=None,
        is_pegged=True,
    ),
    AssetProfile(
        base="FDUSD",
        tier=3,
        price=1.0,
        annual_volatility=0.04,
        btc_correlation=0.0,
        spot=MarketProfile("0.0001", "1", 12e6, 1.0, 250e6, 0.5),
        perpetual=None,
        is_pegged=True,
        is_drawn_apart=True,
    ),
)

CATALOGUE: tuple[AssetProfile, ...] = (
    *(row.profile() for row in (*_MAJORS, *_QUALIFYING, *_REFUSED)),
    *_STABLE,
)
