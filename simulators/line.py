"""The elements of a continuous line: feed, step and dryer."""

from typing import Literal

import numpy as np
from pydantic import Field

from simulators.draws import Array
from simulators.element import Fed, Splitting, Unit, water_at
from simulators.streams import Amount, Days, Flows, Made, Noise, Share
from simulators.worktime import Strict


class Richness(Strict):
    """How a component's share of the feed moves, at the cost of water: by season and by day."""

    component: str
    day: Amount = 0.0
    persistence: float = Field(default=0.5, ge=0.0, le=0.98)
    season: tuple[float, ...] = Field(default=(1.0,) * 12, min_length=12, max_length=12)


class Feed(Unit):
    """Raw material that enters a continuous line."""

    kind: Literal["feed"]
    t_per_h: Amount
    composition: dict[str, Share]
    richness: Richness | None = None
    noise: Noise = Noise()

    def outlet_names(self) -> tuple[str, ...]:
        """One: the feed."""
        return ("feed",)

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """Feed at the season's rate while the line runs."""
        rate = self.t_per_h / 60.0 * days.supply * days.running * days.vary(name, self.noise)
        shares = days.vector(self.composition)
        if self.richness is not None:
            at = days.components.index(self.richness.component)
            shares = np.repeat(shares, days.n, axis=1)
            shares[at] *= self._richness(name, days, self.richness)
        shares[0] = 1.0 - shares[1:].sum(axis=0)
        stream = shares * rate
        return Made(streams={"feed": stream}, entered=stream)

    @staticmethod
    def _richness(name: str, days: Days, richness: Richness) -> Array:
        year_shares = np.array([(day % 365.25) / 365.25 for day in days.ordinals])
        middles = (np.arange(12) + 0.5) / 12
        season = np.interp(year_shares, middles, richness.season, period=1.0)
        drawn = days.draws.persistent(
            f"{name}/richness", days.ordinals, persistence=richness.persistence
        )
        return days.daily(season * (1.0 + richness.day * np.clip(drawn, -3.0, 3.0)))


class Step(Fed, Splitting):
    """A step of a continuous line: adds water, and splits what it takes into outlets.

    Reused water circles inside the step: it is neither intake nor discharge.
    """

    kind: Literal["step"]
    water_m3_per_t: Amount = 0.0
    reuse: Share = 0.0
    kwh_per_t: Amount = 0.0
    kwh_per_m3: Amount = 0.0
    running_kw: Amount = 0.0
    standby_kw: Amount = 0.0
    noise: Noise = Noise()
    water_noise: Noise = Noise()

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """Outlets, electricity and fresh and reused water."""
        inlet = flows.take(self.inlets)
        feed = inlet.sum(axis=0)
        wanted = self.water_m3_per_t * feed * days.vary(f"{name}/water", self.water_noise)
        fresh = (1.0 - self.reuse) * wanted
        entered = np.zeros_like(inlet)
        entered[0] = fresh
        load = self.kwh_per_t * feed * days.vary(name, self.noise) + self.kwh_per_m3 * wanted
        idle = (self.running_kw * (days.running > 0.0) + self.standby_kw) / 60.0
        return Made(
            streams=self.split(inlet + entered, days),
            amounts={"electricity": load + idle, "fresh": fresh, "reused": self.reuse * wanted},
            entered=entered,
        )


class Dryer(Fed):
    """A dryer: brings a share of what it takes down to a moisture; the rest passes as it is."""

    kind: Literal["dryer"]
    moisture: float = Field(ge=0.0, lt=1.0)
    share: Share = 1.0
    kwh_per_t_water: Amount = 0.0
    mj_per_t_water: Amount = 0.0
    running_kw: Amount = 0.0
    noise: Noise = Noise()
    heat_noise: Noise = Noise()

    def outlet_names(self) -> tuple[str, ...]:
        """Dried, undried and vapour."""
        return ("dried", "undried", "vapour")

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """Dried, undried and vapour; electricity and heat."""
        content = flows.take(self.inlets)
        dried = self.share * content
        vapour = np.zeros_like(content)
        vapour[0] = dried[0] - water_at(self.moisture, dried)
        running_kw = self.running_kw * (days.running > 0.0) * (self.share > 0.0)
        fans = self.kwh_per_t_water * vapour[0] * days.vary(name, self.noise) + running_kw / 60.0
        heat = self.mj_per_t_water * vapour[0] * days.vary(f"{name}/heat", self.heat_noise)
        return Made(
            streams={
                "dried": dried - vapour,
                "undried": (1.0 - self.share) * content,
                "vapour": vapour,
            },
            amounts={"electricity": fans, "heat": heat},
        )
