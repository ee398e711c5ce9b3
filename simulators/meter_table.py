"""Where each meter of a scenario is, and what it shows: what a reader's own tests compare with."""

from collections.abc import Mapping

import numpy as np

from plant.columns import aligned
from plant.description import Plant
from plant.models import Point
from simulators.lines import Place
from simulators.metering import ShownMeter, shown, simulated_meters
from simulators.scenario import Scenario
from simulators.serve import bus_places
from simulators.timeline import Timeline

_HEAD = ("meter", "at", "unit", "model", "point", "function", "address", "type", "shows", "")


def meter_table(
    scenario: Scenario, timeline: Timeline, at_s: float, *, port_base: int | None
) -> str:
    """A line for each point that is read by default, with its value at an instant [s, UTC]."""
    meters = simulated_meters(scenario, timeline)
    return table_of(scenario.plant, meters, at_s, places=bus_places(scenario.plant, port_base))


def table_of(
    plant: Plant, meters: Mapping[str, ShownMeter], at_s: float, *, places: Mapping[str, Place]
) -> str:
    """The same of whatever meters a plant shows."""
    rows = [_HEAD]
    for name, described in plant.meters.items():
        place, unit = str(places[described.bus]), str(described.unit_id)
        model = described.meter_model
        for point_name in model.meter.default:
            point = model.points[point_name]
            value = _value(meters[name], point_name, at_s)
            addresses = " + ".join(str(number.address) for number in point.numbers)
            where = (str(point.function), addresses, _type(point))
            rows.append((name, place, unit, model.id, point_name, *where, value, point.unit))
    return aligned(rows)


def _type(point: Point) -> str:
    parts = " + ".join(number.type for number in point.numbers)
    return f"{parts} {point.order}" if len(point.numbers) == 1 else parts


def _value(meter: ShownMeter, name: str, at_s: float) -> str:
    (value,) = shown(meter.model.points[name], meter.value(name, np.array([at_s])))
    return f"{value:.10g}"
