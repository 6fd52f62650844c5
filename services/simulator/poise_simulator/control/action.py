"""What an action is: a body that knows what it does, and what it acts on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from poise_simulator.domain.exchange import Exchange
from poise_simulator.protocol.face import Face


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What actions act on; `address` is where the command came from."""

    face: Face
    address: str

    @property
    def exchange(self) -> Exchange:
        """The exchange behind the venue's protocol."""
        return self.face.served.exchange


class Action(BaseModel, ABC):
    """A command's body. `run` answers with what was done; the exchange's refusals are `Rejected`."""

    model_config = ConfigDict(extra="forbid")
    command: ClassVar[str]

    @abstractmethod
    def run(self, at: Surroundings) -> dict[str, object]:
        """Do it."""
