"""Meters on a bench: a plant of nothing but models that somebody wants to read."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from plant.models import MeterModel, find_model
from plant.units import fits
from simulators.toml_text import Table, toml_text

# What a meter of each kind is put on.
MEASURES = {
    "energy": "electricity", "water": "water", "wastewater": "water", "gas": "water",
    "heat": "electricity", "pulse": "water", "mass": "mass", "quality": "acid.value",
}  # fmt: skip
SIGNALS = {"pH": "acid.value", "mg/L": "organic.value", "degC": "warmth.value"}
PULSE = "0.1 m3"
START = 1234.5  # what counters showed at the origin
_ORIGIN = "2025-01-01"


def measured_by(model: MeterModel) -> str:
    """What flows through a model: whatever it measures, something is there."""
    units = {point.unit for point in model.points.values()}
    if model.meter.measures == "quality" and "pH" not in units:
        return "organic.value"
    return MEASURES[model.meter.measures]


def _signals(model: MeterModel) -> dict[str, str]:
    """What each point of a sensor shows, by its unit."""
    return {
        name: signal
        for name, point in model.points.items()
        for unit, signal in SIGNALS.items()
        if fits(point.unit, unit)
    }


def write_bench(models: Sequence[str], bus: Table, folder: Path) -> Path:
    """Write a plant of these models on one bus, units from 1 on; the scenario file.

    ModelFileError names the nearest model where one is unknown.
    """
    meters: Table = {}
    measured: Table = {}
    for unit_id, model in enumerate(map(find_model, models), start=1):
        name = f"m{unit_id:03}"
        meters[name] = {"bus": "bench/line", "unit_id": unit_id, "model": model.id}
        measured[name] = {"measures": measured_by(model)}
        if model.meter.measures == "pulse":
            meters[name]["pulse"] = PULSE
        if model.meter.measures == "quality":
            measured[name]["also"] = _signals(model)
        else:
            measured[name]["start"] = START
    plant: Table = {
        "plant": {"id": "bench", "name": "Bench"},
        "gateways": {"bench": {"buses": {"line": bus}}},
        "meters": meters,
    }
    process = str(files("config") / "bench" / "process.toml")
    scenario: Table = {
        "plant": "plant.toml", "process": process, "seed": 1, "origin": _ORIGIN,
        "meters": measured,
    }  # fmt: skip
    (folder / "plant.toml").write_text(toml_text(plant), encoding="utf-8")
    (folder / "scenario.toml").write_text(toml_text(scenario), encoding="utf-8")
    return folder / "scenario.toml"
