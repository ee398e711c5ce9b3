"""Between the steps of a line: tanks that level what comes in batches, membranes that recover."""

from itertools import pairwise
from typing import Literal

import numpy as np

from simulators.element import Fed, water_at
from simulators.streams import Amount, Days, Flows, Made, Noise, Share


class Tank(Fed):
    """A tank from which a day's inflow leaves evenly.

    It holds stock for a day, so that what it gives does not wait for what comes; each day gives
    as much as it takes, and so a day's balance closes.
    """

    kind: Literal["tank"]

    def outlet_names(self) -> tuple[str, ...]:
        """One."""
        return ("level",)

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """The day's mean."""
        _ = name
        content = flows.take(self.inlets)
        edges = np.concatenate([[0], np.cumsum(days.steps)])
        means = [content[:, a:b].mean(axis=1) for a, b in pairwise(edges.tolist())]
        return Made(streams={"level": np.repeat(np.array(means).T, days.steps, axis=1)})


class Membrane(Fed):
    """A membrane through which a share of a stream goes; what it retains is product again."""

    kind: Literal["membrane"]
    share: Share = 1.0  # of the stream that goes through it; the rest passes by
    retains: dict[str, Share]
    moisture: Share  # of what is retained
    kwh_per_m3: Amount = 0.0
    noise: Noise = Noise()

    def outlet_names(self) -> tuple[str, ...]:
        """What is kept, what goes through, and what passes by."""
        return ("retained", "permeate", "bypass")

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """Its three outlets, and electricity."""
        content = flows.take(self.inlets)
        treated = self.share * content
        retained = days.vector(self.retains) * treated
        retained[0] = water_at(self.moisture, retained)
        return Made(
            streams={
                "retained": retained,
                "permeate": treated - retained,
                "bypass": content - treated,
            },
            amounts={
                "electricity": self.kwh_per_m3 * treated[0] * days.vary(name, self.noise),
            },
        )
