"""Batches: vessels that are filled, treat what is in them, and are emptied again."""

from functools import lru_cache
from math import ceil
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from simulators.draws import Array
from simulators.element import Splitting
from simulators.streams import STEP_MIN, Amount, Days, Flows, Made, Noise, Share

Places = NDArray[np.intp]


class Batch(Splitting):
    """Vessels that run the same cycle, one after the other begun, as often as the day holds whole.

    What goes in at the beginning of a cycle comes out at its end, so that a day's balance closes
    though a vessel is full in between; one that is full at midnight begins the day with what it
    ends it with. A cycle that would run in a stop is left out.
    """

    kind: Literal["batch"]
    vessels: float = Field(default=1.0, gt=0.0)
    t_per_batch: Amount  # of material, without the water that is added
    composition: dict[str, Share]
    minutes: int = Field(ge=3 * STEP_MIN)
    fill: Share = 0.15  # of the cycle
    drain: Share = 0.15
    water_m3_per_t: Amount = 0.0
    reuse: Share = 0.0
    kwh_per_t: Amount = 0.0
    heat_mj_per_t: Amount = 0.0
    cold_mj_per_t: Amount = 0.0
    standby_kw: Amount = 0.0
    noise: Noise = Noise()
    heat_noise: Noise = Noise()

    @model_validator(mode="after")
    def _is_a_cycle(self) -> Self:
        if self.minutes % STEP_MIN:
            raise ValueError(f"minutes: a multiple of {STEP_MIN}")
        if self.fill + self.drain > 1.0 or not self.fill or not self.drain:
            raise ValueError("fill and drain: two parts of the cycle, with room between them")
        return self

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """What goes in and comes out; electricity, water, and the heat and cold asked for."""
        _ = flows
        filled, treated, drained = self._rates(name, days)
        shares = days.vector(self.composition)
        shares[0] = 1.0 - shares[1:].sum(axis=0)
        fresh = (1.0 - self.reuse) * self.water_m3_per_t
        content = shares.copy()
        content[0] += fresh
        work = treated * days.vary(f"{name}/heat", self.heat_noise)
        return Made(
            streams=self.split(content * drained, days),
            amounts={
                "electricity": self.kwh_per_t * work + self.standby_kw / 60.0,
                "fresh": fresh * filled,
                "reused": self.reuse * self.water_m3_per_t * filled,
                "heat": self.heat_mj_per_t * work,
                "cold": self.cold_mj_per_t * work,
                "charged": filled,
            },
            entered=content * filled,
        )

    def _rates(self, name: str, days: Days) -> tuple[Array, Array, Array]:
        """Material that goes in, is treated and comes out, each of shape (steps,) [t/min]."""
        count, length = ceil(self.vessels), self.minutes // STEP_MIN
        steps = _cycles(days.steps, length, count)
        whole = (days.running[steps] > 0.0).all(axis=1)
        began = steps[:, 0]
        varied = days.vary(name, self.noise) * days.supply * days.running
        sizes = whole * varied[began] * self.t_per_batch * self.vessels / count
        fill = max(1, round(self.fill * length))
        drain = max(1, round(self.drain * length))

        def spread(part: Places) -> Array:
            parts = part.shape[1]
            rates = np.repeat(sizes / (parts * STEP_MIN), parts)
            return np.bincount(part.ravel(), rates, days.n).astype(float, copy=False)

        return spread(steps[:, :fill]), spread(steps), spread(steps[:, length - drain :])


@lru_cache(4)  # blocks of days of equal lengths follow each other
def _cycles(day_steps: tuple[int, ...], length: int, vessels: int) -> Places:
    """The steps of each cycle of each vessel, shape (cycles, length): a vessel's day is a ring."""
    found = [np.zeros((0, length), dtype=np.intp)]
    start = 0
    for steps in day_steps:
        begun = np.arange(steps // length) * length
        offsets = np.arange(vessels) * length // vessels
        begins = (offsets[:, None] + begun).ravel()
        found.append(start + (begins[:, None] + np.arange(length)) % steps)
        start += steps
    return np.concatenate(found)
