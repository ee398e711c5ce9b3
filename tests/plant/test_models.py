"""Every shipped meter model is sound and says where it was read."""

from __future__ import annotations

import pytest

from plant.errors import ModelFileError
from plant.models import find_model, library, read_model

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
    ],
)
def test_a_model_that_contradicts_itself_is_refused(text: str, says: str) -> None:
    with pytest.raises(ModelFileError, match=says):
        read_model(HEAD + text, "m.toml")


def test_the_nearest_model_is_named() -> None:
    with pytest.raises(ModelFileError, match="did you mean 'eastron-sdm630'"):
        find_model("eastron-sdm63")


def test_a_narrow_counter_knows_where_it_wraps_and_how_fine_it_counts() -> None:
    point = read_model(HEAD + 'address = 1\ntype = "uint16"\nfactor = 0.1', "m.toml").points[
        "energy"
    ]
    assert point.wraps_at == pytest.approx(6553.6)
    assert point.step == 0.1
