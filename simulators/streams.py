"""Streams and amounts by the step of five minutes, and what an element sees of the days.

A stream is an array of shape (components, steps) [t/min]; component 0 is water, of which a
tonne is a cubic metre. Amounts beside the streams are per minute too: kWh, m3, MJ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from pydantic import Field

from simulators.draws import Array, Draws
from simulators.worktime import Strict

STEP_MIN = 5  # rates hold for so long; a year by the minute costs five times as much

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Amount = Annotated[float, Field(ge=0.0)]


class Noise(Strict):
    """Scatter of a rate: from day to day with persistence, and from step to step [cv]."""

    day: Amount = 0.0
    persistence: float = Field(default=0.5, ge=0.0, le=0.98)
    step: Amount = 0.0


@dataclass(frozen=True)
class Days:
    """What every element sees of some days in a row."""

    ordinals: tuple[int, ...]
    steps: tuple[int, ...]  # how many each day has
    wall: Array  # the clock when each step begins, shape (steps,) [min]
    running: Array  # share of the target, shape (steps,)
    supply: Array  # the season's share, shape (steps,)
    components: tuple[str, ...]
    draws: Draws

    @property
    def n(self) -> int:
        """Steps in all."""
        return int(self.wall.size)

    def daily(self, values: Sequence[float] | Array) -> Array:
        """One value a day, held through each day's steps, shape (steps,)."""
        return np.repeat(np.asarray(values, dtype=float), self.steps)

    def vary(self, name: str, noise: Noise) -> Array:
        """Factor about 1 in each step, shape (steps,)."""
        if not noise.day and not noise.step:
            return np.ones(self.n)
        levels = self.draws.persistent(name, self.ordinals, persistence=noise.persistence)
        factor = self.daily(1.0 + noise.day * levels)
        if noise.step:
            factor += noise.step * self.draws.normals(name, self.ordinals, counts=self.steps)
        return np.maximum(factor, 0.2, out=factor)

    def vector(self, shares: Mapping[str, float]) -> Array:
        """One value per component, 0 where none is given, shape (components, 1)."""
        return np.array([[shares.get(name, 0.0)] for name in self.components])


@dataclass
class Made:
    """What an element made of the days: outlets, amounts, signals, and what entered the plant."""

    streams: dict[str, Array] = field(default_factory=dict)
    amounts: dict[str, Array] = field(default_factory=dict)
    signals: dict[str, Array] = field(default_factory=dict)
    entered: Array | None = None


class Flows:
    """Streams and amounts made so far; a stream can be taken once."""

    def __init__(self, *, keeps_streams: bool = True) -> None:
        """Nothing made yet; who only counts keeps no stream that has been taken."""
        self._keeps_streams = keeps_streams
        self.sums: dict[str, float] = {}  # of amounts and of streams' contents, by minute and step
        self.streams: dict[str, Array] = {}
        self.free: dict[str, Array] = {}
        self.amounts: dict[str, Array] = {}
        self.signals: dict[str, Array] = {}
        self.entered: list[Array] = []

    def add(self, name: str, made: Made) -> None:
        """Keep what element `name` made."""
        streams = {f"{name}.{outlet}": stream for outlet, stream in made.streams.items()}
        self.free |= streams
        if self._keeps_streams:
            self.streams |= streams
        amounts = {f"{name}.{what}": amount for what, amount in made.amounts.items()}
        self.amounts |= amounts
        self.sums |= {what: float(amount.sum()) for what, amount in amounts.items()}
        for what, stream in streams.items():  # at once, while they are near the processor
            contents = stream.sum(axis=1)
            self.sums[what] = float(contents.sum())
            self.sums[f"{what}.water"] = float(contents[0])
        self.signals |= {f"{name}.{what}": signal for what, signal in made.signals.items()}
        if made.entered is not None:
            self.entered.append(made.entered)

    def take(self, names: tuple[str, ...]) -> Array:
        """The sum of these streams, which are then taken."""
        first, *others = (self.free.pop(name) for name in names)
        return np.asarray(sum(others, start=first))

    def total(self, what: str) -> Array:
        """The sum of the amounts of this kind over all elements so far."""
        return np.asarray(sum(a for name, a in self.amounts.items() if name.endswith(f".{what}")))
