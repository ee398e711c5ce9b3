"""One file describes a plant; agent and collector read the same.

``plant.check.load_plant`` reads it and checks it as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, model_validator

from plant.factors import Factor, OwnFactor
from plant.fields import Clock, Day, Interval, Name, QuantityField, Seconds, Share
from plant.models import MeterModel, Point, Strict, find_model
from plant.network import Broker, Gateway
from plant.network import Bus as Bus  # noqa: PLC0414 - whoever reads a plant finds them here
from plant.plans import TERMS, Driver, Product
from plant.plans import Claim as Claim  # noqa: PLC0414
from plant.plans import Plan as Plan  # noqa: PLC0414
from plant.tariff import Price
from plant.water import Estimate
from plant.water import Permit as Permit  # noqa: PLC0414 - as above

DEFAULT_UNITS = {
    "electricity": "kWh", "water": "m3", "wastewater": "m3", "steam": "t", "heat": "MJ",
    "gas": "m3", "biogas": "m3", "fuel": "MJ", "coal": "t", "diesel": "L",
}  # fmt: skip


class Head(Strict):
    """Who the plant is."""

    id: Name
    name: str
    sector: str | None = None
    timezone: str = "Asia/Ho_Chi_Minh"
    currency: str = "VND"


class Resource(Strict):
    """What the plant consumes, or must get rid of."""

    name: str | None = None
    unit: str | None = None
    price: tuple[Price, ...] = ()
    co2e: str | None = None  # a factor of config/factors/, or of [factors]
    calorific: QuantityField | None = None  # net, such as '36 MJ/m3', from the supplier's papers
    primary: Annotated[float, Field(gt=0)] = 1.0  # primary energy per energy used, for SEnPI


class Change(Strict):
    """A dated change of a meter: another device, or another current transformer."""

    at: datetime  # in the plant's zone when it names none
    swap: str | None = None
    ct: Annotated[float, Field(gt=0)] | None = None  # the factor that holds from then on

    @model_validator(mode="after")
    def _is_one(self) -> Change:
        if (self.swap is None) == (self.ct is None):
            raise ValueError("either swap = 'serial ...' or ct = factor")
        return self


class Calibration(Strict):
    """When a meter was last calibrated, and what shows it."""

    on: Day
    until: Day | None = None
    certificate: str | None = None


class Meter(Strict):
    """One installed meter: where it hangs, what it is, what it measures."""

    name: str | None = None
    bus: str
    unit_id: Annotated[int, Field(ge=0, le=255)] = 1
    model: str
    resource: Name | None = None
    product: Name | None = None
    driver: Name | None = None
    area: str | None = None
    within: Name | None = None
    feeds: Name | None = None  # a meter downstream that counts the same again, as behind wells
    every: Interval = 5.0
    every_point: dict[str, Interval] = Field(default_factory=dict)  # those with a pace of their own
    points: tuple[str, ...] = ()
    point: str | None = None  # the counter that is consumption, when not the model's main one
    pulse: QuantityField | None = None  # what one pulse of a counter stands for
    ct: Annotated[float, Field(gt=0)] = 1  # factor on all values, until an event changes it
    max_rate: QuantityField | None = None
    uncertainty: Share | None = None
    calibration: Calibration | None = None
    events: tuple[Change, ...] = ()

    @model_validator(mode="after")
    def _measures_one_thing(self) -> Meter:
        if sum(x is not None for x in (self.resource, self.product, self.driver)) > 1:
            raise ValueError("only one of resource, product and driver")
        return self

    @cached_property
    def meter_model(self) -> MeterModel:
        """The model that its file names; ModelFileError when it is unknown."""
        return find_model(self.model)

    @property
    def counter(self) -> str | None:
        """The point whose difference is consumption; None for a meter of gauges only."""
        return self.point or self.meter_model.meter.main

    def read_points(self) -> dict[str, Point]:
        """The points that are read, by name."""
        model = self.meter_model
        names = dict.fromkeys([*(self.points or model.meter.default)])
        if self.counter and (self.resource or self.product or self.driver):
            names[self.counter] = None
        return {name: model.points[name] for name in names}

    def every_of(self, point: str) -> float:
        """How often a point is read [s]."""
        return self.every_point.get(point, self.every)

    @property
    def slowest(self) -> float:
        """How often its slowest point is read [s]."""
        return max(map(self.every_of, self.read_points()), default=self.every)

    def max_rate_per_h(self, point: Point) -> float | None:
        """The largest plausible rate of a counter [its unit/h]; None when nobody says."""
        if self.max_rate is None:
            return point.max_rate_per_h
        unit, one = (self.pulse.unit, self.pulse.value) if self.pulse else (point.unit, 1.0)
        return self.max_rate.to(f"{unit}/h") / one / self.ct

    @property
    def gateway(self) -> str:
        """The gateway that reads it."""
        return self.bus.partition("/")[0]


class NightBase(Strict):
    """A rate at night above which something leaks or was left on."""

    resource: Name
    above: QuantityField


class Alarms(Strict):
    """When a person should be told."""

    stale: Seconds = 300.0
    night_base: NightBase | None = None
    over_expected: Share | None = None


class Plant(Strict):
    """A plant: its meters, products, resources, plans and claims."""

    plant: Head
    shifts: dict[Name, Clock] = Field(default_factory=dict)
    products: dict[Name, Product] = Field(default_factory=dict)
    resources: dict[Name, Resource] = Field(default_factory=dict)
    factors: dict[Name, OwnFactor] = Field(default_factory=dict)
    drivers: dict[Name, Driver] = Field(default_factory=dict)
    broker: Broker | None = None
    gateways: dict[Name, Gateway] = Field(default_factory=dict)
    meters: dict[Name, Meter] = Field(default_factory=dict)
    permits: dict[Name, Permit] = Field(default_factory=dict)
    estimates: dict[Name, Estimate] = Field(default_factory=dict)
    alarms: Alarms = Alarms()
    plans: dict[Name, Plan] = Field(default_factory=dict)
    claims: dict[Name, Claim] = Field(default_factory=dict)

    _path: Path | None = PrivateAttr(default=None)
    _config: str = PrivateAttr(default="")

    def read_from(self, path: Path, config: str) -> Plant:
        """The plant, knowing its file and that file's hash."""
        self._path, self._config = path, config
        return self

    @property
    def id(self) -> str:
        """The plant's identifier, as it stands in topics."""
        return self.plant.id

    @property
    def name(self) -> str:
        """The plant's name, as people say it."""
        return self.plant.name

    @cached_property
    def own_factors(self) -> dict[str, Factor]:
        """The emission factors that the file itself gives, by id."""
        return {name: one.called(name) for name, one in self.factors.items()}

    @property
    def zone(self) -> ZoneInfo:
        """The plant's own time zone."""
        return ZoneInfo(self.plant.timezone)

    @property
    def path(self) -> Path | None:
        """The file it was read from."""
        return self._path

    @property
    def config(self) -> str:
        """A short hash of the file, which every pack carries."""
        return self._config

    @property
    def data_dir(self) -> Path:
        """Where the embedded store and the ledger lie unless the user says otherwise."""
        return (self._path.parent if self._path else Path.cwd()) / "data"

    def resource_unit(self, resource: str) -> str:
        """The unit in which a resource is counted."""
        return self.resources[resource].unit or DEFAULT_UNITS.get(resource, "1")

    def quantity_unit(self, name: str) -> str:
        """The unit of a resource, product or driver; a term of a plan has none."""
        if name in self.resources:
            return self.resource_unit(name)
        if name in self.products:
            return self.products[name].unit
        if name in TERMS:
            return "1"
        driver = self.drivers[name]
        if driver.from_ is None:
            return driver.unit or "1"
        unit = self.quantity_unit(driver.from_)
        return f"{unit} day" if driver.is_degree_days else unit

    def computed_from(self, name: str) -> tuple[str, ...]:
        """The quantities that a driver or product is computed from; none where it is not."""
        if name in self.products:
            return tuple(self.products[name].weights)
        driver = self.drivers.get(name)
        return (driver.from_,) if driver is not None and driver.from_ is not None else ()

    def measured(self, name: str) -> tuple[str, ...]:
        """What must be metered or imported for a quantity to be known: itself unless computed."""
        parts = self.computed_from(name)
        found = [one for part in parts for one in self.measured(part)]
        return tuple(dict.fromkeys(found)) if parts else (name,)

    def days_back(self, name: str) -> int:
        """How many days before a span a computed quantity must be known."""
        driver = self.drivers.get(name)
        own = (driver.lag or 0) if driver is not None else 0
        return own + max(map(self.days_back, self.computed_from(name)), default=0)

    def bus(self, path: str) -> Bus:
        """The bus of ``gateway/bus``."""
        gateway, _, bus = path.partition("/")
        return self.gateways[gateway].buses[bus]

    def meters_of(self, quantity: str) -> dict[str, Meter]:
        """The meters whose sum is the plant's, of one quantity, each amount counted once."""
        measured = {
            name: meter
            for name, meter in self.meters.items()
            if quantity in (meter.resource, meter.product, meter.driver)
        }
        return {n: m for n, m in measured.items() if not {m.within, m.feeds} & measured.keys()}

    def meters_at(self, gateway: str) -> dict[str, Meter]:
        """The meters that a gateway reads."""
        return {name: meter for name, meter in self.meters.items() if meter.gateway == gateway}

    def take_models(self, models: Mapping[str, MeterModel]) -> None:
        """Read meters by these models instead of the shipped ones of the same ids."""
        for meter in self.meters.values():
            if meter.model in models:
                meter.__dict__["meter_model"] = models[meter.model]  # what it caches

    def units(self) -> dict[tuple[str, str], str]:
        """The unit of every (meter, point) that is read."""
        return {
            (name, point): description.unit
            for name, meter in self.meters.items()
            for point, description in meter.read_points().items()
        }

    def plan_of(self, claim: Claim) -> str | None:
        """The name of the plan that a claim is judged by."""
        if claim.plan is not None:
            return claim.plan
        plans = (n for n, plan in self.plans.items() if (plan.resource or n) == claim.resource)
        return next(plans, None)
