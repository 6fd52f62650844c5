"""A strategy's own entries and exits, tried on a scene: filled at once at the VWAP of its books, at real fees."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tests.simulation.strategies.scenes import Scene, closed_hour, funding, history, settlement

from poise_common.contracts.legs import money
from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.packages import CloseReason
from poise_common.domain.hedge import Hedge
from poise_common.domain.hedged_quantities import opening_quantities
from poise_common.domain.instruments import Instrument, InstrumentId
from poise_common.domain.net_yield import trade_through
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.parameters import SharedParameters
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs
from poise_signals.domain.strategy.protocol import Edge, Held, Strategy, Unpriced

_HOUR = timedelta(hours=1)


class BookTooThin(Exception):
    """A scene's book does not carry what a trial trades: its depth is to be raised."""


@dataclass
class Package:
    """One package of a trial; money in USD, quantities in base units."""

    candidate: Candidate
    edge: Edge
    opened_at: datetime
    long_quantity: float
    short_quantity: float
    long_price: float
    short_price: float
    fees_usd: float
    funding_usd: float = 0.0
    closed_at: datetime | None = None
    reason: CloseReason | None = None
    price_usd: float = 0.0
    """What prices made of it, from open to closed."""

    @property
    def pnl_usd(self) -> float:
        """What it made, net of everything."""
        return self.price_usd + self.funding_usd - self.fees_usd

    @property
    def held(self) -> Held:
        return Held(self.long_quantity, self.short_quantity, self.edge.total_yield, self.opened_at)


@dataclass
class Trial:
    """What a strategy did on a scene."""

    packages: list[Package] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    """Why it did not enter, by how many bars; figures are left out."""

    @property
    def pnl_usd(self) -> float:
        return sum(package.pnl_usd for package in self.packages)

    @property
    def reasons(self) -> Counter[CloseReason | None]:
        return Counter(package.reason for package in self.packages)


Research = Callable[[Strategy, MarketView, datetime], None]
"""Do what a strategy asks of the outside world, and tell it what came of that."""


@dataclass
class Lab:
    """Tries one strategy; of each slot one package is held at a time, the best by net APR, as at the desk."""

    strategy: Strategy
    shared: SharedParameters
    notional_usd: float = 50_000.0
    warm_up_bars: int = 0
    """Told as history before the first decision."""
    research: Research | None = None

    def run(self, scene: Scene) -> Trial:
        """Try the strategy on a scene; what is held at the end is closed there, at the books' prices."""
        return _Run(self, scene).done()


