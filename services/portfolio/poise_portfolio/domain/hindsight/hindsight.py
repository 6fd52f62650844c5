"""What would have been: packages that risk refused, and what funding was said to become."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from poise_common.contracts.core import Output, Store
from poise_common.contracts.market_data import FundingRate, Universe
from poise_common.contracts.message import Message
from poise_common.contracts.packages import CandidateEvaluated, PackageDecided
from poise_portfolio.domain.desk_view import DeskView
from poise_portfolio.domain.hindsight.calibration import FundingCalibration
from poise_portfolio.domain.hindsight.parameters import HindsightParameters
from poise_portfolio.domain.hindsight.records import (
    FundingPrediction,
    HindsightBooks,
    RefusedPackage,
)
from poise_portfolio.domain.hindsight.refused_packages import RefusedPackages

_PredictionKey = tuple[str, str, datetime, int]


class Hindsight:
    """Follows what was refused, and what funding was predicted to be.

    What a decision changes is stored with it; what feeds change is gathered for the next tick, and lost in a crash
    only as long as the feeds do not say it again.
    """

    def __init__(self, parameters: HindsightParameters, books: HindsightBooks, view: DeskView) -> None:
        self._parameters = parameters
        self._refused = RefusedPackages(parameters.refused, books.refused, view.marks)
        self._calibration = FundingCalibration(parameters.calibration, books.predictions)
        self._packages_to_store: dict[UUID, RefusedPackage] = {}
        self._predictions_to_store: dict[_PredictionKey, FundingPrediction] = {}
        self._takes: Mapping[type[Message], Callable[[Any, datetime], Sequence[Output]]] = {
            PackageDecided: self._take_decision,
            CandidateEvaluated: self._take_candidate,
            FundingRate: self._take_funding,
            Universe: self._take_universe,
        }

    def start(self, now: datetime) -> Sequence[Output]:
        """Go on with what was followed when the service stopped."""
        del now
        return ()

    def told(self, message: Message, now: datetime) -> Sequence[Output]:
        """Look at a message."""
        take = self._takes.get(type(message))
        return () if take is None else take(message, now)

    def tick(self, now: datetime) -> Sequence[Output]:
        """Write what has gathered, and look at what is followed."""
        rows_max = self._parameters.rows_per_flush
        self._gather(self._refused.look(now, rows_max))
        return [*_taken(self._packages_to_store, rows_max), *_taken(self._predictions_to_store, rows_max)]

    def _take_decision(self, decided: PackageDecided, now: datetime) -> Sequence[Output]:
        package = self._refused.refused(decided, now)
        if package is None:
            return ()
        # The last one of its key may have ended since the tick: of one key no two are ever written as followed.
        before = [each for each in self._packages_to_store.values() if each.key == package.key]
        for each in before:
            del self._packages_to_store[each.refusal_id]
        return [Store(each) for each in (*before, package)]

    def _take_candidate(self, candidate: CandidateEvaluated, now: datetime) -> Sequence[Output]:
        self._gather(self._refused.evaluated(candidate, now))
        return ()

    def _take_funding(self, funding: FundingRate, now: datetime) -> Sequence[Output]:
        del now
        self._gather(self._refused.funded(funding))
        for prediction in self._calibration.take(funding):
            key = (prediction.venue, prediction.symbol, prediction.settles_at, prediction.lead_s)
            self._predictions_to_store[key] = prediction
        return ()

    def _take_universe(self, universe: Universe, now: datetime) -> Sequence[Output]:
        del now
        self._refused.take_universe(universe)
        return ()

    def _gather(self, packages: Iterable[RefusedPackage]) -> None:
        self._packages_to_store.update((package.refusal_id, package) for package in packages)


def _taken(gathered: dict[Any, Any], records_max: int) -> list[Output]:
    """Take records out, at most so many, oldest first."""
    return [Store(gathered.pop(key)) for key in list(gathered)[:records_max]]
