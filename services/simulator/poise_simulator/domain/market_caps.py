"""What the simulated market is worth as a whole: prices times fixed supplies."""

from collections.abc import Mapping
from dataclasses import dataclass

from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market

SUPPLIES: Mapping[str, float] = {
    "BTC": 19.95e6,
    "ETH": 120.7e6,
    "SOL": 550e6,
    "BNB": 138e6,
    "XRP": 60e9,
    "DOGE": 152e9,
    "ADA": 36e9,
    "AVAX": 427e6,
    "LINK": 697e6,
    "SUI": 3.7e9,
    "AAVE": 15.3e6,
    "NEAR": 1.28e9,
    "UNI": 630e6,
    "HBAR": 42e9,
    "ENA": 7.5e9,
    "KAVA": 1.08e9,
    "ATOM": 470e6,
    "ALGO": 8.8e9,
    "FIL": 700e6,
    "TRB": 2.7e6,
    "BCH": 20e6,
    "USDC": 75e9,
    "FDUSD": 1.1e9,
}
"""Units of each asset in circulation; USDT, in which all is quoted, is left out."""


@dataclass(frozen=True, slots=True)
class MarketCaps:
    """Market capitalisations in quote units, by asset, now and 24 hours ago; turnover of 24 hours on spot."""

    now: Mapping[str, float]
    a_day_ago: Mapping[str, float]
    volume_24h: float
    pairs: int

    @property
    def total(self) -> float:
        """All assets together."""
        return sum(self.now.values())

    @property
    def change_24h_pct(self) -> float:
        """How much more it is than a day ago, in percent."""
        before = sum(self.a_day_ago.values())
        return (self.total / before - 1.0) * 100.0 if before else 0.0

    def share_pct(self, asset: str) -> float:
        """An asset's share of the total, in percent: its dominance."""
        return self.now[asset] / self.total * 100.0


def market_caps(exchange: Exchange) -> MarketCaps:
    """Value every asset whose supply is known by its main spot book."""
    now, before, volume = {}, {}, 0.0
    tickers = exchange.tickers_24h(Market.SPOT)
    for ticker in tickers:
        instrument = exchange.instruments[Market.SPOT, ticker.symbol]
        volume += float(ticker.quote_volume)
        supply = SUPPLIES.get(instrument.base)
        if supply is not None and instrument.base not in now:
            now[instrument.base] = float(ticker.last) * supply
            before[instrument.base] = float(ticker.open) * supply
    return MarketCaps(now, before, volume, len(tickers))
