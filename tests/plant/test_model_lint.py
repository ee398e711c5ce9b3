"""The linter finds what contradicts itself in a meter model, and a map that is not the meter's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from plant.model_lint import RULES, lint
from plant.models import MeterModel, library


def counter(address: int = 0, type: str = "uint32", **more: Any) -> dict[str, Any]:  # noqa: A002
    """A sound counter of energy."""
    return {
        "function": 3, "address": address, "type": type, "unit": "kWh", "kind": "counter",
        "max_rate": "2 MW",
    } | more  # fmt: skip


def gauge(address: int, unit: str = "V", **more: Any) -> dict[str, Any]:
    """A sound gauge."""
    return {"function": 3, "address": address, "type": "uint16", "unit": unit} | more


def model(
    points: dict[str, Any] | None = None, *, meter: dict[str, Any] | None = None, **more: Any
) -> MeterModel:
    """A sound model of one counter at 0 and 1, with what a case changes of it."""
    head = {
        "name": "M 1", "maker": "X", "measures": "energy", "main": "energy",
        "default": ["energy"], "numbering": "0-based", "sources": ["s"], "trust": "second source",
    }  # fmt: skip
    points = {"energy": counter()} | (points or {})
    return MeterModel.model_validate({"meter": head | (meter or {}), "points": points} | more)


def parts(*addresses: int, **more: Any) -> dict[str, Any]:
    """A counter that is the sum of numbers at these addresses."""
    summed = counter(parts=[{"address": a, "type": "uint32"} for a in addresses], **more)
    return {k: v for k, v in summed.items() if k not in ("address", "type")}


def quality(**says: Any) -> list[dict[str, Any]]:
    """One quality register at 9."""
    return [{"address": 9, "type": "uint16", "says": "bad"} | says]


PROBE = {"function": 3, "address": 20, "type": "uint16", "equals": [7]}
FOUND = {"by": "sunspec", "models": [203], "length": 105, "at": 40070}
V64 = counter(4, "uint64")

# What is wrong, the model, and what of it must be found: rule, point, and a part of the sentence.
CASES: dict[str, tuple[MeterModel, str, str | None, str]] = {
    "two points on one register": (
        model({"voltage": gauge(1)}), "overlap", "voltage",
        "shares register 1 (0x0001) with energy"),
    "the same register under two names": (
        model({"voltage": gauge(4), "voltage_l1": gauge(4)}), "overlap", "voltage_l1", "voltage"),
    "parts of one point that overlap": (
        model({"energy": parts(0, 1)}), "overlap", "energy", "another part of it"),
    "a unit register within a value": (
        model({"flow": gauge(5, "m3/h", unit_register={
            "address": 1, "type": "uint16", "units": {"0": "L/s"}})}),
        "overlap", "flow", "its unit register 1 (0x0001) lies in a number of energy"),
    "a number longer than a request": (
        model(limits={"registers": 1}), "request", "energy", "takes 2 registers"),
    "a number beyond the last register": (
        model({"energy": counter(65535)}), "request", "energy", "beyond the last register"),
    "64 bits across a barrier": (
        model({"energy_b": V64}, limits={"barriers": [6]}), "request", "energy_b",
        "across the barrier before 6 (0x0006)"),
    "two words where one at a time is read": (
        model(limits={"alone": [1]}), "request", "energy", "read one word at a time"),
    "a point on a forbidden register": (
        model({"voltage": gauge(40)}, limits={"forbidden": [40]}), "request", "voltage",
        "which no request may touch"),
    "a probe on a forbidden register": (
        model(probe=[PROBE], limits={"forbidden": [20]}), "probe", None, "no request may touch"),
    "a probe across a barrier": (
        model(probe=[PROBE | {"type": "uint32"}], limits={"barriers": [21]}), "probe", None,
        "across the barrier"),
    "a probe that expects nothing": (
        model(probe=[PROBE | {"equals": []}]), "probe", None, "expects nothing"),
    "a probe for what a register cannot hold": (
        model(probe=[PROBE | {"equals": [0x42323320]}]), "probe", None, "expects 0x42323320"),
    "a probe on a counter": (
        model(probe=[PROBE | {"address": 1}]), "probe", "energy", "reads this counter"),
    "a sum whose parts no request spans": (
        model({"energy": parts(0, 200)}), "torn", "energy", "202 registers apart"),
    "a sum with a barrier between its parts": (
        model({"energy": parts(0, 4)}, limits={"barriers": [3]}), "torn", "energy", "barrier"),
    "a sum over a hole that the meter refuses": (
        model({"energy": parts(0, 4)}, limits={"holes": "refused"}), "torn", "energy",
        "hole at 2 (0x0002)"),
    "a number read as a bit": (
        model({"voltage": gauge(9, function=1)}), "function", "voltage", "reads no uint16"),
    "a bit read as a register": (
        model({"voltage": gauge(9, type="bit")}), "function", "voltage", "reads no bit"),
    "a scale that is a float": (
        model({"voltage": gauge(9, exponent={"address": 10, "type": "float32"})}), "code",
        "voltage", "its scale register 10 (0x000A) is a float32"),
    "a unit code that the register cannot hold": (
        model({"flow": gauge(9, "m3/h", unit_register={
            "address": 12, "type": "uint16", "units": {"70000": "L/s"}})}),
        "code", "flow", "a uint16 is never '70000'"),
    "a byte order code that is no number": (
        model({"voltage": gauge(9, order_register={
            "address": 12, "type": "uint16", "orders": {"factory": "ABCD"}})}),
        "code", "voltage", "a uint16 is never 'factory'"),
    "a quality that nothing meets": (
        model({"voltage": gauge(3, quality=quality(least=5, most=4))}), "quality", "voltage",
        "nothing that 9 (0x0009) can say passes"),
    "a quality outside its mask": (
        model({"voltage": gauge(3, quality=quality(mask=3, one_of=[8]))}), "quality", "voltage",
        "nothing that 9 (0x0009) can say passes"),
    "a quality that everything meets": (
        model({"voltage": gauge(3, quality=quality(mask=3))}), "quality", "voltage", "everything"),
    "a sentinel for floats": (
        model({"energy": counter(type="float32", sentinels=["max"])}), "sentinel", "energy",
        "max says nothing of a float32"),
    "a sentinel that the type never has": (
        model({"voltage": gauge(3, sentinels=[0xFFFFFFFF])}), "sentinel", "voltage",
        "a uint16 is never 4294967295"),
    "a signed sentinel for an unsigned number": (
        model({"voltage": gauge(3, sentinels=["min"])}), "sentinel", "voltage", "is 0"),
    "zero as sentinel of a gauge": (
        model({"voltage": gauge(3, sentinels=["zero"])}), "sentinel", "voltage", "good value"),
    "a point outside its block": (
        model({"energy": counter(40178)}, found=FOUND), "block", "energy", "outside the block"),
    "a counter without a largest rate": (
        model({"energy": counter(max_rate=None)}), "rate", "energy", "without max_rate"),
    "a counter that is round before it is read": (
        model({"energy": counter(type="uint16", factor=0.0001)}), "rate", "energy",
        "once round in 12 s"),
    "a counter of a rate": (
        model({"power": counter(4, unit="kW", max_rate="1 kW/h")}), "unit", "power",
        "does not accumulate"),
    "a gauge of energy": (
        model({"energy_b": gauge(4, "kWh")}), "unit", "energy_b", "a counter, or net"),
    "a net voltage": (
        model({"voltage": gauge(4, net=True)}), "unit", "voltage", "cannot be net"),
    "a net register called a counter": (
        model({"energy_net": counter(4)}), "net", "energy_net", "can fall"),
    "a voltage in amperes": (
        model({"voltage_l1": gauge(4, "A")}), "unit", "voltage_l1", "something like V"),
    "a reactive energy in kWh": (
        model({"energy_reactive": counter(4)}), "unit", "energy_reactive", "like kvarh"),
    "a meter of energy that counts water": (
        model({"volume": counter(4, unit="m3", max_rate="9 m3/h")},
              meter={"main": "volume", "default": ["volume"]}),
        "main", "volume", "a meter of energy counts kWh"),
    "main not read by default": (
        model({"power": gauge(4, "kW")}, meter={"default": ["power"]}), "default", "energy",
        "not read by default"),
    "a point twice in default": (
        model(meter={"default": ["energy", "energy"]}), "default", None, "twice"),
    "nothing in default": (
        model(meter={"main": None, "default": []}), "default", None, "names nothing"),
    "a counter and no main": (
        model(meter={"main": None}), "main", "energy", "main is not said"),
    "a resettable main beside a lasting counter": (
        model({"energy": counter(resettable=True), "energy_import": counter(4)}), "main",
        "energy", "energy_import cannot"),
    "export as main": (
        model({"energy_export": counter(4)},
              meter={"main": "energy_export", "default": ["energy_export"]}),
        "main", "energy_export", "not what was consumed"),
    "import plus export as main": (
        model({"energy_total": counter(4)},
              meter={"main": "energy_total", "default": ["energy_total"]}),
        "main", "energy_total", "sums both directions"),
    "least above most": (
        model({"voltage": gauge(4, least=9, most=1)}), "range", "voltage", "not below"),
    "a factor of zero": (
        model({"voltage": gauge(4, factor=0)}), "range", "voltage", "makes every value 0"),
    "a counter that falls": (
        model({"energy": counter(factor=-1)}), "range", "energy", "only falls"),
    "a modulus that the registers never reach": (
        model({"energy": counter(modulus=1e10)}), "range", "energy", "registers end at"),
    "a modulus below the resolution": (
        model({"energy": counter(modulus=0.5, resolution=1)}), "range", "energy", "a modulus of"),
    "a resolution of nothing": (
        model({"energy": counter(resolution=-1)}), "range", "energy", "a resolution of"),
    "two word orders": (
        model({"energy_export": counter(4, order="CDAB")}), "order", "energy_export",
        "in order CDAB, energy in ABCD"),
    "phases at uneven places": (
        model({f"voltage_l{i}": gauge(a) for i, a in ((1, 4), (2, 5), (3, 7))}), "phases",
        "voltage_l3", "unevenly: 4 (0x0004), 5 (0x0005), 7 (0x0007)"),
    "phases in the wrong sequence": (
        model({f"voltage_l{i}": gauge(a) for i, a in ((1, 6), (2, 5), (3, 4))}), "phases",
        "voltage_l3", "unevenly"),
    "a phase coded otherwise": (
        model({"voltage_l1": gauge(4), "voltage_l2": gauge(5, factor=0.1)}), "phases",
        "voltage_l2", "not coded as the other phases"),
    "no source": (model(meter={"sources": [" "]}), "source", None, "names no source"),
    "a rung without a source": (
        model({"voltage": gauge(4, trust="seen on hardware")}), "source", "voltage",
        "claims 'seen on hardware'"),
}  # fmt: skip


def test_a_sound_model_has_no_findings() -> None:
    sound = model({"energy_net": gauge(4, "kWh", net=True), "voltage": gauge(9)}, probe=[PROBE])
    assert lint(sound) == []


@pytest.mark.parametrize("case", CASES)
def test_a_contradiction_is_found(case: str) -> None:
    """The finding names rule, point and what is wrong."""
    contradictory, rule, point, says = CASES[case]
    found = [f for f in lint(contradictory) if (f.rule, f.point) == (rule, point)]
    assert any(says in f.says for f in found), lint(contradictory)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_has_a_case(rule: Any) -> None:
    assert any(list(rule(case[0])) for case in CASES.values())


@pytest.mark.parametrize("shipped", library().values(), ids=lambda m: m.id)
def test_a_shipped_model_does_not_contradict_itself(shipped: MeterModel) -> None:
    assert lint(shipped) == []


DOCUMENT = (Path(__file__).parents[2] / "docs" / "meter-models.md").read_text(encoding="utf-8")


def test_every_rule_is_documented() -> None:
    rules = {case[1] for case in CASES.values()} | {"numbering", "other map"}
    assert rules == set(re.findall(r"^\| ([a-z ]+) \| ", DOCUMENT, flags=re.M)) - {"rule", "key"}


def test_every_key_of_a_model_is_documented() -> None:
    schema = MeterModel.model_json_schema()
    tables = [schema, *schema["$defs"].values()]
    keys = {key for table in tables for key in table.get("properties", {})}
    told = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`\n]+`|^## .*", DOCUMENT, re.M))))
    assert keys - told == {"id"}
