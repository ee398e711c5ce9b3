"""A small mill with two gateways and four meters."""

from __future__ import annotations

from pathlib import Path

import pytest

from plant.check import load_plant
from plant.description import Plant

PLANT = """
[plant]
id = "mill"
name = "Test mill"
timezone = "Asia/Ho_Chi_Minh"

[shifts]
day = "06:00"
night = "18:00"

[products.starch]
unit = "t"

[resources.electricity]
[resources.water]

[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"

[gateways.annex.buses.panel]
tcp = "127.0.0.1:503"

[meters.incomer]
bus = "yard/panel"
unit_id = 1
model = "eastron-sdm630"
resource = "electricity"
every = "10s"

[meters.dryer]
bus = "yard/panel"
unit_id = 2
model = "eastron-sdm630"
resource = "electricity"
within = "incomer"

[meters.scale]
bus = "yard/panel"
unit_id = 3
model = "generic-belt-scale"
product = "starch"

[meters.well]
bus = "annex/panel"
unit_id = 1
model = "advantech-adam6050"
resource = "water"
pulse = "0.1 m3"
"""


@pytest.fixture
def plant_file(tmp_path: Path) -> Path:
    """A mill with two gateways and four meters."""
    path = tmp_path / "plant.toml"
    path.write_text(PLANT, encoding="utf-8")
    return path


@pytest.fixture
def plant(plant_file: Path) -> Plant:
    return load_plant(plant_file)
