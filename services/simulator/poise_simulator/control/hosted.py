"""A venue with its world around it, as the control API acts on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from poise_simulator.domain.world import World
from poise_simulator.protocol.face import Face


@dataclass(frozen=True, slots=True)
class Hosted:
    """One venue of a world, by its name; `faces` are all of the world's, this one too."""

    name: str
    world: World
    faces: Mapping[str, Face]

    @property
    def face(self) -> Face:
        """The venue itself."""
        return self.faces[self.name]

    def synchronise(self) -> None:
        """Bring this venue to the present."""
        self.face.served.synchronise()

    def synchronise_world(self) -> None:
        """Bring every venue to the present."""
        for face in self.faces.values():
            face.served.synchronise()
