"""Clients that nobody here wrote read every register of every served model as the server holds it.

mbpoll (libmodbus) does so in test_modbus_servers, pysunspec2 in test_sunspec_scan. modbus-serial
needs Node.js, and collectd a daemon: neither is asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import minimalmodbus
import pytest
from pymodbus.client import ModbusTcpClient
from pyModbusTCP.client import ModbusClient

from plant.models import MeterModel, library
from simulators.lines import BusServers
from simulators.scenario import Scenario

At = Callable[..., float]
Still = Callable[..., Scenario]
Serving = Callable[[Scenario, float], AbstractContextManager[BusServers]]
Read = Callable[[int, int, int], list[int]]  # function, address, count


@contextmanager
def minimalmodbus_rtu(where: str) -> Iterator[Read]:
    """minimalmodbus over a serial line."""
    yield from _minimalmodbus(where, minimalmodbus.MODE_RTU)


@contextmanager
def minimalmodbus_ascii(where: str) -> Iterator[Read]:
    """minimalmodbus over a serial line, in ASCII."""
    yield from _minimalmodbus(where, minimalmodbus.MODE_ASCII)


def _minimalmodbus(where: str, mode: str) -> Iterator[Read]:
    client = minimalmodbus.Instrument(where, 1, mode=mode)
    client.serial.baudrate, client.serial.timeout = 19200, 5

    def read(function: int, address: int, count: int) -> list[int]:
        if function < 3:
            return client.read_bits(address, count, functioncode=function)
        return client.read_registers(address, count, functioncode=function)

    yield read
    client.serial.close()


@contextmanager
def pymodbus(where: str) -> Iterator[Read]:
    """pymodbus over TCP."""
    with ModbusTcpClient("127.0.0.1", port=int(where), timeout=5, retries=0) as client:
        ask = {
            1: client.read_coils, 2: client.read_discrete_inputs,
            3: client.read_holding_registers, 4: client.read_input_registers,
        }  # fmt: skip

        def read(function: int, address: int, count: int) -> list[int]:
            answer = ask[function](address, count=count, device_id=1)
            assert not answer.isError(), answer
            return [int(b) for b in answer.bits[:count]] if function < 3 else answer.registers

        yield read


@contextmanager
def pymodbustcp(where: str) -> Iterator[Read]:
    """pyModbusTCP."""
    client = ModbusClient("127.0.0.1", int(where), unit_id=1, timeout=5)
    ask = {
        1: client.read_coils, 2: client.read_discrete_inputs,
        3: client.read_holding_registers, 4: client.read_input_registers,
    }  # fmt: skip
    yield lambda function, address, count: [int(x) for x in ask[function](address, count) or []]
    client.close()


SERIAL, TCP = (minimalmodbus_rtu, minimalmodbus_ascii), (pymodbus, pymodbustcp)


@pytest.mark.slow
@pytest.mark.parametrize("client", [*SERIAL, *TCP], ids=lambda client: client.__name__)
@pytest.mark.parametrize("model", library().values(), ids=lambda model: model.id)
def test_every_model_is_read_word_for_word(
    still: Still, on_bench: Any, serving: Serving, at: At, tmp_path: Path, *, client: Any,
    model: MeterModel,
) -> None:  # fmt: skip
    """Every number of every point that is read by default."""
    line, now = tmp_path / "line", at(2025, 1, 7, 9, 30)
    framer = "ascii" if client is minimalmodbus_ascii else "rtu"
    bus = f'serial = "{line}"\nbaud = 19200\nframer = "{framer}"\ndata_bits = 8\n'
    scenario = still(m=on_bench(model), bus=bus if client in SERIAL else "")
    with serving(scenario, now) as servers:
        ((place, served),) = servers.buses.items()
        with client(str(line) if client in SERIAL else str(place.port)) as read:
            for name in model.meter.default:
                point = model.points[name]
                for part in point.everything:
                    asked = (point.function, part.address, part.words)
                    assert read(*asked) == served.units[1].read(*asked, at_s=now), (name, asked)
