"""The desk at one moment, as far as a plan looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from poise_common.contracts.state import HeldPackage, VenueAccount
from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.correlations.clusters import Clusters
from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.rebalancing.candidates import Candidates
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.parameters import ModelParameters

_YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Situation:
    """What is held, what is worth carrying, and how the market has moved."""

    now: datetime
    equity_usd: Decimal
    packages: tuple[HeldPackage, ...]
    accounts: tuple[VenueAccount, ...]
    candidates: Candidates
    closes: Mapping[str, Floats]
    """By asset: a close more than the model looks at returns, oldest first."""
    sectors: Mapping[str, str]
    clusters: Clusters

    def held_usd(self) -> dict[str, Decimal]:
        """Return the exposure by asset."""
        held: dict[str, Decimal] = {}
        for package in self.packages:
            held[package.asset] = held.get(package.asset, ZERO) + package.exposure_usd
        return held

    def history(self, models: ModelParameters) -> MarketHistory:
        """Return the closes of what is held or worth carrying: nothing else is weighed."""
        assets = tuple(sorted(self.held_usd().keys() | self.candidates.wanted(self.now)))
        length = models.bars + 1
        closes = np.full((length, len(assets)), np.nan)
        for place, asset in enumerate(assets):
            known = self.closes.get(asset)
            if known is not None and len(known):
                closes[-len(known[-length:]) :, place] = known[-length:]
        sectors = {asset: self.sectors.get(asset, "") for asset in assets}
        return MarketHistory(assets, closes, _YEAR_S / models.interval.seconds, sectors)
