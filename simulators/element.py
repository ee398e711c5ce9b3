"""What the elements of a process have in common: what they take, and what they split it into.

What an element takes leaves it again, in some stream or other: that is how the balances close.
"""

import numpy as np
from pydantic import Field

from simulators.draws import Array
from simulators.streams import Days, Flows, Made, Share
from simulators.worktime import Strict


class Unit(Strict):
    """What every element can be asked."""

    def takes(self) -> tuple[str, ...]:
        """Names of the streams that it takes, each made by an element above it."""
        return ()

    def outlet_names(self) -> tuple[str, ...]:
        """Names of the streams that it makes."""
        return ()

    def needs(self) -> tuple[str, ...]:
        """Names of elements above it whose amounts or signals it looks at."""
        return ()

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """What element `name` makes of the days, given what those above it made."""
        raise NotImplementedError


class Fed(Unit):
    """An element that takes streams of others."""

    inlets: tuple[str, ...]

    def takes(self) -> tuple[str, ...]:
        """Names of the streams that it takes."""
        return self.inlets


class Outlet(Strict):
    """One outlet: shares of the components, and of water a share or a moisture."""

    shares: dict[str, Share] = Field(default_factory=dict)
    moisture: float | None = Field(default=None, ge=0.0, lt=1.0)

    def of(self, content: Array, days: Days) -> Array:
        """What it takes of a content, shape (components, steps)."""
        stream = days.vector(self.shares) * content
        if self.moisture is not None:
            stream[0] = water_at(self.moisture, stream)
        return stream


class Splitting(Unit):
    """An element that splits what it holds into outlets; what none takes leaves by `rest`."""

    rest: str
    outlets: dict[str, Outlet] = Field(default_factory=dict)

    def outlet_names(self) -> tuple[str, ...]:
        """Its outlets and the rest."""
        return (*self.outlets, self.rest)

    def split(self, content: Array, days: Days) -> dict[str, Array]:
        """The streams that a content leaves by."""
        streams = {name: outlet.of(content, days) for name, outlet in self.outlets.items()}
        rest = content
        for stream in streams.values():
            rest = rest - stream
        return streams | {self.rest: rest}


def water_at(moisture: float, stream: Array) -> Array:
    """The water in a stream of that moisture, from what is dry in it, shape (steps,)."""
    return np.asarray(moisture / (1.0 - moisture) * stream[1:].sum(axis=0))
