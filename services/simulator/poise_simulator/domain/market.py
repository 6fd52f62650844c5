"""The synthetic market: latent prices and premiums, makers that quote them, takers that trade."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import AssetProfile, MarketProfile
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.levers import MarketLevers
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.makers import Ladder, MarketMaker
from poise_simulator.domain.orders import Side
from poise_simulator.domain.premiums import Premiums
from poise_simulator.domain.prices import IndexPrices
from poise_simulator.domain.randomness import DrawBuffer, generator_for
from poise_simulator.domain.regimes import RegimeProfile

FloatArray = npt.NDArray[np.float64]

DAY_S = 86_400
DRAWN_STEPS = 256
MAX_TRADE_MULTIPLE = 8.0
SWEEP_REACH_BPS = 40.0
"""A synthetic taker never trades further from the touch than this."""

Sweep = Callable[[Listing, Side, int, int, int], int]
"""Trade (listing, side, lots, limit ticks, time) as synthetic flow; returns the lots left."""


@dataclass(slots=True)
class MadeBook:
    """A listing with those who trade it: its maker, and takers of a usual size."""

    listing: Listing
    maker: MarketMaker
    draws: DrawBuffer
    usual_trade_lots: float
    reach_ticks: int


class SyntheticMarket:
    """Moves all books, one step at a time. `asset_of` gives each book's column in the price arrays."""

    def __init__(
        self,
        assets: Sequence[AssetProfile],
        listings: Sequence[tuple[int, Listing]],
        regimes: RegimeProfile,
        levers: MarketLevers,
        *,
        seed: int,
        start_ms: int,
        step_ms: int,
        updates_per_s: float,
        levels: int,
        sweep: Sweep,
    ) -> None:
        """Quote every listing (given with its asset's column) at its start price."""
        self._start_ms = start_ms
        self._regimes = regimes
        self._levers = levers
        self._quoted_under = (levers.depth, levers.spread)
        self._sweep = sweep
        self._now_ms = start_ms
        step_s = step_ms / 1_000
        self._prices = IndexPrices(assets, seed, step_s)
        self.premiums = Premiums(assets, regimes, seed, step_s)
        self._columns = np.array([column for column, _ in listings])
        self._is_perpetual = np.array([x.instrument.market is Market.FUTURES for _, x in listings])
        self._ticks = np.array([listing.tick for _, listing in listings])
        profiles = [_book_profile(assets[column], listing) for column, listing in listings]
        chances = [[min(1.0, updates_per_s * step_s)] * len(profiles), [p.trades_per_s * step_s for p in profiles]]
        self._chances: FloatArray = np.array(chances)
        self._schedule = generator_for(seed, "schedule")
        self._due = np.empty((0, 2, len(profiles)), dtype=bool)
        self._next_due = 0
        self._books = [
            self._make(listing, profile, float(assets[column].price), seed, levels)
            for (column, listing), profile in zip(listings, profiles, strict=True)
        ]
        self._reprice()
        for book, mid in zip(self._books, self._mids.tolist(), strict=True):
            book.maker.requote(mid)
            book.listing.book.take_delta()

    @property
    def index_prices(self) -> FloatArray:
        """Index prices by asset."""
        prices: FloatArray = self._prices.values * self._levers.price
        return prices

    @property
    def mid_prices(self) -> FloatArray:
        """Latent mid prices by book, in quote units."""
        mids: FloatArray = self._mids * self._ticks
        return mids

    def step(self, now_ms: int) -> None:
        """Move prices, then requote and trade the books that are due."""
        self._now_ms = now_ms
        self._prices.step()
        self.premiums.step((now_ms - self._start_ms) / 1_000)
        self._reprice()
        requoted, traded = self._draw_due()
        requoted = requoted | self._change_conditions()
        for number in np.flatnonzero(requoted | traded).tolist():
            book = self._books[number]
            if book.listing.is_halted:
                continue
            if requoted[number]:
                book.maker.requote(float(self._mids[number]))
            if traded[number]:
                self._trade(book)
            book.listing.publish_depth(now_ms)

    def _reprice(self) -> None:
        share = self._regimes.spot_share
        index, episodic = self.index_prices, self.premiums.episodic
        spot = index * (1.0 - share * episodic)
        perpetual = index * (1.0 + self.premiums.steady + (1.0 - share) * episodic + self._levers.premium)
        prices = np.where(self._is_perpetual, perpetual[self._columns], spot[self._columns])
        self._mids: FloatArray = prices / self._ticks

    def _change_conditions(self) -> npt.NDArray[np.bool_]:
        """Have makers withdraw what they would no longer quote; returns which books they have to quote anew."""
        depth, spread = self._quoted_under
        levers = self._levers
        self._quoted_under = (levers.depth, levers.spread)
        changed: npt.NDArray[np.bool_] = ((depth != levers.depth) | (spread != levers.spread))[self._columns]
        for number in np.flatnonzero(changed).tolist():
            column = self._columns[number]
            self._books[number].maker.quote_under(float(levers.depth[column]), float(levers.spread[column]))
        return changed

    def _draw_due(self) -> npt.NDArray[np.bool_]:
        if self._next_due == len(self._due):
            self._due = self._schedule.random((DRAWN_STEPS, *self._chances.shape)) < self._chances
            self._next_due = 0
        due: npt.NDArray[np.bool_] = self._due[self._next_due]
        self._next_due += 1
        return due

    def _trade(self, book: MadeBook) -> None:
        draws, side = book.draws, Side.BUY if book.draws.uniform() < 0.5 else Side.SELL
        best = book.listing.book.side(side.opposite).best
        if best is None:
            return
        multiple = min(-math.log(1.0 - draws.uniform()), MAX_TRADE_MULTIPLE)
        lots = max(1, round(book.usual_trade_lots * multiple))
        self._sweep(book.listing, side, lots, best + side.sign * book.reach_ticks, self._now_ms)

    def _make(self, listing: Listing, profile: MarketProfile, price: float, seed: int, levels: int) -> MadeBook:
        name = (listing.instrument.market, listing.instrument.symbol)
        ladder = Ladder(profile, price, levels)
        usual_usd = profile.volume_24h_usd / DAY_S / profile.trades_per_s

        def take(side: Side, lots: int, limit_ticks: int) -> int:
            return self._sweep(listing, side, lots, limit_ticks, self._now_ms)

        return MadeBook(
            listing,
            MarketMaker(listing.book, ladder, DrawBuffer(generator_for(seed, "maker", *name)), take),
            DrawBuffer(generator_for(seed, "taker", *name), block=64),
            usual_trade_lots=usual_usd / (price * listing.step),
            reach_ticks=max(1, round(SWEEP_REACH_BPS * 1e-4 * price / ladder.tick)),
        )


def _book_profile(asset: AssetProfile, listing: Listing) -> MarketProfile:
    if listing.instrument.market is Market.SPOT:
        return asset.spot
    if asset.perpetual is None:
        raise AssertionError(f"{asset.base} has no perpetual")
    return asset.perpetual
