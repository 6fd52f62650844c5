"""The core of signals: every book or funding update re-evaluates just the candidates it touches."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from poise_common.contracts.core import Output, Publish, Run, Store
from poise_common.contracts.execution import (
    ApprovalRefused,
    DifferenceAcknowledged,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.market_data import CandleClosed, CandleHistory, FundingRate, OrderBook, Universe
from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageDecided
from poise_common.contracts.state import CorrelationMatrix, PortfolioState, RiskState
from poise_common.domain.clock import to_ms
from poise_common.domain.ids import derived_id
from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.config import StrategiesConfig
from poise_signals.domain.desk import Desk
from poise_signals.domain.evaluation.announcements import Announcer
from poise_signals.domain.evaluation.evaluator import Evaluation, Evaluator
from poise_signals.domain.evaluation.prospect import Prospect
from poise_signals.domain.market.asset_figures import InstrumentFigures, instrument_figures
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.packages.adoption import adopted
from poise_signals.domain.packages.book import PackageBook, PackageRecord
from poise_signals.domain.packages.requests import STAGE
from poise_signals.domain.packages.transitions import PackageNews, acknowledged, transition
from poise_signals.domain.regimes.asset_models import AssetsConfig, Regime
from poise_signals.domain.regimes.watch import RegimeWatch
from poise_signals.domain.strategy.candidates import Candidate, CandidateIndex, CandidateKey, Slot
from poise_signals.domain.strategy.protocol import Researcher


class SignalsCore:
    """Ask for packages worth opening and for the closing of those no longer worth holding.

    Built from the stored packages; markets, equity and mode are read anew from the bus.
    """

    def __init__(self, config: StrategiesConfig, assets: AssetsConfig, records: Iterable[PackageRecord] = ()) -> None:
        self._config = config
        self._strategies = {kind.name: kind.build(parameters, config) for kind, parameters in config.blocks()}
        self._market = MarketView(config)
        self._regimes = RegimeWatch(assets, config.cross_asset.benchmark, self._market.histories)
        self._desk = Desk(config.timing, config.sizing)
        self._packages = PackageBook(records)
        self._candidates = CandidateIndex()
        self._universe: Universe | None = None
        self._left: frozenset[CandidateKey] = frozenset()
        self._announcer = Announcer(config.timing.announce_every_s)
        self._evaluator = Evaluator(
            config.timing, config.sizing, config.costs.exit_order, desk=self._desk, regimes=self._regimes
        )
        self._handlers: Mapping[type[Message], Callable[[Any, datetime], Sequence[Output]]] = {
            OrderBook: self._take_book,
            FundingRate: self._take_funding,
            CandleClosed: self._take_candles,
            CandleHistory: self._take_candles,
            Universe: self._take_universe,
            RiskState: self._take_risk,
            PortfolioState: self._take_portfolio,
            CorrelationMatrix: self._take_correlations,
            PackageDecided: self._take_package_news,
            PackageOpened: self._take_package_news,
            PackageAborted: self._take_package_news,
            PackageClosed: self._take_package_news,
            PackageClosedPartly: self._take_package_news,
            PackageHalted: self._take_package_news,
            ApprovalRefused: self._take_package_news,
            DifferenceAcknowledged: self._take_acknowledged,
        }
        self._researchers = {
            strategy.finding: strategy for strategy in self._strategies.values() if isinstance(strategy, Researcher)
        }
        self._index_candidates()

    def start(self, now: datetime) -> Sequence[Output]:
        """Do nothing: what was asked is on its way, and what is held is priced by the next books."""
        del now
        return ()

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Take one message; those that signals has no use for are ignored."""
        handler = self._handlers.get(type(message))
        if handler is not None:
            return handler(message, now)
        researcher = self._researchers.get(type(message))
        if researcher is not None:
            researcher.learn(message, now)
        return ()

    def tick(self, now: datetime) -> Sequence[Output]:
        """Have found out what strategies ask for; say what is thought of candidates whose feeds have gone silent."""
        if self._universe is None:
            return ()
        outputs: list[Output] = [
            Run(effect)
            for researcher in self._researchers.values()
            for effect in researcher.research(self._market, now)
        ]
        cause = Message.first(derived_id(self._universe.id, "tick", str(to_ms(now))), STAGE, now)
        for candidate in self._candidates.all():
            if self._announcer.is_due(candidate, now):
                outputs += self._evaluate((candidate,), cause, now)
        return outputs

    def instruments(self, now: datetime) -> Sequence[InstrumentFigures]:
        """Return what each instrument of the universe stands at, for people to see."""
        return () if self._universe is None else tuple(instrument_figures(self._universe, self._market, now))

    def regimes(self) -> Mapping[str, Regime]:
        """Return the regime of each asset of the universe."""
        assets = () if self._universe is None else self._universe.assets
        return {asset.asset: self._regimes.regime(asset.asset) for asset in assets}

    def _take_book(self, book: OrderBook, now: datetime) -> Sequence[Output]:
        instrument = InstrumentId(book.venue, book.symbol)
        if not self._market.take_book(instrument, book):
            return ()
        return self._evaluate(self._candidates.touched_by(instrument), book, now)

    def _take_funding(self, funding: FundingRate, now: datetime) -> Sequence[Output]:
        instrument = InstrumentId(funding.venue, funding.symbol)
        if not self._market.take_funding(instrument, funding):
            return ()
        return self._evaluate(self._candidates.touched_by(instrument), funding, now)

    def _take_candles(self, message: CandleClosed | CandleHistory, now: datetime) -> Sequence[Output]:
        del now
        self._market.take_candles(message)
        return ()

    def _take_risk(self, state: RiskState, now: datetime) -> Sequence[Output]:
        self._desk.take_risk(state, now)
        return ()

    def _take_portfolio(self, state: PortfolioState, now: datetime) -> Sequence[Output]:
        del now
        self._desk.take_portfolio(state)
        return ()

    def _take_correlations(self, matrix: CorrelationMatrix, now: datetime) -> Sequence[Output]:
        del now
        self._market.cross_asset.take_correlations(matrix)
        return ()

    def _take_universe(self, universe: Universe, now: datetime) -> Sequence[Output]:
        self._universe = universe
        self._market.cross_asset.take_universe(universe)
        self._regimes.take_universe(universe)
        self._index_candidates()
        # Their feeds may end with the membership, so their closing is asked for on the books there are.
        leaving = [candidate for candidate in self._candidates.all() if candidate.key in self._left]
        return self._evaluate(leaving, universe, now)

    def _take_package_news(self, news: PackageNews, now: datetime) -> Sequence[Output]:
        record = self._packages.find(news.package_id)
        if record is not None:
            return self._keep(transition(record, news, self._config.timing, now))
        if isinstance(news, PackageOpened) and self._packages.is_news(news.package_id):
            parent = None if news.rolled_from is None else self._packages.find(news.rolled_from)
            return self._keep(adopted(news, self._strategies, self._universe, parent, now))
        return ()

    def _take_acknowledged(self, news: DifferenceAcknowledged, now: datetime) -> Sequence[Output]:
        records = ((self._packages.find(left.package_id), left) for left in news.packages)
        changes = [acknowledged(record, left, self._config.timing, now) for record, left in records if record]
        return tuple(output for change in changes for output in self._keep(change))

    def _keep(self, record: PackageRecord | None) -> Sequence[Output]:
        """Keep what became of a package, if anything did."""
        if record is None:
            return ()
        self._packages.put(record)
        if not record.is_active:
            self._index_candidates()
        return (Store(record),)

    def _evaluate(self, candidates: Sequence[Candidate], cause: Message, now: datetime) -> Sequence[Output]:
        """Evaluate candidates; what several ask for at once is asked in the order of their scores, one of a slot."""
        evaluations = [evaluation for each in candidates for evaluation in self._evaluations(each, cause, now)]
        if len(evaluations) > 1:
            evaluations.sort(key=lambda evaluation: -evaluation.score)
        outputs: list[Output] = []
        entered: set[Slot] = set()
        for each in evaluations:
            slot = each.prospect.candidate.slot
            evaluation = each.outdone() if each.enters and slot in entered else each
            if evaluation.enters:
                entered.add(slot)
            if evaluation.request is not None:
                self._packages.put(evaluation.request.record)
                outputs += (Store(evaluation.request.record), Publish(evaluation.request.message))
            if evaluation.view is None:
                continue
            capacity_usd = partial(self._evaluator.capacity_usd, evaluation)
            told = self._announcer.tell(evaluation.prospect.candidate, evaluation.view, cause, now, capacity_usd)
            if told is not None:
                outputs.append(Publish(told))
        return outputs

    def _evaluations(self, candidate: Candidate, cause: Message, now: datetime) -> Iterator[Evaluation]:
        """Evaluate a candidate by its package, by the first of others while there is none, and then those beside it."""
        strategy = self._strategies.get(candidate.strategy)
        if strategy is None:
            return
        prospect = Prospect(strategy, candidate, self._market, now)
        latest, others = self._packages.latest(candidate.slot), self._packages.of_others(candidate.slot)
        in_slot = (() if latest is None or not latest.is_active else (latest,)) + others
        left_universe = bool(self._left) and candidate.key in self._left
        held = [record for record in in_slot if record.is_of(candidate)]
        if not held and latest is not None and latest.is_active:
            yield self._evaluator.taken(prospect, latest)
        elif not held:
            yield self._evaluator.free(prospect, latest, cause)
        for place, record in enumerate(held):
            evaluation = self._evaluator.held(
                prospect, record, left_universe, cause, self._candidates.of_slot(candidate.slot)
            )
            yield evaluation if place == 0 else evaluation._replace(view=None)

    def _index_candidates(self) -> None:
        """Watch what the universe offers, and what is held by the very instruments it is held in."""
        universe = self._universe
        offered = (
            ()
            if universe is None
            else [candidate for strategy in self._strategies.values() for candidate in strategy.candidates(universe)]
        )
        watched = {candidate.key: candidate for candidate in offered}
        assets = () if universe is None else universe.assets
        tradable = {instrument.id for asset in assets for instrument in asset.instruments}
        left: set[CandidateKey] = set()
        for record in self._packages.active():
            strategy = self._strategies.get(record.strategy)
            if strategy is None:
                continue
            held = strategy.held_candidate(record.legs)
            watched.setdefault(held.key, held)
            if universe is not None and not {held.long_id, held.short_id} <= tradable:
                left.add(held.key)
        self._left = frozenset(left)
        self._candidates.replace(watched.values())
