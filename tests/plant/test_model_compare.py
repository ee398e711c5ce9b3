"""A map that is not the meter's is told from one that is, against a model of the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plant.model_compare import compare, family, nearest
from plant.model_lint import lint_file
from plant.models import MeterModel, find_model, library
from plant.points import Point

WRONG_SDM630 = Path(__file__).parents[1] / "cases/meters/sdm630-published-wrong-map/model.toml"


def test_the_published_wrong_map_of_the_sdm630_is_found() -> None:
    """By the maker 30013 is power L1 and 30063 the power factor; the map has current and energy."""
    lines, summary = lint_file(WRONG_SDM630)
    told = "\n".join(lines)
    assert (
        "current_l1: lies on 12 (0x000C) in A, where eastron-sdm630 has power_l1 in W; "
        "eastron-sdm630 has current_l1 at 6 (0x0006)"
    ) in told
    assert "power_l1: eastron-sdm630 has power_l1 at 12 (0x000C)" in told
    assert "energy: lies on 62 (0x003E) in kWh, where eastron-sdm630 has power_factor" in told
    assert "16 contradictions" in summary


def test_the_right_map_of_the_sdm630_is_not_accused() -> None:
    assert compare(find_model("eastron-sdm630"), find_model("eastron-sdm630")) == []
    assert compare(find_model("eastron-sdm120"), find_model("eastron-sdm120")) == []


def changed(point: Point, **change: Any) -> Point:
    """The point with some of it said otherwise."""
    return Point.model_validate(point.model_dump(exclude_unset=True) | change)


def moved(reference: MeterModel, by: int) -> MeterModel:
    """A model with all addresses off by so many."""
    points = {
        name: changed(point, address=(point.address or 0) + by)
        for name, point in reference.points.items()
    }
    return reference.model_copy(update={"points": points})


@pytest.mark.parametrize(("by", "says"), [(1, "1 higher"), (-1, "1 lower")])
def test_a_map_counted_from_one_is_one_finding(by: int, says: str) -> None:
    """Not one for each point."""
    reference = find_model("schneider-iem3155")
    (finding,) = compare(moved(reference, by), reference)
    assert finding.rule == "numbering"
    assert says in finding.says


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"order": "CDAB"}, "is in order ABCD in eastron-sdm630"),
        ({"type": "int32"}, "is float32 at 72 (0x0048) in eastron-sdm630"),
        ({"factor": 0.001}, "is 1 kWh a count in eastron-sdm630"),
        ({"unit": "Wh"}, "is 1 kWh a count in eastron-sdm630"),
    ],
)
def test_a_register_coded_otherwise_than_in_the_reference_is_found(
    change: dict[str, Any], says: str
) -> None:
    reference = find_model("eastron-sdm630")
    points = reference.points | {"energy": changed(reference.points["energy"], **change)}
    (finding,) = compare(reference.model_copy(update={"points": points}), reference)
    assert finding.point == "energy"
    assert says in finding.says


def test_the_same_amount_in_another_unit_is_no_contradiction() -> None:
    """Wh with a factor of 1000 is kWh."""
    reference = find_model("eastron-sdm630")
    same = changed(reference.points["energy"], unit="Wh", factor=1000, max_rate="2 MW")
    assert compare(reference.model_copy(update={"points": {"energy": same}}), reference) == []


def test_a_family_is_maker_and_series() -> None:
    assert family(find_model("eastron-sdm630")) == ("eastron", "sdm630")
    assert family(find_model("siemens-mag6000")) == ("siemens", "mag6000")
    assert nearest(find_model("generic-belt-scale"), [find_model("eastron-sdm630")]) is None


def test_of_two_maps_of_one_name_the_nearer_is_compared() -> None:
    """The EM24 with Ethernet is not accused of lacking the map of the one with RS485."""
    stranger = find_model("carlo-gavazzi-em24-e1").model_copy(update={"id": "mine"})
    reference = nearest(stranger, library().values())
    assert reference is not None
    assert reference.id == "carlo-gavazzi-em24-e1"
