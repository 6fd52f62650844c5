"""Pairs: two assets that keep together, the one that fell behind against the one that ran ahead.

Listens to both perpetuals' books and funding; needs `test_bars` hours of both, and their test for cointegration.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from poise_common.contracts.market_data import Universe
from poise_common.contracts.packages import CloseReason
from poise_common.domain.instruments import InstrumentId
from poise_common.domain.value import Value
from poise_signals.domain.market.books import LegBooks
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.pairs.models import PairModel, log_closes, modelled
from poise_signals.domain.pairs.pairing import AssetPair, PairKey, pairs_of
from poise_signals.domain.pairs.spreads import KalmanNoise, SpreadMethod
from poise_signals.domain.pairs.trials import PairSample, PairsTested, PairTrials, TestPairs
from poise_signals.domain.parameters import SharedParameters, StrategyParameters
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs, candidate_of
from poise_signals.domain.strategy.economics import refuse_forgotten_hours
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, StrategyKind, Unpriced
from poise_signals.domain.two_assets.pricing import Expected, enter, leave, legs_books
from poise_signals.domain.two_assets.reversion import ReversionRule

NAME = "pairs"
_BAR = timedelta(hours=1)
_LEAST_TIME = _BAR
"""What comes back within a bar is held for one all the same."""


class CointegrationParameters(Value):
    """When two assets keep together."""

    test_bars: Annotated[int, Field(ge=100, le=2_160)]
    """Hours that are tested, and of which the relation and the half-life are."""
    test_every_h: Annotated[float, Field(gt=0)]
    retry_after_h: Annotated[float, Field(gt=0)]
    timeout_s: Annotated[float, Field(gt=0, le=600)]
    """For the process of the tests to answer in."""
    p_value_max: Annotated[float, Field(gt=0, lt=1)]


class KalmanParameters(Value):
    """Variances of log prices, a bar."""

    observation_variance: Annotated[float, Field(gt=0)]
    state_variance_per_bar: Annotated[float, Field(ge=0)]


class PairsParameters(StrategyParameters):
    """The pairs strategy; bars are closed hours."""

    method: SpreadMethod
    lookback_bars: Annotated[int, Field(ge=10, le=1_000)]
    """Of the band in which z is reckoned; a half-life must be shorter."""
    rule: ReversionRule
    cointegration: CointegrationParameters
    kalman: KalmanParameters
    listed: tuple[tuple[str, str], ...]
    """Pairs of assets; none listed: each two of one sector."""
    pairs_max: Annotated[int, Field(ge=1, le=500)]
    margin_fraction: Annotated[float, Field(gt=0, le=1)]
    """Capital tied up by each leg."""

    @model_validator(mode="after")
    def _lookback_is_tested(self) -> Self:
        if self.lookback_bars > self.cointegration.test_bars:
            raise ValueError(
                f"lookback_bars {self.lookback_bars} is more than test_bars: {self.cointegration.test_bars} passes"
            )
        return self


class _Seen(NamedTuple):
    """A candidate as its pair's model and both books show it."""

    pair: PairKey
    long_is_first: bool
    model: PairModel
    level: float
    """Of the spread, now."""
    stretch: float
    """How cheap the long leg is, in deviations."""
    expected: Expected


class _Directed(NamedTuple):
    pair: PairKey
    long_is_first: bool


class _Modelled(NamedTuple):
    newest_hour: int
    found: PairModel | str


