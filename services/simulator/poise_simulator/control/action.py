"""What an action is: a body that knows what it does, and what it acts on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from poise_simulator.binance.streams.hub import Hub
from poise_simulator.binance.venue import Venue


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What actions act on; `address` is where the command came from."""

    venue: Venue
    hub: Hub
    drop_all_sockets: Callable[[], None]
    address: str


class Action(BaseModel, ABC):
    """A command's body. `run` answers with what was done; the exchange's refusals are `Rejected`."""

    model_config = ConfigDict(extra="forbid")
    command: ClassVar[str]

    @abstractmethod
    def run(self, at: Surroundings) -> dict[str, object]:
        """Do it."""
