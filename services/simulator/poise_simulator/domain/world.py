"""The venues of one world, and the crises that strike all of them at once."""

from collections.abc import Mapping

from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.scenarios.presets import PRESETS, Scope
from poise_simulator.domain.views import ScenarioView


class World:
    """Exchanges by name whose index prices are the same; each keeps its own books, accounts and clockwork."""

    def __init__(self, exchanges: Mapping[str, Exchange]) -> None:
        """Bring venues together; they have to be built for one world."""
        self.exchanges = dict(exchanges)

    def advance(self, now_ms: int) -> None:
        """Bring every venue to a time."""
        for exchange in self.exchanges.values():
            exchange.advance(now_ms)

    def start_scenario(
        self, name: str, *, at: str, everywhere: bool, duration_s: float | None = None, asset: str | None = None
    ) -> ScenarioView:
        """Start one of `PRESETS` as venue `at` tells of it: in the whole world, or there alone.

        What strikes a venue as such strikes `at` alone in either case. In the world, a venue that does not list the
        asset is spared. Raises `Rejected` as `Exchange.start_scenario` does, and then nothing has started.
        """
        told = self.exchanges[at]
        view = told.start_scenario(name, duration_s=duration_s, asset=asset)
        if everywhere and PRESETS[name].scope is not Scope.VENUE:
            for other in self._others(at):
                _start_where_it_can(other, name, duration_s, view.asset)
        return view

    def end_scenario(self, name: str, *, at: str, everywhere: bool) -> None:
        """Let a scenario ease off. Raises `Rejected` where it runs at no venue that is meant."""
        running = [
            exchange
            for exchange in (self.exchanges.values() if everywhere else [self.exchanges[at]])
            if any(view.name == name for view in exchange.scenarios())
        ]
        for exchange in running or [self.exchanges[at]]:
            exchange.end_scenario(name)

    def _others(self, at: str) -> list[Exchange]:
        return [exchange for name, exchange in self.exchanges.items() if name != at]


def _start_where_it_can(exchange: Exchange, name: str, duration_s: float | None, asset: str | None) -> None:
    try:
        exchange.start_scenario(name, duration_s=duration_s, asset=asset)
    except Rejected as rejection:
        if rejection.reason not in {RejectReason.UNKNOWN_ASSET, RejectReason.SCENARIO_RUNS}:
            raise
