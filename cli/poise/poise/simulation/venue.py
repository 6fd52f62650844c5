"""The simulated desk's outside world: one exchange, seen by ingestion and traded on by execution."""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from poise.simulation.exchange_effects import ExchangeEffects, NetworkFaults
from poise.simulation.exchange_feeds import ExchangeFeeds
from poise_common.contracts.message import Message
from poise_common.contracts.streams import Service
from poise_common.domain.clock import to_ms
from poise_common.domain.ids import NewId
from poise_ingestion.domain.parameters import UniverseConfig
from poise_signals.domain.pairs.trials import TestPairs
from poise_simulator.domain.exchange import Exchange


class SimulatedVenue:
    """Move an exchange with the clock; what its sources and effects bring comes out of `advance`, in order."""

    def __init__(
        self,
        name: str,
        exchange: Exchange,
        universe: UniverseConfig,
        *,
        random: Random,
        faults: NetworkFaults,
        receive_window: timedelta,
        new_id: NewId,
    ) -> None:
        self._exchange = exchange
        self._new_id = new_id
        self._feeds = ExchangeFeeds(exchange, name, universe, new_id)
        self._effects = ExchangeEffects(
            exchange,
            name,
            random=random,
            faults=faults,
            receive_window=receive_window,
            new_id=new_id,
            later=self._later,
        )
        self._queue: list[tuple[datetime, int, int, Callable[[datetime], Message | None]]] = []
        self._sequence = 0
        self._arrived: list[tuple[Service, Message]] = []
        self._now: datetime | None = None
        self._life = 0
        """Of execution's process: what an earlier one asked for goes on, but nobody hears the answer."""
        self._life_asking = 0

    def advance(self, now: datetime) -> Iterator[tuple[Service, Message]]:
        """Move to `now`, doing at their times what is on its way, and return what arrives at the desk."""
        if self._now is None:
            self._now = now
            yield Service.INGESTION, self._feeds.on_duty(now)
            yield Service.EXECUTION, self._effects.connected(now)
        while self._queue and self._queue[0][0] <= now:
            at, _, self._life_asking, action = heapq.heappop(self._queue)
            self._now = at
            self._exchange.advance(to_ms(at))
            if (message := action(at)) is not None and self._life_asking == self._life:
                self._arrived.append((Service.EXECUTION, message))
        self._life_asking = self._life
        self._now = now
        self._exchange.advance(to_ms(now))
        arrived, self._arrived = self._arrived, []
        yield from arrived
        for message in tuple(self._feeds.show(self._exchange.drain_events(), now)):
            yield Service.INGESTION, message

    @property
    def answers_lost(self) -> int:
        """Return how many order requests went without an answer."""
        return self._effects.answers_lost

    def run(self, service: Service, effect: object, now: datetime) -> None:
        """Take an effect of ingestion, signals or execution."""
        if service is Service.INGESTION:
            self._arrived.extend((service, message) for message in self._feeds.run(effect, now))
        elif service is Service.SIGNALS:
            from poise_signals.adapters.pair_tests.at_once import answered  # noqa: PLC0415 - statsmodels loads slowly

            assert isinstance(effect, TestPairs)  # noqa: S101 - signals has no other
            self._arrived.append((service, answered(effect, self._new_id, now)))
        else:
            self._effects.run(effect, now)

    def scan(self, now: datetime) -> Message:
        """Measure the exchange's markets, or fail where it is out."""
        return self._feeds.scan(now)

    def bring(self, service: Service, message: Message) -> None:
        """Have a message arrive at the desk with the next ones."""
        self._arrived.append((service, message))

    def lost(self, service: Service) -> None:
        """Let what a dead process asked for go on, unheard."""
        self._arrived = [(hearer, message) for hearer, message in self._arrived if hearer is not service]
        if service is Service.INGESTION:
            self._feeds.lost()
        elif service is Service.EXECUTION:
            self._life += 1
            self._life_asking = self._life

    def returned(self, service: Service, now: datetime) -> None:
        """Let the sources of a new process begin."""
        if service is Service.INGESTION:
            self._arrived.append((service, self._feeds.on_duty(now)))
        elif service is Service.EXECUTION:
            self._arrived.append((service, self._effects.connected(now)))

    def _later(self, delay: timedelta, action: Callable[[datetime], Message | None]) -> None:
        assert self._now is not None  # noqa: S101 - effects come after the first advance
        self._sequence += 1
        heapq.heappush(self._queue, (self._now + delay, self._sequence, self._life_asking, action))
