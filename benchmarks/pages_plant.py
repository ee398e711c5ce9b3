"""A served plant with a year behind it, for the benchmark of the pages; it reads itself.

python -m benchmarks.pages_plant FOLDER --meters 50 --days 365 [--speed 60]

Prints the address of its pages, then a JSON line for each reading: its value, and when it came.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np

from collector.intake.ingest import Change
from collector.ledger import Ledger
from collector.plans.locked import lock_plan
from collector.store import COUNTER, GAUGE, INTERVAL, Latest, Series, Store, open_store
from collector.store.protocol import samples
from dashboards.serve import Server, board_of, listen
from dashboards.source import PlantSource
from plant.calendar import SLOT_MS, from_ms
from plant.check import load_plant
from plant.description import Plant

HEAD = """
[plant]
id = "bench"
name = "Bench"
[products.starch]
unit = "t"
[resources.electricity]
[resources.water]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[plans.electricity]
baseline = ["{first}", "{last}"]
drivers = ["starch"]
[claims.drying]
resource = "electricity"
since = "{since}"
saves = "5 %"
"""
METER = """
[meters.{name}]
bus = "yard/panel"
unit_id = {unit}
model = "{model}"
{measures}
"""
MEASURES = {"schneider-pm5560": "electricity", "siemens-mag6000": "water"}
HOURLY = {"electricity": 600.0, "water": 50.0, "starch": 3.0}
READ_MS = 10_000


def describe(meters: int, now_ms: int, days: int) -> str:
    """A plant file: one incomer with all but three meters within it, an intake, a scale."""
    today = from_ms(now_ms).date()
    since = today - timedelta(days=days // 6)
    dates = {"first": today - timedelta(days=days), "last": since - timedelta(days=1)}
    made = [HEAD.format(since=since, **dates)]
    rows = [("incomer", "schneider-pm5560", 'resource = "electricity"')]
    rows += [("intake", "siemens-mag6000", 'resource = "water"')]
    rows += [("scale", "generic-belt-scale", 'product = "starch"')]
    sub = 'resource = "electricity"\nwithin = "incomer"'
    rows += [(f"sub{i}", "schneider-pm5560", sub) for i in range(meters - len(rows))]
    for unit, (name, model, measures) in enumerate(rows, 1):
        made.append(METER.format(name=name, unit=unit, model=model, measures=measures))
    return "".join(made)


def fill(plant: Plant, store: Store, *, now_ms: int, days: int) -> None:
    """Quarters of an hour of every meter, and two hours of readings."""
    end_ms = now_ms // SLOT_MS * SLOT_MS
    slots = np.arange(end_ms - days * 86_400_000, end_ms, SLOT_MS)
    hours = np.arange(now_ms - 7_200_000, now_ms, READ_MS)
    chance = np.random.default_rng(1)
    day = (slots - slots[0]) // 86_400_000
    load = (1 + 0.3 * chance.standard_normal(day[-1] + 1)).clip(0.3)[day]
    for name, meter in plant.meters.items():
        quantity = meter.resource or meter.product or ""
        share = 1 / len(plant.meters) if meter.within else 1.0
        amounts = share * HOURLY[quantity] / 4 * load * chance.normal(1, 0.02, slots.size)
        rows = {Series(INTERVAL, plant.id, (name, quantity)): samples(slots, amounts)}
        for point, described in meter.read_points().items():
            is_counter = described.kind == "counter"
            series = Series(COUNTER if is_counter else GAUGE, plant.id, (name, point))
            values = 1e5 + 600 * (hours - hours[0]) / 3.6e6 if is_counter else 600 + 0 * hours
            rows[series] = samples(hours, values)
        store.write(rows)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--meters", type=int, default=50)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--speed", type=float, default=1.0, help="of the collector's clock")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between readings")
    options = parser.parse_args()
    began_ms = time.time_ns() // 1_000_000

    def clock() -> int:
        return began_ms + int(options.speed * (time.time_ns() // 1_000_000 - began_ms))

    file = options.folder / "plant.toml"
    if not file.exists():
        file.write_text(describe(options.meters, began_ms, options.days), encoding="utf-8")
    plant = load_plant(file)
    store, ledger = open_store(None, options.folder), Ledger(options.folder)
    if not store.latest(plant.id):
        fill(plant, store, now_ms=began_ms, days=options.days)
        said = {"author": "bench", "reason": "", "now_ms": began_ms}
        lock_plan(plant, "electricity", ledger=ledger, store=store, **said)
    source = PlantSource(plant, store, ledger=ledger)
    server = Server({plant.id: board_of(source, clock)}, listen("127.0.0.1", 0))
    sys.stdout.write(server.address + "\n")
    sys.stdout.flush()
    gauges = [Series(GAUGE, plant.id, (name, "power")) for name in plant.meters]
    gauges = [series for series in gauges if series in store.latest(plant.id)]
    number = 0
    while True:
        time.sleep(options.every)
        number += 1
        value = 100.0 + number % 900
        at_ms, at_s = clock(), time.time()
        store.write({series: samples([at_ms], [value]) for series in gauges})
        source.take(Change(plant.id, at_ms, {s: Latest(at_ms, value, 0) for s in gauges}))
        server.mark(plant.id)
        try:
            sys.stdout.write(json.dumps([value, at_s]) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            return


if __name__ == "__main__":
    main()
