"""pysunspec2, which nobody here wrote, finds and reads the simulated SunSpec meters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from simulators.lines import BusServers
from simulators.scenario import Scenario

client = pytest.importorskip("sunspec2.modbus.client", reason="pysunspec2 is not installed")


@pytest.mark.parametrize(
    ("model", "numbers"), [("sunspec-meter", 203), ("sunspec-meter-float", 213)]
)
def test_pysunspec2_scans_a_simulated_meter(
    still: Callable[..., Scenario],
    install: Any,
    serving: Callable[[Scenario, float], AbstractContextManager[BusServers]],
    at: Callable[..., float],
    *,
    model: str,
    numbers: int,
) -> None:
    scenario = still(a=install(model, "electricity", start=1234.5))
    with serving(scenario, at(2025, 1, 1, 10)) as servers:  # ten hours of 150 kW
        (address,) = servers.buses
        device = client.SunSpecModbusClientDeviceTCP(
            slave_id=1, ipaddr="127.0.0.1", ipport=address.port, timeout=60
        )
        device.scan()
        (meter,) = device.models[numbers]
        imported_wh = float(meter.TotWhImp.cvalue)
        power_w = float(meter.W.cvalue)
        device.close()
    assert imported_wh == pytest.approx(2_734_500, abs=100)
    assert power_w == pytest.approx(150_000, rel=0.02)