class Pairs:
    """Enters where a tested pair's spread stands far from its band's middle, and leaves where it has come back."""

    name = NAME
    finding = PairsTested

    def __init__(self, parameters: PairsParameters, shared: SharedParameters) -> None:
        self._parameters = parameters
        self._shared = shared
        self._noise = KalmanNoise(parameters.kalman.observation_variance, parameters.kalman.state_variance_per_bar)
        cointegration = parameters.cointegration
        self._trials = PairTrials(
            cointegration.p_value_max,
            timedelta(hours=cointegration.test_every_h),
            timedelta(hours=cointegration.retry_after_h),
        )
        self._pairs: dict[tuple[InstrumentId, InstrumentId], _Directed] = {}
        self._watched: tuple[PairKey, ...] = ()
        self._models: dict[PairKey, _Modelled] = {}

    def candidates(self, universe: Universe) -> Iterator[Candidate]:
        """Return each pair twice, once with either asset long; of both one is held at a time."""
        if not self._parameters.enabled:
            return
        pairs = pairs_of(universe, self._parameters.listed, self._parameters.pairs_max)
        self._watched = tuple(pair.key for pair in pairs)
        self._trials.keep(self._watched)
        self._models = {pair: model for pair, model in self._models.items() if pair in self._watched}
        for pair in pairs:
            yield from self._both_ways(pair)

    def held_candidate(self, held: HeldLegs) -> Candidate:
        """Return the candidate of a pair, in the order in which it is looked at."""
        long, short = held.long_instrument, held.short_instrument
        self._pairs.setdefault((long.id, short.id), _directed(long.id, short.id, PairKey(*sorted((long.id, short.id)))))
        return candidate_of(NAME, held, self._shared.costs.exit_order)

    def entry(self, candidate: Candidate, market: MarketView, notional_usd: float, now: datetime) -> Edge | Unpriced:
        """Price entering: the spread's way back to the exit's z within a half-life, net of the costs of both legs."""
        seen = self._seen(candidate, market, now)
        if isinstance(seen, Unpriced):
            return seen
        priced = enter(
            seen.expected,
            candidate,
            market,
            notional_usd,
            self._shared,
            now=now,
            margin_fraction=self._parameters.margin_fraction,
        )
        if isinstance(priced, Unpriced):
            return priced
        why_not = (
            self._trials.why_not(seen.pair, now)
            or seen.model.why_too_slow(self._parameters.lookback_bars)
            or self._parameters.rule.why_not(seen.stretch, priced.total_yield)
            or ("the spread has left where it ever was" if self._has_left(seen, bars_ago=0) else None)
            or priced.why_not
        )
        p_value = self._trials.p_value(seen.pair)
        confidence = 0.0 if p_value is None else min((1 - p_value) * priced.confidence, 1.0)
        return priced._replace(why_not=why_not, confidence=confidence)

    def exit(self, candidate: Candidate, market: MarketView, held: Held, now: datetime) -> EdgeLeft | Unpriced:
        """Price leaving: come back, beyond the stop, or no longer a pair; the last two wait for a new test."""
        seen = self._seen(candidate, market, now)
        if isinstance(seen, Unpriced):
            return seen
        left = leave(seen.expected, candidate, market, held, self._shared, now=now)
        if isinstance(left, Unpriced):
            return left
        close = self._parameters.rule.close(seen.stretch)
        is_lost = self._trials.why_broken(seen.pair) is not None or self._has_left(seen, (now - held.since) // _BAR)
        if close is None and is_lost:
            close = CloseReason.STOP_LOSS
        if close is CloseReason.STOP_LOSS:
            self._trials.stop(seen.pair)
        return left._replace(close=close)

    def _has_left(self, seen: _Seen, bars_ago: int) -> bool:
        """Say whether the spread is beyond the stop by the band of all bars until so many ago, on the losing side.

        A spread that runs away slowly takes the band of its last bars along, and would never be beyond that.
        """
        whole = seen.model.whole_band(bars_ago, self._parameters.lookback_bars)
        if whole is None:
            return False
        z = whole.z(seen.level)
        return (-z if seen.long_is_first else z) > self._parameters.rule.stop_z

    def research(self, market: MarketView, now: datetime) -> Sequence[TestPairs]:
        """Have the pairs tested that are due and have hours enough."""
        due, samples = self._trials.due(self._watched, now), []
        for pair in due:
            closes = market.histories.closes_together(pair, self._parameters.cointegration.test_bars)
            if closes is not None and len(closes) == self._parameters.cointegration.test_bars:
                samples.append(PairSample(pair, *log_closes(closes)))
        if not samples:
            return ()
        self._trials.asked((sample.pair for sample in samples), now)
        return (TestPairs(tuple(samples)),)

    def learn(self, tested: PairsTested, now: datetime) -> None:
        """Take what the tests found."""
        self._trials.take(tested, now)

    def _seen(self, candidate: Candidate, market: MarketView, now: datetime) -> _Seen | Unpriced:
        """Return how far the long leg has fallen behind, and what its way back is expected to earn."""
        books = legs_books(candidate, market, now)
        if isinstance(books, Unpriced):
            return books
        pair, long_is_first = self._pairs[candidate.long_id, candidate.short_id]
        model = self._model(pair, market)
        if isinstance(model, str):
            return Unpriced(model)
        level = model.spread.of(*_in_order(books, long_is_first))
        z = model.band.z(level)
        stretch = -z if long_is_first else z
        exponent = model.spread.hedge_exponent
        gain = (stretch - self._parameters.rule.exit_z) * model.gain_per_deviation
        lookback = self._parameters.lookback_bars
        within = max(_BAR * (lookback if model.half_life_bars is None else model.half_life_bars), _LEAST_TIME)
        expected = (
            Expected(gain, exponent, within) if long_is_first else Expected(gain / exponent, 1 / exponent, within)
        )
        return _Seen(pair, long_is_first, model, level, stretch, expected)

    def _model(self, pair: PairKey, market: MarketView) -> PairModel | str:
        """Return the model as of the newest hour that both have closed; one hour is modelled once."""
        newest = market.histories.newest_hour(pair)
        known = self._models.get(pair)
        if newest is None:
            return "no closed hour of both is known"
        if known is not None and known.newest_hour == newest:
            return known.found
        wanted = self._parameters.cointegration.test_bars
        closes = market.histories.closes_together(pair, wanted)
        if closes is None or len(closes) < wanted:
            found: PairModel | str = f"only {0 if closes is None else len(closes)} hours of both are known of {wanted}"
        else:
            found = modelled(closes, self._parameters.method, self._noise, self._parameters.lookback_bars)
        self._models[pair] = _Modelled(newest, found)
        return found

    def _both_ways(self, pair: AssetPair) -> Iterator[Candidate]:
        first, second = pair
        slot, tier = f"{first.asset}~{second.asset}@{first.venue}", max(first.tier, second.tier)
        for long, short in ((first, second), (second, first)):
            ids = long.hedge.id, short.hedge.id
            self._pairs[ids] = _directed(*ids, pair.key)
            yield self.held_candidate(HeldLegs(long.asset, tier, slot, long.hedge, short.hedge))


def _directed(long: InstrumentId, short: InstrumentId, pair: PairKey) -> _Directed:
    return _Directed(pair, long_is_first=pair == (long, short))


def _in_order(books: LegBooks, long_is_first: bool) -> tuple[float, float]:
    long, short = books.long.middle, books.short.middle
    return (long, short) if long_is_first else (short, long)


def _refuse_forgotten_hours(parameters: PairsParameters, shared: SharedParameters) -> None:
    refuse_forgotten_hours(f"{NAME}: test_bars", parameters.cointegration.test_bars, shared)


KIND = StrategyKind(NAME, PairsParameters, Pairs, check=_refuse_forgotten_hours)
