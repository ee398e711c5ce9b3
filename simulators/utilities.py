"""The elements around a line: treatment, burner, steady load, wells, and quality signals."""

from typing import Literal

import numpy as np
from pydantic import Field

from simulators.draws import Array
from simulators.element import Fed, Outlet, Unit, water_at
from simulators.streams import Amount, Days, Flows, Made, Noise, Share


class Treatment(Fed):
    """Wastewater treatment: a covered lagoon that makes gas, sludge, and the discharge."""

    kind: Literal["treatment"]
    gasified: dict[str, Share]
    gas_m3_per_t: Amount
    sludge: Outlet
    evaporated: Share = 0.0
    kwh_per_m3: Amount = 0.0
    standby_kw: Amount = 0.0
    noise: Noise = Noise()
    gas_noise: Noise = Noise()

    def outlet_names(self) -> tuple[str, ...]:
        """Gas, sludge, vapour and discharge."""
        return ("gas", "sludge", "vapour", "discharge")

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """Gas, sludge, vapour and discharge; electricity and the gas's volume."""
        content = flows.take(self.inlets)
        gas = days.vector(self.gasified) * content * days.vary(f"{name}/gas", self.gas_noise)
        sludge = days.vector(self.sludge.shares) * (content - gas)
        sludge[0] = water_at(self.sludge.moisture or 0.0, sludge)
        vapour = np.zeros_like(content)
        vapour[0] = self.evaporated * content[0]
        load = self.kwh_per_m3 * content[0] * days.vary(name, self.noise) + self.standby_kw / 60.0
        discharge = content - gas - sludge - vapour
        return Made(
            streams={"gas": gas, "sludge": sludge, "vapour": vapour, "discharge": discharge},
            amounts={"electricity": load, "gas_made": self.gas_m3_per_t * gas.sum(axis=0)},
        )


class Burner(Unit):
    """Burns gas for the dryers that it serves; a fuel makes up what is missing."""

    kind: Literal["burner"]
    serves: tuple[str, ...]
    gas: str
    mj_per_m3: float = Field(gt=0.0)
    kw_per_mw: Amount = 0.0

    def needs(self) -> tuple[str, ...]:
        """The dryers that it serves, and where the gas is made."""
        return (*self.serves, self.gas)

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """Gas burned and flared, heat made, and heat from the fuel."""
        _ = name, days
        heat = np.asarray(sum(flows.amounts[f"{dryer}.heat"] for dryer in self.serves))
        made = flows.amounts[f"{self.gas}.gas_made"]
        burned = np.minimum(made, heat / self.mj_per_m3)
        return Made(
            amounts={
                "gas_burned": burned,
                "gas_flared": made - burned,
                "fuel_heat": heat - burned * self.mj_per_m3,
                "electricity": self.kw_per_mw * heat / 3600.0,
            }
        )


class Load(Unit):
    """What runs whether the line does or not: light, offices, compressors, taps."""

    kind: Literal["load"]
    day_kw: Amount
    night_kw: Amount
    water_m3_per_h: Amount = 0.0
    noise: Noise = Noise()

    def outlet_names(self) -> tuple[str, ...]:
        """One: its waste water."""
        return ("waste",)

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """Electricity, and water that leaves as waste."""
        _ = flows
        by_day = (days.wall >= 6 * 60) & (days.wall < 18 * 60)
        vary = days.vary(name, self.noise)
        waste = np.zeros((len(days.components), days.n))
        waste[0] = self.water_m3_per_h / 60.0 * np.where(by_day, 1.5, 0.5) * vary
        return Made(
            streams={"waste": waste},
            amounts={
                "electricity": np.where(by_day, self.day_kw, self.night_kw) * vary / 60.0,
                "fresh": waste[0],
            },
            entered=waste,
        )


class Pump(Unit):
    """Wells that lift all fresh water that the elements before it used."""

    kind: Literal["pump"]
    wells: dict[str, Share]
    kwh_per_m3: Amount
    noise: Noise = Noise()

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """Water lifted by each well, and electricity."""
        fresh = flows.total("fresh")
        wells: dict[str, Array] = {}
        rest = fresh
        *first, last = self.wells
        for well in first:
            share = np.clip(self.wells[well] * days.vary(f"{name}/{well}", self.noise), 0.0, 1.0)
            wells[f"{well}_lifted"] = fresh * share
            rest = rest - wells[f"{well}_lifted"]
        return Made(
            amounts=wells | {f"{last}_lifted": rest, "electricity": self.kwh_per_m3 * fresh},
        )


class Signal(Unit):
    """A quality that wanders about a mean: pH, a concentration, a temperature."""

    kind: Literal["signal"]
    mean: float
    unit: str
    noise: Noise = Noise()

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """The signal's value in each step."""
        _ = flows
        return Made(signals={"value": self.mean * days.vary(name, self.noise)})
