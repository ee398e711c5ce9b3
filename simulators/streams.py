"""Streams and amounts by the minute, and what an element sees of a day.

A stream is an array of shape (components, minutes) [t/min]; component 0 is water, of which a
tonne is a cubic metre. Amounts beside the streams are per minute too: kWh, m3, MJ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from pydantic import Field

from simulators.draws import Array, Draws
from simulators.worktime import Strict

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Amount = Annotated[float, Field(ge=0.0)]


class Noise(Strict):
    """Scatter of a rate: from day to day with persistence, and from minute to minute [cv]."""

    day: Amount = 0.0
    persistence: float = Field(default=0.5, ge=0.0, le=0.98)
    minute: Amount = 0.0


@dataclass(frozen=True)
class Day:
    """What every element sees of a day."""

    ordinal: int
    wall: Array
    running: Array
    supply: float
    components: tuple[str, ...]
    draws: Draws

    @property
    def n(self) -> int:
        """Minutes in the day."""
        return int(self.wall.size)

    def vary(self, name: str, noise: Noise) -> Array:
        """Factor about 1 at each minute, shape (minutes,)."""
        level = 1.0 + noise.day * self.draws.persistent(
            name, self.ordinal, persistence=noise.persistence
        )
        if not noise.minute:
            return np.full(self.n, max(level, 0.2))
        ripple = self.draws.normals(name, self.ordinal, n=self.n + 4)
        smooth = np.convolve(ripple, np.full(5, 5**-0.5), mode="valid")
        return np.asarray(np.maximum(level + noise.minute * smooth, 0.2))

    def vector(self, shares: Mapping[str, float]) -> Array:
        """One value per component, 0 where none is given, shape (components, 1)."""
        return np.array([[shares.get(name, 0.0)] for name in self.components])


@dataclass
class Made:
    """What an element made of a day: outlets, amounts, signals, and what entered the plant."""

    streams: dict[str, Array] = field(default_factory=dict)
    amounts: dict[str, Array] = field(default_factory=dict)
    signals: dict[str, Array] = field(default_factory=dict)
    entered: Array | None = None


class Flows:
    """Streams and amounts made so far today; a stream can be taken once."""

    def __init__(self) -> None:
        """Nothing made yet."""
        self.streams: dict[str, Array] = {}
        self.free: dict[str, Array] = {}
        self.amounts: dict[str, Array] = {}
        self.signals: dict[str, Array] = {}
        self.entered: list[Array] = []

    def add(self, name: str, made: Made) -> None:
        """Keep what element `name` made."""
        streams = {f"{name}.{outlet}": stream for outlet, stream in made.streams.items()}
        self.streams |= streams
        self.free |= streams
        self.amounts |= {f"{name}.{what}": amount for what, amount in made.amounts.items()}
        self.signals |= {f"{name}.{what}": signal for what, signal in made.signals.items()}
        if made.entered is not None:
            self.entered.append(made.entered)

    def take(self, names: tuple[str, ...]) -> Array:
        """The sum of these streams, which are then taken."""
        return np.asarray(sum(self.free.pop(name) for name in names))

    def total(self, what: str) -> Array:
        """The sum of the amounts of this kind over all elements so far."""
        return np.asarray(sum(a for name, a in self.amounts.items() if name.endswith(f".{what}")))
