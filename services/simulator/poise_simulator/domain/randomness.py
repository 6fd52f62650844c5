"""Seeded randomness: one independent stream for each purpose."""

import zlib

import numpy as np


def generator_for(seed: int, *purpose: str) -> np.random.Generator:
    """Make the generator of one purpose; streams of other purposes never shift it."""
    return np.random.Generator(np.random.PCG64([seed, *(zlib.crc32(word.encode()) for word in purpose)]))


class DrawBuffer:
    """Uniform and normal draws one at a time, cheaply: drawn in blocks."""

    __slots__ = ("_block", "_generator", "_normals", "_uniforms")

    def __init__(self, generator: np.random.Generator, block: int = 512) -> None:
        """Draw from a generator of its own."""
        self._generator = generator
        self._block = block
        self._uniforms: list[float] = []
        self._normals: list[float] = []

    def uniform(self) -> float:
        """Draw from [0, 1)."""
        if not self._uniforms:
            self._uniforms = self._generator.random(self._block).tolist()
        return self._uniforms.pop()

    def between(self, low: float, high: float) -> float:
        """Draw from [low, high)."""
        return low + (high - low) * self.uniform()

    def normal(self) -> float:
        """Draw from the standard normal distribution."""
        if not self._normals:
            self._normals = self._generator.standard_normal(self._block).tolist()
        return self._normals.pop()
