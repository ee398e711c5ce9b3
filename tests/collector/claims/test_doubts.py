"""What stands beside a verdict: late locks, later corrections, claims about the same days."""

from __future__ import annotations

from plant.description import Plant
from plant.plans import overlapping


def test_claims_about_the_same_days_are_named_and_others_are_not() -> None:
    claim = {"resource": "electricity", "saves": "6 %"}
    spring = {"since": "2026-01-01", "until": "2026-06-30"}
    plant = Plant.model_validate(
        {
            "plant": {"id": "mill", "name": "Mill"},
            "resources": {"electricity": {}, "water": {}},
            "claims": {
                "a": claim | spring,
                "b": claim | {"since": "2026-06-30", "until": "2026-12-31"},
                "c": claim | {"since": "2026-07-01", "until": "2026-12-31"},
                "d": claim | spring | {"resource": "water"},
            },
        }
    )
    assert overlapping(plant.claims, "a") == ["b"]
    assert overlapping(plant.claims, "b") == ["a", "c"]
    assert overlapping(plant.claims, "d") == []
