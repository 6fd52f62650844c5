"""One try at a trade: what is asked of risk for it now, or why nothing is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from poise_common.contracts.packages import ClosePackage, OpenPackage, PackageState
from poise_common.contracts.state import HeldPackage, SystemMode
from poise_common.domain.instruments import Side
from poise_portfolio.domain.rebalancing.candidates import Candidates
from poise_portfolio.domain.rebalancing.openings import Openings
from poise_portfolio.domain.rebalancing.parameters import RebalancerParameters
from poise_portfolio.domain.rebalancing.records import RebalancingPlan, Trade
from poise_portfolio.domain.rebalancing.requests import Occasion, Requests


@dataclass(frozen=True, slots=True)
class Standing:
    """What the desk holds and whether it may open anything, at the time of a try."""

    now: datetime
    mode: SystemMode | None
    packages: Mapping[UUID, HeldPackage]


class Attempt(NamedTuple):
    """A trade after a try, and the request that was made in it, if any."""

    trade: Trade
    request: OpenPackage | ClosePackage | None = None


class Attempts:
    """Tries trades; what cannot be asked for now waits, and costs no try."""

    def __init__(
        self, parameters: RebalancerParameters, requests: Requests, candidates: Candidates, openings: Openings
    ) -> None:
        self._parameters = parameters
        self._requests = requests
        self._candidates = candidates
        self._openings = openings
        self._retry_after = timedelta(seconds=parameters.requests.retry_s)
        self._expires_after = timedelta(seconds=parameters.requests.expires_after_s)

    def attempt(self, plan: RebalancingPlan, trade: Trade, standing: Standing) -> Attempt:
        """Try a trade."""
        occasion = Occasion(plan, trade, standing.now, self._expires_after)
        return self._sell(occasion, standing) if trade.side is Side.SELL else self._buy(occasion, standing)

    def _sell(self, occasion: Occasion, standing: Standing) -> Attempt:
        trade = occasion.trade
        package = None if trade.package_id is None else standing.packages.get(trade.package_id)
        if package is None:
            return Attempt(trade.done("the package is closed"))
        if package.state is not PackageState.OPEN:
            return self._later(trade, f"its package is {package.state.value}", standing)
        excess_usd = package.exposure_usd - trade.goal_usd
        if excess_usd <= 0 or (trade.goal_usd and excess_usd < self._parameters.bands.min_trade_usd):
            return Attempt(trade.done("there is no more to be sold"))
        return self._asked(trade, self._requests.sell(package, occasion), standing)

    def _buy(self, occasion: Occasion, standing: Standing) -> Attempt:
        trade, now = occasion.trade, standing.now
        missing_usd = trade.goal_usd - self._openings.exposure_usd(trade.asset, tuple(standing.packages.values()))
        if missing_usd < self._parameters.bands.min_trade_usd:
            return Attempt(trade.done("there is no more to be bought"))
        if standing.mode is not SystemMode.ACTIVE:
            mode = "unknown" if standing.mode is None else standing.mode.value
            return self._later(trade, f"risk is {mode}", standing)
        candidate = self._candidates.best(trade.asset, now)
        if isinstance(candidate, str):
            return self._later(trade, candidate, standing)
        if self._candidates.is_left_to_signals(candidate, self._parameters.buying.signals_first_s, now):
            return self._later(trade, "signals asks for it itself", standing)
        return self._asked(trade, self._requests.buy(candidate, missing_usd, occasion), standing)

    def _asked(self, trade: Trade, request: OpenPackage | ClosePackage | str, standing: Standing) -> Attempt:
        if isinstance(request, str):
            return self._later(trade, request, standing)
        asked_usd = max(request.long_leg.notional_usd, request.short_leg.notional_usd)
        return Attempt(trade.asked(request.id, request.package_id, asked_usd, standing.now), request)

    def _later(self, trade: Trade, note: str, standing: Standing) -> Attempt:
        return Attempt(trade.waiting(note, standing.now + self._retry_after))
