"""What an electrician sees of one look at everything: values, verdicts, and each reason once."""

from __future__ import annotations

import pytest

from agent.commands import main
from agent.once import Line, as_table
from agent.plausible import judge
from plant.description import Meter


def verdict(point: str, value: float, model: str = "eastron-sdm630", **more: object) -> str:
    meter = Meter.model_validate(
        {"bus": "g/b", "model": model, "resource": "electricity", "max_rate": "200 kW"} | more
    )
    found = judge(meter, meter.meter_model.points[point], value)
    assert found.plausible == found.text.startswith("yes")
    return found.text


@pytest.mark.parametrize(
    ("point", "value", "says"),
    [
        ("voltage_l1", 231.4, "yes"),
        ("voltage_l1", 0.0, "no: 0 V is no voltage of a mains meter"),
        ("frequency", 49.98, "yes"),
        ("frequency", 4998.0, "no: 4998 Hz is no mains frequency"),
        ("power", 150_000.0, "yes"),
        ("power", -150_000.0, "yes"),
        ("power", 250_000.0, "no: 250000 W is above the largest rate, 200000"),
        ("power", 0.0, "yes, zero: off"),
        ("power", 4.6e-41, "no: 4.6e-41 is no reading; look at the register, the word order"),
        ("power", -1.8e22, "no: -1.8e+22 is no reading"),
        ("energy", 9113.5, "yes"),
        ("energy", 0.0, "yes, zero: a new meter, or not this register"),
        ("energy", -3.0, "no: a counter below zero"),
    ],
)
def test_a_value_that_cannot_be_what_it_is_called_is_told(
    point: str, value: float, says: str
) -> None:
    assert verdict(point, value).startswith(says)


def test_a_flow_is_held_against_the_largest_rate_of_its_counter() -> None:
    water = {"resource": "water", "max_rate": "40 m3/h"}
    assert verdict("flow", 39.0, "tuf-2000m", **water) == "yes"
    assert verdict("flow", 60.0, "tuf-2000m", **water).startswith("no: 60 m3/h is above")


def missing(meter: str, point: str, why: str) -> Line:
    return Line(meter, point, None, "kWh", None, False, why)


def test_a_reason_that_many_points_share_is_printed_once() -> None:
    lines = [
        Line("incomer", "energy", 5.0, "kWh", 0.1, True, "yes"),
        *(missing(m, p, "refused: no line") for m in ("a", "b") for p in ("energy", "power")),
        missing("c", "energy", "rejected: NaN"),
    ]
    table = as_table(lines, [])
    assert table.count("refused: no line") == 1
    assert "a, b: no value of 4 points\n  refused: no line" in table
    (row,) = [line for line in table.splitlines() if line.startswith("c ")]
    assert row.endswith("rejected: NaN")


def test_a_bus_that_refuses_is_said_once_whatever_hangs_on_it(write_plant, capsys) -> None:
    meters = "".join(
        f'[meters.m{n}]\nbus = "yard/panel"\nunit_id = {n}\nmodel = "eastron-sdm630"\n'
        'resource = "electricity"\npoints = ["energy", "power", "voltage_l1"]\n'
        for n in range(1, 6)
    )
    plant = write_plant('[gateways.yard.buses.panel]\ntcp = "127.0.0.1:1"\n' + meters)
    assert main([str(plant), "--once"]) == 1
    out = capsys.readouterr().out
    assert out.count("refused the connection") == 1
    assert "m1, m2, m3, m4, m5: no value of 15 points" in out


def test_another_device_than_the_plant_file_says_is_named(meters, write_plant, capsys) -> None:
    meters.put(3, 3, 0x8960, [0x4232, 0x3320])  # "B23 "
    meter = '[meters.saw]\nbus = "yard/panel"\nunit_id = 3\nresource = "electricity"\n'
    bus = f'[gateways.yard.buses.panel]\ntcp = "127.0.0.1:{meters.port}"\n'
    wrong = write_plant(bus + meter + 'model = "schneider-iem3155"\n')
    assert main([str(wrong), "--once"]) == 1
    told = capsys.readouterr().out.splitlines()[-1]
    assert told.strip().startswith("unit 3 answers as Acme M1 1.0 and fits abb-b23; saw is said")
    right = write_plant(bus + meter + 'model = "abb-b23"\n')
    assert main([str(right), "--once"]) == 1, "its registers are missing"
    assert "is said to be" not in capsys.readouterr().out