class _Run:
    def __init__(self, lab: Lab, scene: Scene) -> None:
        self._lab, self._scene = lab, scene
        self._market = MarketView(lab.shared)
        self._trial = Trial()
        self._open: dict[str, Package] = {}
        self._books: dict[InstrumentId, OrderBook] = {}
        self._lines = {line.instrument.id: line for line in scene.lines()}
        self._settled: dict[InstrumentId, list[float]] = {instrument: [] for instrument in self._lines}
        self._candidates: tuple[Candidate, ...] = ()
        self._listed: frozenset[InstrumentId] = frozenset()
        self._traded: frozenset[InstrumentId] = frozenset()

    def done(self) -> Trial:
        warm_up = self._lab.warm_up_bars
        if warm_up and self._scene.bar == _HOUR:
            for line in self._lines.values():
                self._market.take_candles(history(line, self._scene, warm_up))
        for bar in range(self._scene.bars):
            self._settle_funding(bar, tells=bar == warm_up)
            if bar >= warm_up:
                self._step(bar)
        for package in list(self._open.values()):
            self._close(package, None, self._scene.at(self._scene.bars - 1))
        return self._trial

    def _step(self, bar: int) -> None:
        now = self._scene.at(bar)
        self._show(bar, now)
        for package in list(self._open.values()):
            if not self._expired(package, bar, now):
                self._watch(package, now)
        self._enter(now)

    def _show(self, bar: int, now: datetime) -> None:
        alive = [line for line in self._lines.values() if not _is_over(line.instrument, now)]
        listed = frozenset(line.instrument.id for line in alive)
        if listed != self._listed:
            self._listed = listed
            universe = self._scene.universe(now)
            self._market.cross_asset.take_universe(universe)
            self._candidates = tuple(self._lab.strategy.candidates(universe))
            self._traded = frozenset(leg for each in self._candidates for leg in (each.long_id, each.short_id))
        held = {leg for each in self._open.values() for leg in (each.candidate.long_id, each.candidate.short_id)}
        for line in alive:
            instrument = line.instrument.id
            if instrument not in self._traded and instrument not in held:
                continue
            if self._scene.bar == _HOUR and bar >= self._lab.warm_up_bars:
                self._market.take_candles(closed_hour(line, self._scene, bar, now))
            book = self._books[instrument] = line.book(bar, now)
            self._market.take_book(instrument, book)
        if self._lab.research is not None:
            self._lab.research(self._lab.strategy, self._market, now)

    def _settle_funding(self, bar: int, *, tells: bool) -> None:
        now = self._scene.at(bar)
        for instrument, line in self._lines.items():
            rate = settlement(line, self._scene, bar)
            if rate is not None:
                self._settled[instrument].append(rate)
                for package in self._open.values():
                    mid = float(line.mids[bar])
                    if package.candidate.long_id == instrument:
                        package.funding_usd -= rate * mid * package.long_quantity
                    if package.candidate.short_id == instrument:
                        package.funding_usd += rate * mid * package.short_quantity
            if line.instrument.funding_interval_s is not None and (rate is not None or tells):
                self._market.take_funding(instrument, funding(line, self._settled[instrument], bar, now))

    def _enter(self, now: datetime) -> None:
        wanted: list[tuple[Edge, Candidate]] = []
        for candidate in self._candidates:
            if candidate.slot_name in self._open:
                continue
            edge = self._lab.strategy.entry(candidate, self._market, self._lab.notional_usd, now)
            if isinstance(edge, Unpriced):
                self._trial.refusals[_without_figures(edge.reason)] += 1
            elif (why_not := candidate.refusal or edge.why_not) is not None:
                self._trial.refusals[_without_figures(why_not)] += 1
            else:
                wanted.append((edge, candidate))
        for edge, candidate in sorted(wanted, key=lambda each: -each[0].net_apr):
            if candidate.slot_name not in self._open:
                self._fill_entry(candidate, edge, now)

    def _fill_entry(self, candidate: Candidate, edge: Edge, now: datetime) -> None:
        quantities = opening_quantities(
            candidate.long_instrument,
            candidate.short_instrument,
            money(self._lab.notional_usd),
            money(edge.long_price),
            money(edge.short_price),
            hedge=Hedge(Decimal(str(edge.hedge_ratio))),
        )
        long_quantity, short_quantity = float(quantities.long), float(quantities.short)
        long_price = self._price(candidate.long_id, "asks", long_quantity)
        short_price = self._price(candidate.short_id, "bids", short_quantity)
        package = Package(
            candidate,
            edge,
            now,
            long_quantity,
            short_quantity,
            long_price,
            short_price,
            fees_usd=float(candidate.long_instrument.taker_fee) * long_price * long_quantity
            + float(candidate.short_instrument.taker_fee) * short_price * short_quantity,
        )
        self._open[candidate.slot_name] = package
        self._trial.packages.append(package)

    def _watch(self, package: Package, now: datetime) -> None:
        candidate = self._lab.strategy.held_candidate(_legs(package.candidate))
        left = self._lab.strategy.exit(candidate, self._market, package.held, now)
        if not isinstance(left, Unpriced) and left.close is not None:
            self._close(package, left.close, now)

    def _close(self, package: Package, reason: CloseReason | None, now: datetime) -> None:
        """Close by taking, at takers' fees: the dearest way there is."""
        long = self._price(package.candidate.long_id, "bids", package.long_quantity)
        short = self._price(package.candidate.short_id, "asks", package.short_quantity)
        self._end(package, reason, (long, short), now)

    def _expired(self, package: Package, bar: int, now: datetime) -> bool:
        """Settle a package with a leg that expired: that leg at its line's last price, the other on its book."""
        candidate = package.candidate
        over = _is_over(candidate.long_instrument, now), _is_over(candidate.short_instrument, now)
        if not any(over):
            return False
        long = self._last(candidate.long_id, bar) if over[0] else None
        short = self._last(candidate.short_id, bar) if over[1] else None
        prices = (
            self._price(candidate.long_id, "bids", package.long_quantity) if long is None else long,
            self._price(candidate.short_id, "asks", package.short_quantity) if short is None else short,
        )
        self._end(package, CloseReason.EXPIRY, prices, now)
        return True

    def _end(self, package: Package, reason: CloseReason | None, prices: tuple[float, float], now: datetime) -> None:
        long, short = prices
        candidate = package.candidate
        package.price_usd = package.long_quantity * (long - package.long_price) + package.short_quantity * (
            package.short_price - short
        )
        package.fees_usd += float(candidate.long_instrument.taker_fee) * long * package.long_quantity
        package.fees_usd += float(candidate.short_instrument.taker_fee) * short * package.short_quantity
        package.closed_at, package.reason = now, reason
        del self._open[candidate.slot_name]

    def _last(self, instrument: InstrumentId, bar: int) -> float:
        return float(self._lines[instrument].mids[bar])

    def _price(self, instrument: InstrumentId, side: str, quantity: float) -> float:
        traded = trade_through(getattr(self._books[instrument], side), quantity)
        if traded is None or traded.quantity < quantity:
            raise BookTooThin(f"{instrument}: {quantity} wanted of the {side}")
        return traded.price


def _legs(candidate: Candidate) -> HeldLegs:
    return HeldLegs(
        candidate.asset, candidate.tier, candidate.slot_name, candidate.long_instrument, candidate.short_instrument
    )


def _is_over(instrument: Instrument, now: datetime) -> bool:
    return instrument.expires_at is not None and instrument.expires_at <= now


def _without_figures(reason: str) -> str:
    return " ".join(word for word in reason.split() if not any(letter.isdigit() for letter in word))
