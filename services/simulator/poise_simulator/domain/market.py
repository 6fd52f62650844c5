"""The synthetic market: latent prices and premiums, and the standing books that are quoted by them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import AssetProfile, MarketProfile
from poise_simulator.domain.depegs import Depegs
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.levers import MarketLevers
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.places import Outlook, columns_in, drift_of
from poise_simulator.domain.premiums import Premiums
from poise_simulator.domain.prices import IndexPrices
from poise_simulator.domain.quoted_books import BookPlan, Pace, QuotedBooks, Sweep

FloatArray = npt.NDArray[np.float64]


class SyntheticMarket:
    """Moves all prices and the standing books, one step at a time; prices of assets are by their columns."""

    def __init__(
        self,
        assets: Sequence[AssetProfile],
        listings: Sequence[tuple[int, Listing]],
        outlook: Outlook,
        levers: MarketLevers,
        *,
        start_ms: int,
        pace: Pace,
        sweep: Sweep,
    ) -> None:
        """Quote every listing (given with its asset's column) at its start price."""
        self._start_ms = start_ms
        self._regimes = outlook.regimes
        self._levers = levers
        self._prices = IndexPrices(outlook.world, outlook.world_seed, pace.step_s)
        self._in_world = np.array(columns_in(outlook.world, assets))
        self._drift = drift_of(assets, outlook, pace.step_s)
        self._depegs = Depegs(assets, outlook.regimes.depegs, outlook.world_seed)
        self.premiums = Premiums(assets, outlook.regimes, outlook.seed, pace.step_s)
        self._is_perpetual = np.array([x.instrument.market is Market.FUTURES for _, x in listings])
        plans = [
            BookPlan(column, listing, _book_profile(assets[column], listing), float(assets[column].price))
            for column, listing in listings
        ]
        self._books = QuotedBooks(plans, levers, pace, sweep, seed=outlook.seed, schedule=("schedule",))
        self._reprice()
        self._books.open(self.mid_prices, start_ms)

    @property
    def index_prices(self) -> FloatArray:
        """Index prices by asset."""
        prices: FloatArray = self._prices.values[self._in_world] * self._levers.price * (1.0 + self._depegs.values)
        return prices

    @property
    def own_prices(self) -> FloatArray:
        """What the venue makes of the index, by asset: as far off as it strays from its world."""
        return self.index_prices * self._strays

    @property
    def spot_prices(self) -> FloatArray:
        """Latent spot prices by asset, in quote units."""
        prices: FloatArray = self.own_prices * (1.0 - self._regimes.spot_share * self.premiums.episodic)
        return prices

    def step(self, now_ms: int) -> None:
        """Move prices, then requote and trade the books that are due."""
        time_s = (now_ms - self._start_ms) / 1_000
        self._prices.step()
        self._depegs.step(time_s)
        self.premiums.step(time_s)
        if self._drift is not None:
            self._drift.step(time_s)
        self._reprice()
        self._books.step(self.mid_prices, now_ms)

    def _reprice(self) -> None:
        columns, share = self._books.columns, self._regimes.spot_share
        index, episodic = self.index_prices, self.premiums.episodic
        spot = index * (1.0 - share * episodic)
        perpetual = index * (1.0 + self.premiums.steady + (1.0 - share) * episodic + self._levers.premium)
        prices = np.where(self._is_perpetual, perpetual[columns], spot[columns])
        self._strays: FloatArray = np.ones(len(index))
        if self._drift is not None:
            self._strays = 1.0 + (self._drift.steady + self._drift.episodic)
            prices = prices * self._strays[columns]
        self.mid_prices: FloatArray = prices
        """Latent mid prices by standing book, in quote units."""


def _book_profile(asset: AssetProfile, listing: Listing) -> MarketProfile:
    if listing.instrument.market is Market.SPOT:
        return asset.spot
    if asset.perpetual is None:
        raise AssertionError(f"{asset.base} has no perpetual")
    return asset.perpetual
