"""SEnPI of a claim's period: all energy of the plant together, in primary units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from collector.analysis.indices import Source, backcast_senpi, chained_senpi, forecast_senpi
from collector.analysis.periods import Way
from collector.analysis.results import Outcome
from plant.description import Plant
from plant.errors import AnalysisError, UnitError
from plant.units import ratio

UNIT = "MJ"


def energy_per_unit(plant: Plant, resource: str) -> float | None:
    """Energy [MJ] in one unit of a resource as it is delivered; None where it is no energy."""
    described, unit = plant.resources[resource], plant.resource_unit(resource)
    try:
        if described.calorific is None:
            return float(ratio(unit, UNIT))
        energy, _, counted = described.calorific.unit.partition("/")
        return described.calorific.value * float(ratio(energy, UNIT) * ratio(unit, counted))
    except UnitError:
        return None


def primary_per_unit(plant: Plant, resource: str) -> float | None:
    """Primary energy [MJ] in one unit of a resource; None where it is no energy."""
    own = energy_per_unit(plant, resource)
    return None if own is None else own * plant.resources[resource].primary


def energies(plant: Plant) -> dict[str, float]:
    """Every resource that is energy, with its primary energy per unit [MJ]."""
    found = {name: primary_per_unit(plant, name) for name in plant.resources}
    return {name: per for name, per in found.items() if per is not None}


def senpi(plant: Plant, outcomes: Mapping[str, Outcome | None], way: Way) -> dict[str, Any]:
    """The indicator over all energies; its value is None while any of them is `missing`.

    outcomes: of every energy over the claim's period, by its own locked plan; None without one.
    """
    per_unit = energies(plant)
    judged = {n: one for n, one in outcomes.items() if one and one.sums and one.way == way}
    missing = [name for name in per_unit if name not in judged]
    return {
        "value": None if missing else _value(judged, per_unit, way),
        "method": way,
        "missing": missing,
        "sources": [
            {
                "resource": name,
                "unit": plant.resource_unit(name),
                "primary_mj_per_unit": per_unit[name],
                **_sums(one),
            }
            for name, one in judged.items()
        ],
    }


def _sums(one: Outcome) -> dict[str, float]:
    assert one.sums is not None  # noqa: S101 - it was judged
    return asdict(one.sums)


def _value(
    outcomes: Mapping[str, Outcome], per_unit: Mapping[str, float], way: Way
) -> float | None:
    """None where a model expects no use in sum."""

    def sources(period: str) -> list[Source]:
        return [
            Source(
                name,
                getattr(one.sums, f"{period}_actual"),
                getattr(one.sums, f"{period}_modelled"),
                per_unit[name],
            )
            for name, one in outcomes.items()
        ]

    try:
        parts = []
        if way != "forecast":
            parts.append(backcast_senpi(sources("baseline")))
        if way != "backcast":
            parts.append(forecast_senpi(sources("reporting")))
        return chained_senpi(parts)
    except AnalysisError:
        return None
