"""Batches: vessels that are filled, treat what is in them, and are emptied again."""

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from simulators.draws import Array
from simulators.element import Splitting
from simulators.streams import STEP_MIN, Amount, Days, Flows, Made, Noise, Share


class Batch(Splitting):
    """Vessels that run the same cycle from midnight on, as many as the day holds whole.

    What goes in at the beginning of a cycle comes out at its end, so that a day's balance closes
    though a vessel is full in between. A cycle that would begin in a stop is left out.
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
        size = self._sizes(name, days)  # t of material in the cycle that a step belongs to
        into, during, out = self._phases(days)
        shares = days.vector(self.composition)
        shares[0] = 1.0 - shares[1:].sum(axis=0)
        wanted = self.water_m3_per_t * size
        material = shares * size
        entered = material * into
        entered[0] += (1.0 - self.reuse) * wanted * into
        content = material.copy()
        content[0] += (1.0 - self.reuse) * wanted
        work = size * days.vary(f"{name}/heat", self.heat_noise)
        return Made(
            streams=self.split(content * out, days),
            amounts={
                "electricity": self.kwh_per_t * work * during + self.standby_kw / 60.0,
                "fresh": (1.0 - self.reuse) * wanted * into,
                "reused": self.reuse * wanted * into,
                "heat": self.heat_mj_per_t * work * during,
                "cold": self.cold_mj_per_t * work * during,
                "charged": size * into,
            },
            entered=entered,
        )

    def _cycles(self, steps: int) -> tuple[int, int]:
        """How many whole cycles a day of so many steps holds, and the steps of each."""
        length = self.minutes // STEP_MIN
        return steps // length, length

    def _sizes(self, name: str, days: Days) -> Array:
        """Material in the running cycle, 0 between cycles, shape (steps,) [t]."""
        varied = days.vary(name, self.noise) * days.supply * self.vessels * self.t_per_batch
        begun = np.zeros(days.n)
        start = 0
        for steps in days.steps:
            count, length = self._cycles(steps)
            for begin in range(start, start + count * length, length):
                whole = bool((days.running[begin : begin + length] > 0.0).all())
                begun[begin : begin + length] = whole * days.running[begin] * varied[begin]
            start += steps
        return begun

    def _phases(self, days: Days) -> tuple[Array, Array, Array]:
        """Shares of a cycle that go in, are treated and come out in each minute of a step."""
        parts = np.zeros((3, days.n))
        start = 0
        for steps in days.steps:
            count, length = self._cycles(steps)
            fill = max(1, round(self.fill * length))
            drain = max(1, round(self.drain * length))
            cycle = np.zeros((3, length))
            cycle[0, :fill] = 1.0 / fill
            cycle[1] = 1.0 / length
            cycle[2, length - drain :] = 1.0 / drain
            parts[:, start : start + count * length] = np.tile(cycle, count)
            start += steps
        into, during, out = parts / STEP_MIN
        return into, during, out
