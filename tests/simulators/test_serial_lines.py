"""Serial lines, and serial framing over TCP, read by programs that nobody here wrote."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from pymodbus import FramerType
from pymodbus.client import ModbusSerialClient, ModbusTcpClient

from plant.errors import UsageError
from simulators.lines import BusServers, SerialPort
from simulators.scenario import Scenario
from simulators.server import SimulatedBus

At = Callable[..., float]
Still = Callable[..., Scenario]
Serving = Callable[[Scenario, float], AbstractContextManager[BusServers]]


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A path that the simulator is to make a serial line of."""
    return tmp_path / "dev" / "meters"


def served(still: Still, install: Any, line: Path) -> Scenario:
    return still(
        bus=f'serial = "{line}"\nbaud = 19200\n',
        a=install("eastron-sdm630", "electricity", start=1234.5),
        b=install("schneider-iem3155", "electricity", start=1000.0),
    )


@pytest.mark.server("mbpoll")
def test_mbpoll_reads_two_units_of_a_serial_line(
    still: Still, install: Any, serving: Serving, at: At, *, line: Path
) -> None:
    """libmodbus checks unit, function, length and CRC by itself."""
    command = ["mbpoll", "-m", "rtu", "-b", "19200", "-P", "none", "-0", "-1", "-B"]
    with serving(served(still, install, line), at(2025, 1, 1, 10)):
        told = [
            subprocess.run(
                [*command, "-a", unit, "-r", address, "-c", count, "-t", kind, str(line)],
                capture_output=True, text=True, timeout=60, check=False,
            ).stdout
            for unit, address, count, kind in [
                ("1", "72", "1", "3:float"), ("2", "3203", "4", "4:hex"),
            ]
        ]  # fmt: skip
    assert re.findall(r"^\[72\]:\s*(\S+)", told[0], flags=re.M) == ["2734.5"]
    words = [int(word, 16) for word in re.findall(r"^\[\d+\]:\s*(\S+)", told[1], flags=re.M)]
    assert sum(w << 16 * (3 - i) for i, w in enumerate(words)) == 2_500_000
    assert not line.is_symlink(), "the line's name goes with the simulator"


def test_pymodbus_reads_a_serial_line_and_hears_exceptions_on_it(
    still: Still, install: Any, serving: Serving, at: At, *, line: Path
) -> None:
    with serving(served(still, install, line), at(2025, 1, 1)):
        client = ModbusSerialClient(str(line), baudrate=19200, timeout=60, retries=0)
        assert client.connect()
        read = client.read_input_registers(0x48, count=2, device_id=1)
        assert read.registers == [0x449A, 0x5000]
        assert client.read_input_registers(0x4000, count=2, device_id=1).exception_code == 2
        assert client.write_register(0, 1, device_id=1).exception_code == 1
        client.close()


def test_serial_framing_goes_over_tcp_as_well(
    still: Still, install: Any, serving: Serving, at: At, free_port: Callable[[], int]
) -> None:
    port = free_port()
    scenario = still(
        bus=f'tcp = "127.0.0.1:{port}"\nframer = "rtu"\n',
        a=install("eastron-sdm630", "electricity", start=1234.5),
    )
    with serving(scenario, at(2025, 1, 1)):
        client = ModbusTcpClient("127.0.0.1", port=port, framer=FramerType.RTU, timeout=60)
        assert client.connect()
        assert client.read_input_registers(0x48, count=2, device_id=1).registers == [0x449A, 0x5000]
        client.close()


def test_a_path_that_is_no_serial_device_is_said_in_one_line(tmp_path: Path, at: At) -> None:
    place = SerialPort(tmp_path / "plain-file")
    place.path.write_text("no device")
    bus = SimulatedBus({}, lambda: 0.0, None)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"cannot serve .*plain-file: .*serial device"):
        asyncio.run(BusServers({place: bus}).start())
