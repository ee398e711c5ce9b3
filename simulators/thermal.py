"""Elements of heat and cold: steps that need them, boilers, chillers, and the weather."""

from typing import Literal

import numpy as np
from pydantic import Field

from simulators.draws import Array
from simulators.element import Unit
from simulators.line import Step
from simulators.streams import Amount, Days, Flows, Made, Noise, Share

MJ_PER_KWH = 3.6
_MONTHS = (np.arange(12) + 0.5) * 365.25 / 12


class ThermalStep(Step):
    """A step that is heated or cooled: a kiln, a pasteuriser, a freezer."""

    kind: Literal["thermal"]  # type: ignore[assignment]
    heat_mj_per_t: Amount = 0.0
    cold_mj_per_t: Amount = 0.0
    heat_noise: Noise = Noise()

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """What a step makes, and the heat and cold that it asks for."""
        taken = np.asarray(sum(flows.free[inlet] for inlet in self.inlets)).sum(axis=0)
        made = super().run(name, days, flows)
        needed = taken * days.vary(f"{name}/heat", self.heat_noise)
        made.amounts |= {
            "heat": self.heat_mj_per_t * needed,
            "cold": self.cold_mj_per_t * needed,
        }
        return made


class Boiler(Unit):
    """Heat for elements above it from a fuel, as steam or by flame.

    Make-up water replaces the condensate that does not come back, and leaves as vapour.
    """

    kind: Literal["boiler"]
    serves: tuple[str, ...]
    efficiency: float = Field(gt=0.0, le=1.0)
    fuel_mj_per_t: float = Field(gt=0.0)  # by the supplier's certificate
    steam_mj_per_t: Amount = 0.0  # 0: by flame, without steam
    condensate_return: Share = 0.0
    makeup_mj_per_t: Amount = 0.27  # to heat make-up water to the condensate's temperature
    idle_mj_per_h: Amount = 0.0
    kwh_per_gj: Amount = 0.0
    noise: Noise = Noise()

    def needs(self) -> tuple[str, ...]:
        """The elements whose heat it makes."""
        return self.serves

    def outlet_names(self) -> tuple[str, ...]:
        """One: vapour."""
        return ("vapour",)

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """Steam, fuel, make-up water and electricity."""
        asked = np.asarray(sum(flows.amounts[f"{element}.heat"] for element in self.serves))
        steam = asked / self.steam_mj_per_t if self.steam_mj_per_t else np.zeros(days.n)
        makeup = (1.0 - self.condensate_return) * steam
        heat = asked + self.makeup_mj_per_t * makeup + self.idle_mj_per_h / 60.0
        burnt = heat / self.efficiency * days.vary(name, self.noise)
        vapour = np.zeros((len(days.components), days.n))
        vapour[0] = makeup
        return Made(
            streams={"vapour": vapour},
            amounts={
                "steam": steam,
                "fuel_heat": burnt,
                "loss_heat": burnt - asked,
                "fuel": burnt / self.fuel_mj_per_t,
                "fresh": makeup,
                "electricity": self.kwh_per_gj * heat / 1000.0,
            },
            entered=vapour,
        )


class Weather(Unit):
    """Air temperature: a mean for each month, a day's swing, and days that are warm or cool."""

    kind: Literal["weather"]
    months: tuple[float, ...] = Field(min_length=12, max_length=12)  # [degC]
    swing: Amount = 4.0  # of a day, from its mean [K]
    scatter: Amount = 1.5  # of days about their season [K]
    persistence: float = Field(default=0.7, ge=0.0, le=0.98)
    unit: str = "degC"

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """The temperature in each step; warmest at three in the afternoon."""
        year = np.array([day % 365.25 for day in days.ordinals])
        season = np.interp(year, _MONTHS, self.months, period=365.25)
        drawn = days.draws.persistent(name, days.ordinals, persistence=self.persistence)
        daily = days.daily(season + self.scatter * np.clip(drawn, -3.0, 3.0))
        clock = np.cos(2.0 * np.pi * (days.wall - 15 * 60) / 1440.0)
        return Made(signals={"value": daily + self.swing * clock})


class Chiller(Unit):
    """Cold for elements above it and for rooms, by electricity; worse in warm weather."""

    kind: Literal["chiller"]
    serves: tuple[str, ...]
    ambient: str  # a weather element above it
    cop: float = Field(gt=0.0)  # at 25 degC
    cop_per_k: Amount = 0.0  # share of the COP lost for each degree above that
    room_degc: float = 0.0
    room_kw_per_k: Amount = 0.0  # heat that enters rooms, for each degree of difference
    idle_kw: Amount = 0.0
    noise: Noise = Noise()

    def needs(self) -> tuple[str, ...]:
        """The elements that it cools, and the weather."""
        return (*self.serves, self.ambient)

    def run(self, name: str, days: Days, flows: Flows) -> Made:
        """Cold and electricity."""
        air = flows.signals[f"{self.ambient}.value"]
        asked = np.asarray(sum(flows.amounts[f"{element}.cold"] for element in self.serves))
        room: Array = self.room_kw_per_k * np.maximum(air - self.room_degc, 0.0) * 0.06  # MJ/min
        cop = self.cop * np.clip(1.0 - self.cop_per_k * (air - 25.0), 0.3, 1.7)
        drawn = (asked + room) / MJ_PER_KWH / cop * days.vary(name, self.noise)
        electricity = drawn + self.idle_kw / 60.0
        return Made(
            amounts={
                "cold_made": asked + room,
                "room_heat": room,
                "rejected_heat": asked + room + MJ_PER_KWH * electricity,
                "electricity": electricity,
            },
        )
