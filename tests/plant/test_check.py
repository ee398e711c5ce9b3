"""A plant file is checked as a whole: every fault at once, each where it stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from plant.check import load_plant
from plant.commands import check_main
from plant.description import Plant
from plant.errors import PlantFileError, UsageError

SOUND = """\
[plant]
id = "kontum-starch"
name = "Kon Tum Tapioca Starch"

[shifts]
morning = "06:00"
night = "22:00"

[products.starch]
unit = "t"

[resources.electricity]
price = [{ from = "2025-01-01", value = 1811, per = "kWh" }]

[resources.water]

[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"

[meters.incomer]
bus = "yard/panel"
unit_id = 1
model = "schneider-pm5560"
resource = "electricity"
every = "5s"
uncertainty = "0.5 %"
events = [{ at = "2026-03-02T08:00", swap = "serial 12345" }]

[meters.dryer]
bus = "yard/panel"
unit_id = 2
model = "eastron-sdm630"
resource = "electricity"
within = "incomer"

[meters.well]
bus = "yard/panel"
unit_id = 3
model = "advantech-adam6050"
point = "count0"
pulse = "0.1 m3"
resource = "water"

[meters.scale]
bus = "yard/panel"
unit_id = 9
model = "generic-belt-scale"
product = "starch"

[plans.electricity]
baseline = ["2025-01-01", "2025-12-31"]
drivers = ["starch"]
confidence = "90 %"

[claims.closed-drying]
resource = "electricity"
since = "2026-01-15"
saves = "6 %"
"""


def load(folder: Path, text: str) -> Plant:
    file = folder / "plant.toml"
    file.write_text(text, encoding="utf-8")
    return load_plant(file)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(PlantFileError) as caught:
        load(folder, text)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_a_sound_file_is_a_plant(tmp_path: Path) -> None:
    plant = load(tmp_path, SOUND)
    assert plant.id == "kontum-starch"
    assert plant.resource_unit("electricity") == "kWh"
    assert list(plant.meters_of("electricity")) == ["incomer"], "the dryer is within the incomer"
    assert plant.claims["closed-drying"].last_day == date(2027, 1, 14), "a year when not said"
    assert plant.plan_of(plant.claims["closed-drying"]) == "electricity"
    assert plant.meters["incomer"].uncertainty == 0.5
    assert plant.units()["dryer", "energy"] == "kWh"
    assert len(plant.config) == 16


# One fault each: what is changed to what, a text on the line that must be named, and what is said.
ONE_FAULT = [
    ("every = ", "evry = ", "evry", "meters.incomer.evry: found an unknown key", "'every'?"),
    ('every = "5s"', "every = 5", "every = 5", "meters.incomer.every: found 5", "such as '5s'"),
    ('every = "5s"', 'every = "-10s"', '"-10s"', "meters.incomer.every: found '-10s'", "at least"),
    ('every = "5s"', 'every = "0s"', '"0s"', "meters.incomer.every: found '0s'", "at least 0.1 s"),
    ('"6 %"', '"160 %"', "160 %", "claims.closed-drying.saves: found '160 %'", "at most 100 %"),
    ("pm5560", "pm556", "pm556", "meters.incomer.model", "'schneider-pm5560'?"),
    ("unit_id = 2", "unit_id = 01", "unit_id = 01", "file: found no valid TOML", "TOML 1.0"),
    ("unit_id = 2", "unit_id = 0x1", "0x1", "meters.dryer.unit_id: found 1", "'incomer' on yard"),
    ('panel"\nunit_id = 3', 'panl"\nunit_id = 3', "panl", "meters.well.bus", "'yard/panel'?"),
    ('"22:00"', '"06:00:00"', "06:00:00", "shifts.night: found 06:00", "the two overlap"),
    ('"incomer"', '"dryer"', 'within = "dryer"', "meters.dryer.within", "another meter"),
    ('pulse = "0.1 m3"\n', "", "[meters.well]", "meters.well.pulse: found nothing", "one pulse"),
    ("0.1 m3", "1 kWh", "adam6050", "meters.well.model: found count0 in kWh", "water"),
    ('["starch"]', '["starsh"]', "starsh", "plans.electricity.drivers", "'starch'?"),
    ("2026-01-15", "2025-06-01", "2025-06-01", "claims.closed-drying.since", "2025-12-31"),
    ("2026-01-15", "15/1/2026", "15/1/2026", "claims.closed-drying.since", "a date such as"),
    ('"6 %"', '"6"', 'saves = "6"', "claims.closed-drying.saves: found '6'", "such as '6 %'"),
    ('name = "Kon Tum Tapioca Starch"\n', "", "[plant]", "plant.name: found nothing", "a value"),
    ("kontum-starch", "kontum/starch", "kontum/starch", "plant.id", "letters, digits"),
    (
        "[resources.water]",
        '[resources.water]\nunit = "KWH"',
        "KWH",
        "resources.water.unit",
        "'kWh'?",
    ),
    ("[plant]", '[plant]\ntimezone = "Asia/Hanoi"', "Hanoi", "plant.timezone", "Asia/Ho_Chi_Minh"),
    ("127.0.0.1:5020", "127.0.0.1:99999", "99999", "gateways.yard.buses.panel.tcp", "host:port"),
    ("127.0.0.1:5020", ":5020", '":5020"', "gateways.yard.buses.panel.tcp", "host:port"),
    ("[plant]", '[broker]\nurl = "http://x"\n[plant]', "http", "broker.url", "mqtt://host:1883"),
    ("[plant]", '[broker]\nurl = "mqtt://x:0"\n[plant]', "x:0", "broker.url", "1 to 65535"),
    ("[plant]", '[broker]\nurl = "mqtt://a:b@x"\n[plant]', "a:b", "broker.url", "does not belong"),
    ("value = 1811", "value = nan", "nan", "resources.electricity.price.0.value", "finite"),
    ("value = 1811", "value = -5", "-5", "resources.electricity.price.0.value", "0"),
    ("unit_id = 2", "unit_id = true", "true", "meters.dryer.unit_id: found True", "neither"),
    ('unit = "t"', 'unit = "T"', '"T"', "products.starch.unit", "'t'?"),
    (
        '["starch"]',
        '["starch", "starch"]',
        '["starch"',
        "plans.electricity.drivers: found",
        "each driver",
    ),
    ('"6 %"', '"0 %"', "[claims.closed-drying]", "claims.closed-drying: found", "more than 0 %"),
    (
        "[plans.electricity]",
        '[plans.w]\nresource = "water"',
        'resource = "electricity"\nsince',
        "claims.closed-drying.resource: found 'electricity' without one",
        "[plans.electricity]",
    ),
    (
        'point = "count0"',
        'within = "incomer"\npoint = "count0"',
        '"incomer"\npoint',
        "meters.well.within",
        "a meter of water",
    ),
    (
        'resource = "electricity"',
        'resource = "electricty"',
        'resource = "electricty"',
        "meters.incomer.resource: found 'electricty'",
        "'electricity'?",
    ),
    (
        'every = "5s"',
        'every = "5s"\nevery_point = { powr = "1min" }',
        "powr",
        "meters.incomer.every_point.powr",
        "'power'?",
    ),
    ("[meters.dryer]", "[meters.gateway]", "[meters.gateway]", "meters.gateway", "another name"),
]


@pytest.mark.parametrize(("old", "new", "place", "says", "wants"), ONE_FAULT)
def test_a_fault_is_told_with_line_key_found_and_wanted(
    tmp_path, old, new, place, says, wants
) -> None:
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    line = text[: text.index(place)].count("\n") + 1
    (told,) = faults(tmp_path, text)
    assert told.startswith(f"plant.toml:{line}: {says}")
    assert wants in told
    assert "\n" not in told


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = SOUND.replace('panel"\nunit_id = 3', 'panl"\nunit_id = 3')
    for old, new in (("every = ", "evry = "), ('["starch"]', '["starsh"]'), ("pm5560", "pm556")):
        text = text.replace(old, new)
    told = faults(tmp_path, text)
    assert [line.split(": ")[1] for line in told] == [
        "meters.incomer.model",
        "meters.incomer.evry",
        "meters.well.bus",
        "plans.electricity.drivers",
    ]


def test_faults_of_types_hide_no_faults_of_references(tmp_path: Path) -> None:
    text = SOUND.replace("pm5560", "pm556").replace("name = ", "nam = ", 1)
    told = [line.split(": ")[1] for line in faults(tmp_path, text)]
    assert {"plant.name", "plant.nam", "meters.incomer.model"} <= set(told)


def test_an_entry_with_a_fault_of_its_own_is_looked_at_for_all_that_it_names(
    tmp_path: Path,
) -> None:
    """One go tells all: what lacks a value, or has one that is none, names nothing unknown."""
    text = (
        SOUND
        + """
[meters.b]
unit_id = 9
model = "eastron-sdm6300"
resource = "electrcity"
within = "nobody"
[plans.water]
baseline = ["2025-01-01", "2025-13-31"]
drivers = ["starh"]
[claims.y]
resource = "steam"
plan = "nope"
saves = "5 %"
"""
    )
    told = {line.split(": ")[1] for line in faults(tmp_path, text)}
    assert told == {
        "meters.b.bus", "meters.b.model", "meters.b.resource", "meters.b.within",
        "plans.water.baseline.1", "plans.water.drivers",
        "claims.y.since", "claims.y.resource", "claims.y.plan",
    }  # fmt: skip


def test_claims_that_count_the_same_days_are_noted_by_check(tmp_path: Path, capsys) -> None:
    load(tmp_path, SOUND)
    file = tmp_path / "plant.toml"
    claim = '[claims.{}]\nresource = "electricity"\nsince = "2026-03-01"\nsaves = "5 %"\n'
    file.write_text(SOUND + claim.format("one") + claim.format("two"), encoding="utf-8")
    assert check_main([str(file)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note: ")]
    assert (
        "note: claims one and two about electricity: what is saved on the same days counts "
        in (told[-1])
    )
    assert len(told) == len(set(told))


def test_nor_does_a_broker_that_is_none(tmp_path: Path) -> None:
    """Its table is left without the one key that it needs once that is cut out."""
    text = SOUND.replace("pm5560", "pm556").replace(
        "[resources.water]", "[resources.water]\nprice = 1"
    )
    told = [f.split(": ")[1] for f in faults(tmp_path, text + '[broker]\nurl = "127.0.0.1:1883"\n')]
    assert told == ["resources.water.price", "meters.incomer.model", "broker.url"]


def test_a_number_in_quotes_is_refused_since_its_point_may_part_thousands(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, SOUND.replace("value = 1811", 'value = "1.811"'))
    assert "price.0.value: found '1.811', wanted a number without quotes" in told


def test_a_unit_id_with_a_fault_is_not_told_as_a_double_one(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, SOUND.replace("unit_id = 2", 'unit_id = "two"'))
    assert "meters.dryer.unit_id: found 'two'" in told


def test_a_mark_at_the_start_that_some_editors_write_is_no_fault(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + SOUND).id == "kontum-starch"


def test_channels_of_one_counter_may_share_a_unit(tmp_path: Path) -> None:
    second = SOUND[SOUND.index("[meters.well]") : SOUND.index("[meters.scale]")]
    second = second.replace("meters.well", "meters.well2").replace("count0", "count1")
    assert list(load(tmp_path, SOUND + second).meters_of("water")) == ["well", "well2"]
    (told,) = faults(tmp_path, SOUND + second.replace("count1", "count0"))
    assert "meters.well2.unit_id" in told


def test_a_file_that_cannot_be_read_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_plant(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(UsageError, match="not UTF-8"):
        load_plant(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = " + "[" * 20_000 + "]" * 20_000, "nested too deeply"),
        ("a = " + "{a=" * 20_000 + "1" + "}" * 20_000, "nested too deeply"),
        ("a" + ".a" * 20_000 + " = 1", "a key of more than 16 parts"),
        ("[" + ".".join(["a"] * 20_000) + "]", "a key of more than 16 parts"),
        ("x = 1\nb = { 'a'" + ". a" * 20_000 + " = 1 }", "a key of more than 16 parts"),
        ("a = " + "9" * 100_000, "no valid TOML (Exceeds the limit"),
        (f'[plant]\nid = "{"a" * 300}"\nname = "P"', "at most 64 characters"),
        ("#" * 5_000_000, "5000000 characters"),
    ],
    ids=["lists", "tables", "keys", "head", "keys within", "digits", "id", "size"],
)
def test_a_file_made_to_exhaust_its_reader_is_refused_in_a_sentence(
    tmp_path: Path, text: str, says: str
) -> None:
    told = faults(tmp_path, text)
    assert any(says in line for line in told)
    assert all(len(line) < 300 for line in told)


def test_a_plant_needs_no_meters(tmp_path: Path) -> None:
    plant = load(tmp_path, '[plant]\nid = "p"\nname = "P"\n[resources.electricity]\n[products.t]\n')
    assert plant.meters == {}
