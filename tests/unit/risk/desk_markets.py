"""The markets of a test: what is listed, and at which prices."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from tests.unit.risk.desk_figures import PRICE, spot
from tests.unit.risk.desk_messages import DeskMessages

from poise_common.contracts.market_data import FundingRate, OrderBook, Universe, UniverseAsset
from poise_common.contracts.message import Message
from poise_common.contracts.state import CorrelationMatrix
from poise_common.domain.instruments import Instrument
from poise_common.domain.order_books import Level

Window = Literal["24h", "90d", "spread_returns"]


class DeskMarkets(DeskMessages):
    """Sends what ingestion sends."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.instruments: dict[tuple[str, str], Instrument] = {}
        self.correlated: dict[Window, dict[str, Any]] = {"spread_returns": {}, "90d": {}}
        """What was said last of each window; at first that nothing correlates."""

    def universe(
        self,
        listed: Iterable[tuple[Instrument, Instrument, int]],
        *,
        depth_usd: dict[str, float] | None = None,
        futures: tuple[Instrument, ...] = (),
    ) -> None:
        """List assets by their spot, hedge and tier, with those of the futures that are theirs."""
        listed = list(listed)
        self.instruments.update({each.id: each for each in futures})
        self.instruments.update({each.id: each for long, short, _ in listed for each in (long, short)})
        usdc = spot("USDC")
        depths = depth_usd or {}
        assets = tuple(
            UniverseAsset(
                asset=long.base, tier=tier, sector="", venue=long.venue, spot=long, hedge=short, volume_24h_usd=1e9,
                futures=tuple(each for each in futures if each.base == long.base),
                hedge_volume_24h_usd=1e9, depth_usd=depths.get(long.base, 1e7), spread_pct=0.01, btc_correlation=0.5,
            )
            for long, short, tier in listed
        )  # fmt: skip
        self.send(
            self.first(
                Universe,
                as_of=self.now,
                assets=assets,
                peg_pairs=(usdc,),
                stablecoin_peg_symbols={"USDT": "USDC/USDT", "USDC": "USDC/USDT"},
            )
        )

    def books(self, *, mid: Decimal = PRICE, peg: float = 1.0, received_at: datetime | None = None) -> None:
        """Fresh books of everything, two bps wide, and of the peg pair."""
        for venue, symbol in self.instruments:
            self.book(symbol, mid, venue=venue, received_at=received_at)
        self.book("USDC/USDT", Decimal(str(peg)), received_at=received_at)

    def book(self, symbol: str, mid: Decimal, **changes: Any) -> None:
        self.send(self.order_book(symbol, mid, **changes))

    def order_book(
        self,
        symbol: str,
        mid: Decimal,
        *,
        venue: str = "paper",
        quantity: float = 1e6,
        half_spread: Decimal = Decimal("0.0001"),
        received_at: datetime | None = None,
    ) -> OrderBook:
        """A book of two levels a side with a quantity on each, in base units; half the spread is a share of mid."""
        bid, ask = float(mid * (1 - half_spread)), float(mid * (1 + half_spread))
        return self.first(
            OrderBook,
            venue=venue,
            symbol=symbol,
            tier=1,
            sequence=1,
            venue_time=received_at or self.now,
            received_at=received_at or self.now,
            bids=(Level(bid, quantity), Level(bid * 0.99, quantity)),
            asks=(Level(ask, quantity), Level(ask * 1.01, quantity)),
        )

    def funding(
        self,
        symbol: str,
        *settled_rates: float,
        venue: str = "paper",
        interval_s: int = 28_800,
        last_settled_at: datetime | None = None,
        received_at: datetime | None = None,
    ) -> list[Message]:
        """A perpetual's settled rates, newest last, the newest just now; above zero is paid by longs to shorts."""
        newest = self.now if last_settled_at is None else last_settled_at
        return self.send(
            self.first(
                FundingRate,
                venue=venue,
                symbol=symbol,
                funding_rate_per_interval=0.0,
                next_funding_at=newest + timedelta(seconds=interval_s),
                interval_s=interval_s,
                settled_rates_per_interval=settled_rates,
                last_settled_at=newest,
                mark_price=100.0,
                index_price=100.0,
                received_at=received_at or self.now,
            )
        )

    def correlations(
        self, window: Window = "spread_returns", *, as_of: datetime | None = None, **changes: Any
    ) -> list[Message]:
        self.correlated[window] = changes
        return self.send(self.matrix(window, as_of=as_of, **changes))

    def repeat_correlations(self) -> None:
        """Say again, as of now, what was said last."""
        for window, changes in self.correlated.items():
            self.send(self.matrix(window, **changes))

    def matrix(
        self,
        window: Window = "spread_returns",
        *,
        assets: Sequence[str] | None = None,
        rho: Mapping[str, float | None] | None = None,
        clusters: Sequence[Sequence[str]] = (),
        as_of: datetime | None = None,
    ) -> CorrelationMatrix:
        """Correlations by pair, as in {"BTC ETH": 0.8}; pairs that are not named are uncorrelated."""
        known = list(dict.fromkeys(one.base for one in self.instruments.values())) if assets is None else list(assets)
        named = {frozenset(pair.split()): value for pair, value in (rho or {}).items()}
        return self.first(
            CorrelationMatrix,
            window=window,
            as_of=as_of or self.now,
            assets=tuple(known),
            rho=tuple(tuple(1.0 if a == b else named.get(frozenset({a, b}), 0.0) for b in known) for a in known),
            points=1_440,
            clusters=tuple(map(tuple, clusters)),
        )
