"""Estimates of water and meters that feed others, as a plant file says them."""

import pytest

from plant.check import check_plant
from plant.description import Plant
from plant.errors import PlantFileError
from plant.toml_file import parse_toml

PLANT = """\
[plant]
id = "mill"
name = "Mill"
[products.starch]
[resources.water]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.intake]
bus = "yard/panel"
model = "siemens-mag6000"
resource = "water"
[meters.well]
bus = "yard/panel"
unit_id = 2
model = "siemens-mag6000"
resource = "water"
feeds = "intake"
[resources.wastewater]
[meters.ph]
bus = "yard/panel"
unit_id = 3
model = "boqu-bh485-ph"
[permits.river]
volume = "17 m3/h"
limits = { ph = [5.5, 9], temperature = "40 degC" }
[estimates.dryer]
flow = "evaporated"
amount = "400 L/t"
per = "starch"
source = "by design"
"""


def plant(text: str) -> Plant:
    return check_plant(parse_toml(text, "plant.toml", PlantFileError))


def test_a_meter_that_feeds_another_is_not_counted_again() -> None:
    assert list(plant(PLANT).meters_of("water")) == ["intake"]


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('per = "starch"', 'per = "starsh"', "did you mean 'starch'"),
        ('"400 L/t"', '"400 kWh/t"', "an amount in m3/t"),
        ('feeds = "intake"', 'feeds = "intak"', "did you mean 'intake'"),
        ('flow = "evaporated"', 'flow = "up"', "flow"),
        ('source = "by design"', "", "source"),
        ('"17 m3/h"', '"400 m3"', "permits.river.volume: found 400 m3, wanted an amount in m3/day"),
        ('"17 m3/h"', '"400 kWh/day"', "wanted an amount in m3/day"),
        ("[resources.wastewater]", "", "wanted [resources.wastewater], whose volume it limits"),
        ("ph = [5.5, 9]", "phh = [5.5, 9]", "did you mean 'ph'"),
        ("[5.5, 9]", "[9, 5.5]", "the lower limit first"),
        ('"40 degC"', '"40 mg/L"', "an amount in degC"),
    ],
)
def test_a_fault_is_told_where_it_stands(was: str, becomes: str, told: str) -> None:
    with pytest.raises(PlantFileError) as fault:
        plant(PLANT.replace(was, becomes))
    assert told in str(fault.value)
