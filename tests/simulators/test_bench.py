"""Models on a bench: any of them is served without a plant file."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from plant.errors import ModelFileError
from plant.models import library
from simulators.bench import write_bench
from simulators.commands import main
from simulators.metering import simulated_meters
from simulators.scenario import load_scenario


def test_something_flows_through_every_model(tmp_path: Path, at) -> None:
    path = write_bench(list(library()), {"tcp": "127.0.0.1:1502"}, tmp_path)
    scenario = load_scenario(path)
    meters = simulated_meters(scenario, scenario.timeline())
    assert [m.model.id for m in meters.values()] == list(library())
    for meter in meters.values():
        instants = np.array([at(2025, 1, 2), at(2025, 1, 2, 1)])
        if meter.meter.counter is not None:
            before, after = meter.value(meter.meter.counter, instants).tolist()
            assert after > before > 0, meter.model.id
        else:
            shown = [meter.value(point, instants).min() for point in meter.model.meter.default]
            assert max(shown) > 0, meter.model.id


def test_the_command_says_where_each_is(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["meter", "eastron-sdm630", "boqu-bh485-ph", "--meters", "--at", "2025-01-02T10:00"]
    assert main([*asked, "--serial", "line"]) == 0
    lines = [re.split(" {2,}", line) for line in capsys.readouterr().out.splitlines()[1:]]
    assert {tuple(line[:4]) for line in lines} == {
        ("m001", str(Path("line").absolute()), "1", "eastron-sdm630"),
        ("m002", str(Path("line").absolute()), "2", "boqu-bh485-ph"),
    }


def test_a_model_that_is_misspelt_is_told_the_nearest() -> None:
    with pytest.raises(ModelFileError, match="did you mean 'eastron-sdm630'"):
        main(["meter", "eastron-sdm63"])
