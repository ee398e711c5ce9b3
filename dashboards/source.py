"""A plant's page from its store and ledger; kept up to date by what the collector commits."""

from __future__ import annotations

from collections.abc import Collection

from collector.intake.ingest import Change
from collector.ledger import Ledger
from collector.read import GatewayHealth, gateways, stale_after_ms
from collector.store import Store
from dashboards.charts import drawable, local_texts
from dashboards.events.build import open_alarms
from dashboards.figures import Figures
from dashboards.gateways import health, shown
from dashboards.judgement import Judgement
from dashboards.live import Live
from dashboards.newest import Newest, shown_points
from dashboards.now import Gateway, Health, Meter, Now, OpenAlarm, Span, Tile, Trouble
from dashboards.now import Plant as PlantHead
from dashboards.rate_chart import steps_of
from dashboards.rates import TRACE_MS, ResourceRate, resource_rates
from dashboards.records import Records, resource_colours
from dashboards.remarks import remarks
from dashboards.troubles import open_troubles, told_troubles
from plant.calendar import day_start_ms, local_date
from plant.description import Meter as Described
from plant.description import Plant
from plant.reading import Event

GATEWAYS_MS = 2000  # packs and alarms need not be looked at more often


class PlantSource:
    """What a board shows of one plant."""

    def __init__(self, plant: Plant, store: Store, *, ledger: Ledger) -> None:
        self._plant = plant
        self._store = store
        self._ledger = ledger
        self._newest = Newest(plant.id, store)
        self._points = shown_points(plant)
        self._rates = resource_rates(plant)
        self._colours = resource_colours(plant)
        self.records = Records(plant, store, ledger=ledger)
        self._figures = Figures(self.records.amounts)
        self._judgement = Judgement(self.records)
        self._gateways: dict[str, GatewayHealth] = {}
        self._gateways_ms = 0
        self._alarms: list[OpenAlarm] = []
        self._told: dict[str, Event] = {}
        self._steps: dict[str, tuple[int, tuple[str, float | None]]] = {}

    def take(self, change: Change) -> None:
        """Note what a commit changed; called in the thread that commits."""
        self._newest.take(change.latest)
        if change.status_of is not None:
            self._gateways_ms = 0
        if change.derived:
            self.records.mark(change.time_ms, change.from_ms)

    def now(self, time_ms: int) -> Now:
        """The whole page."""
        plant = self._plant
        self._look_at_gateways(time_ms)
        troubles = self._troubles()
        start_ms = day_start_ms(local_date(time_ms, plant.zone), plant.zone)
        tiles = [self._tile(rate, time_ms) for rate in self._shown_rates()]
        begun = [month.span.start_ms for tile in tiles for month in tile.history.months]
        first_ms = min(begun, default=time_ms - TRACE_MS)
        return Now(
            plant=PlantHead(plant=plant.id, name=plant.name, timezone=plant.plant.timezone),
            time_ms=time_ms,
            today=Span(start_ms=start_ms, end_ms=time_ms),
            tiles=tiles,
            meters=[self._meter(name, troubles) for name in _in_order(plant)],
            gateways=self._shown_gateways(),
            alarms=self._alarms,
            notes=[*remarks(self.records, "now", first_ms, end_ms=time_ms + 1)],
        )

    def live(self, time_ms: int) -> Live:
        """What changes by the second."""
        self._look_at_gateways(time_ms)
        points = [point for points in self._points.values() for point in points]
        newest = [(point, self._newest.of(point.series)) for point in points]
        rates = {name: rate.now(self._newest, self._store) for name, rate in self._rates.items()}
        return Live(
            time_ms=time_ms,
            values={
                point.key: (latest.time_ms, point.value(latest).value)
                for point, latest in newest
                if latest is not None
            },
            rates={
                name: (rate.time_ms, rate.value)
                for name, rate in rates.items()
                if rate.time_ms is not None
            },
            troubles=self._troubles(),
            estimated=[name for name, rate in rates.items() if rate.estimated],
            lacking={name: rate.lacking for name, rate in rates.items() if rate.lacking},
            steps={
                name: self._step(rate, time_ms, rates[name].lacking)
                for name, rate in self._rates.items()
            },
            health={name: self._health(name) for name in self._plant.meters},
            gateways=self._shown_gateways(),
            alarms=self._alarms,
        )

    def _shown_gateways(self) -> list[Gateway]:
        is_cut_off = self.records.is_cut_off()
        return [shown(found, is_cut_off=is_cut_off) for found in self._gateways.values()]

    def _shown_rates(self) -> list[ResourceRate]:
        """Resources with meters, and those whose amounts were entered."""
        entered = {entry.amount.quantity for entry in self._ledger.amounts.standing(self._plant.id)}
        return [rate for name, rate in self._rates.items() if rate.meters or name in entered]

    def _tile(self, rate: ResourceRate, time_ms: int) -> Tile:
        name, judgement = rate.resource, self._judgement
        rate_now = rate.now(self._newest, self._store)
        return Tile(
            resource=name,
            name=self._plant.resources[name].name,
            colour=self._colours[name],
            is_metered=bool(rate.meters),
            rate=rate_now,
            trace=rate.trace(self._store, time_ms, without=rate_now.lacking),
            today=self._figures.today(
                name, time_ms, expected=lambda span: judgement.expected(name, span)
            ),
            history=self._figures.history(name, time_ms),
            plan=judgement.plan(name),
            claims=judgement.claims(name, time_ms),
        )

    def _meter(self, name: str, troubles: dict[str, Trouble]) -> Meter:
        meter = self._plant.meters[name]
        state, since_ms, detail = self._health(name)
        return Meter(
            meter=name,
            name=meter.name,
            model=meter.model,
            area=meter.area,
            measures=meter.resource or meter.product or meter.driver,
            measures_name=_quantity_name(self._plant, meter),
            within=meter.within,
            values=[
                point.value(self._newest.of(point.series), troubles.get(point.key))
                for point in self._points[name]
            ],
            health=state,
            since_ms=since_ms,
            detail=detail,
            stale_after_ms=stale_after_ms(self._plant, meter.slowest),
        )

    def _troubles(self) -> dict[str, Trouble]:
        return open_troubles(self._points, self._told, self._newest.of)

    def _health(self, name: str) -> tuple[Health, int | None, str]:
        return health(name, self._gateways[self._plant.meters[name].gateway])

    def _look_at_gateways(self, time_ms: int) -> None:
        if abs(time_ms - self._gateways_ms) >= GATEWAYS_MS:
            self._gateways_ms = time_ms
            self._gateways = {found.gateway: found for found in gateways(self._plant, self._ledger)}
            self._alarms = open_alarms(self.records)
            self._told = told_troubles(self._ledger, self._plant.id, time_ms)

    def _step(
        self, rate: ResourceRate, time_ms: int, without: Collection[str]
    ) -> tuple[str, float | None]:
        """The newest whole step of a trace, as a chart has it; read once."""
        number = rate.newest_step(time_ms)
        known = self._steps.get(rate.resource)
        if known is None or known[0] != number:
            trace = rate.trace(self._store, time_ms, steps=1, without=without)
            [x], [y] = local_texts(steps_of(trace), self._plant.zone), drawable(trace.values)
            known = number, (x, y)
            self._steps[rate.resource] = known
        return known[1]


def _in_order(plant: Plant) -> list[str]:
    """Meters, each followed by those within it."""
    ordered: list[str] = []

    def add(name: str) -> None:
        ordered.append(name)
        for inner, meter in plant.meters.items():
            if meter.within == name:
                add(inner)

    for name, meter in plant.meters.items():
        if meter.within is None:
            add(name)
    return ordered


def _quantity_name(plant: Plant, meter: Described) -> str | None:
    """What the plant calls what a meter measures, where it has a name for it."""
    if meter.resource:
        return plant.resources[meter.resource].name
    if meter.product:
        return plant.products[meter.product].name or meter.product
    return (plant.drivers[meter.driver].name or meter.driver) if meter.driver else None
