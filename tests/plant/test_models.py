"""Every shipped meter model is sound and says where it was read."""

from __future__ import annotations

import pytest

from plant.errors import ModelFileError
from plant.models import Trust, find_model, library, read_model

HEAD = """\
[meter]
name = "M"
maker = "X"
measures = "energy"
main = "energy"
default = ["energy"]
numbering = "0-based"
sources = ["s"]
trust = "second source"
[points.energy]
function = 3
unit = "kWh"
kind = "counter"
"""


@pytest.mark.parametrize("model", library().values(), ids=lambda m: m.id)
def test_a_shipped_model_names_its_sources_and_a_rate_for_each_counter(model) -> None:
    assert model.meter.sources
    assert model.meter.numbering
    for name, point in model.points.items():
        if point.kind == "counter":
            assert point.max_rate_per_h, f"{name}: without a largest rate a wrap looks like a reset"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "either address and type, or parts"),
        ("address = 1", "type is missing"),
        ('address = 70000\ntype = "uint16"', "less than or equal to 65535"),
        ('address = 1\ntype = "uint23"', "did you mean 'uint32'"),
        ('address = 1\ntype = "uint32"\nmax_rate = "3 m3/h"', "does not convert to kWh/h"),
        ('address = 1\ntype = "uint32"\nnet = true', "a net register can fall"),
        ('address = 1\ntype = "uint32"\nupdate = "5 kWh"', "does not convert to s"),
        ('address = 1\ntype = "uint32"\n[limits]\npause = "fast"', "not a number with a unit"),
        (
            'address = 1\ntype = "uint32"\n[variants.v]\nname = "V"\nlacks = ["power"]',
            "lacks 'power', which nothing has",
        ),
    ],
)
def test_a_model_that_contradicts_itself_is_refused(text: str, says: str) -> None:
    with pytest.raises(ModelFileError, match=says):
        read_model(HEAD + text, "m.toml")


def test_the_library_has_the_meters_that_plants_have() -> None:
    """At least 24 files; their variants are models of their own."""
    variants = {i for m in library().values() for i in m.variants}
    assert len(library()) - len(variants) >= 24
    assert variants <= library().keys()
    measured = {m.meter.measures for m in library().values()}
    assert measured >= {"energy", "water", "wastewater", "quality", "pulse"}


@pytest.mark.parametrize("model", library().values(), ids=lambda m: m.id)
def test_a_shipped_model_claims_no_rung_that_nobody_stood_on(model) -> None:
    """Nothing has been read from a meter on a wall yet."""
    rungs = {model.meter.trust, *(p.trust for p in model.points.values())}
    assert Trust.SEEN not in rungs
    assert model.meter.notes or model.meter.settings or model.meter.maker in ("generic", "ABB")


def test_a_variant_has_what_its_model_has_but_for_what_it_lacks() -> None:
    whole, small = find_model("schneider-iem3155"), find_model("schneider-iem3150")
    lacking = {"energy_export", "energy_reactive", "energy_reactive_export"}
    assert whole.points.keys() - small.points.keys() == lacking
    assert small.points["energy"] == whole.points["energy"]
    assert small.meter.name == "iEM3150 / iEM3250 / iEM3350"


def test_a_variant_is_told_by_its_own_probe() -> None:
    """ABB's model code is text: "B23 " and "B24 "."""
    assert find_model("abb-b23").probe[0].equals == (0x42323320,)
    assert find_model("abb-b24").probe[0].equals == (0x42323420,)


def test_a_found_block_moves_with_its_scale_registers() -> None:
    """A device whose common model has 65 registers has its meter one lower."""
    meter = find_model("sunspec-meter")
    power = meter.moved(40069).points["power"]
    assert power.address == 40087
    assert power.exponent is not None
    assert power.exponent.address == 40091
    assert meter.moved(40070).points == meter.points


def test_a_forbidden_register_is_a_barrier_to_every_request() -> None:
    assert 60004 in find_model("siemens-pac3200").limits.barriers


def test_the_nearest_model_is_named() -> None:
    with pytest.raises(ModelFileError, match="did you mean 'eastron-sdm630'"):
        find_model("eastron-sdm63")


def test_a_narrow_counter_knows_where_it_wraps_and_how_fine_it_counts() -> None:
    point = read_model(HEAD + 'address = 1\ntype = "uint16"\nfactor = 0.1', "m.toml").points[
        "energy"
    ]
    assert point.wraps_at == pytest.approx(6553.6)
    assert point.step == 0.1
