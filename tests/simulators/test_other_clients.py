"""Clients that nobody here wrote read every served model word for word, as the server holds it.

All models hang on one line, each a unit. mbpoll (libmodbus) is asked in test_modbus_servers, and
test_sunspec_scan has pysunspec2 find and decode the SunSpec models by itself.
"""

from __future__ import annotations

import csv
import json
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import minimalmodbus
import pytest
from pymodbus.client import ModbusTcpClient
from pyModbusTCP.client import ModbusClient

from plant.models import library
from simulators.lines import BusServers
from simulators.scenario import Scenario

pytestmark = pytest.mark.slow
At = Callable[..., float]
Still = Callable[..., Scenario]
Serving = Callable[[Scenario, float], AbstractContextManager[BusServers]]
CLIENTS = Path(__file__).parents[1] / "clients"
COLLECTD = Path("/usr")


class Asked(NamedTuple):
    """A request."""

    unit: int
    function: int  # 3 or 4
    address: int
    count: int


Words = list[list[int]]


def minimalmodbus_rtu(where: str, asked: Sequence[Asked]) -> Words:
    """minimalmodbus over a serial line."""
    return _minimalmodbus(where, minimalmodbus.MODE_RTU, asked)


def minimalmodbus_ascii(where: str, asked: Sequence[Asked]) -> Words:
    """minimalmodbus over a serial line, in ASCII."""
    return _minimalmodbus(where, minimalmodbus.MODE_ASCII, asked)


def _minimalmodbus(where: str, mode: str, asked: Sequence[Asked]) -> Words:
    client = minimalmodbus.Instrument(where, 1, mode=mode)
    client.serial.baudrate, client.serial.timeout = 19200, 60
    found = []
    for unit, function, address, count in asked:
        client.address = unit
        found.append(client.read_registers(address, count, functioncode=function))
    client.serial.close()
    return found


def pymodbus(where: str, asked: Sequence[Asked]) -> Words:
    """pymodbus over TCP."""
    found = []
    with ModbusTcpClient("127.0.0.1", port=int(where), timeout=60, retries=0) as client:
        ask = {3: client.read_holding_registers, 4: client.read_input_registers}
        for unit, function, address, count in asked:
            answer = ask[function](address, count=count, device_id=unit)
            assert not answer.isError(), answer
            found.append(answer.registers)
    return found


def pymodbustcp(where: str, asked: Sequence[Asked]) -> Words:
    """pyModbusTCP."""
    client = ModbusClient("127.0.0.1", int(where), timeout=60)
    ask = {3: client.read_holding_registers, 4: client.read_input_registers}
    found = []
    for unit, function, address, count in asked:
        client.unit_id = unit
        found.append(ask[function](address, count) or [])
    client.close()
    return found


def pysunspec2(where: str, asked: Sequence[Asked]) -> Words:
    """pysunspec2's own reading of registers."""
    client = pytest.importorskip("sunspec2.modbus.client", reason="pysunspec2 is not installed")
    found = []
    for unit, function, address, count in asked:
        device = client.SunSpecModbusClientDeviceTCP(
            slave_id=unit, ipaddr="127.0.0.1", ipport=int(where), timeout=60
        )
        device.connect()
        data = device.read(address, count, op=function)
        device.close()
        found.append([int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)])
    return found


def modbus_serial(where: str, asked: Sequence[Asked]) -> Words:
    """modbus-serial, in Node.js."""
    if not (CLIENTS / "node_modules" / "modbus-serial").is_dir():
        pytest.skip("modbus-serial is not there: `make servers` gets it where npm is installed")
    done = subprocess.run(
        ["node", "read.js", where],
        input=json.dumps(asked), cwd=CLIENTS, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: Words = json.loads(done.stdout)
    return found


SERIAL = (minimalmodbus_rtu, minimalmodbus_ascii)
TCP = (pymodbus, pymodbustcp, pysunspec2, modbus_serial)


@pytest.fixture
def all_models(still: Still, on_bench: Any) -> Callable[[str], Scenario]:
    """Makes a plant that has one of each model on a line."""
    return lambda bus: still(
        bus=bus, **{f"m-{model.id}": on_bench(model) for model in library().values()}
    )


def requests(scenario: Scenario) -> list[Asked]:
    """Every number of every point that is read by default."""
    return [
        Asked(meter.unit_id, point.function, part.address, part.words)
        for meter in scenario.plant.meters.values()
        for point in (meter.meter_model.points[n] for n in meter.meter_model.meter.default)
        for part in point.everything
    ]


def held(servers: BusServers, asked: Sequence[Asked], now: float) -> Words:
    """What the server itself has for each request."""
    (bus,) = servers.buses.values()
    return [bus.units[one.unit].read(*one[1:], at_s=now) for one in asked]


@pytest.mark.parametrize("client", [*SERIAL, *TCP], ids=lambda client: client.__name__)
def test_a_client_reads_every_model_word_for_word(
    all_models: Callable[[str], Scenario], serving: Serving, at: At, tmp_path: Path, *, client: Any
) -> None:
    line, now = tmp_path / "line", at(2025, 1, 7, 9, 30)
    framer = "ascii" if client is minimalmodbus_ascii else "rtu"
    bus = f'serial = "{line}"\nbaud = 19200\nframer = "{framer}"\ndata_bits = 8\n'
    scenario = all_models(bus if client in SERIAL else "")
    asked = requests(scenario)
    assert len({one.unit for one in asked}) == len(library())
    with serving(scenario, now) as servers:
        (place,) = servers.buses
        found = client(str(line) if client in SERIAL else str(place.port), asked)
        assert found == held(servers, asked, now)


@pytest.mark.server("collectd")
def test_collectd_reads_every_model_word_for_word(
    all_models: Callable[[str], Scenario], serving: Serving, at: At, tmp_path: Path,
    wait_until: Callable[..., None],
) -> None:  # fmt: skip
    """A daemon, which asks for register after register."""
    now = at(2025, 1, 7, 9, 30)
    scenario = all_models("")
    asked = sorted(
        {
            Asked(unit, function, address + i, 1)
            for unit, function, address, count in requests(scenario)
            for i in range(count)
        }
    )
    with serving(scenario, now) as servers, (tmp_path / "log").open("wb") as log:
        (place,) = servers.buses
        config = tmp_path / "collectd.conf"
        config.write_text(collectd_settings(asked, place.port, tmp_path), encoding="utf-8")
        command = [str(COLLECTD / "sbin/collectd"), "-f", "-C", str(config)]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path)
        try:
            wait_until(lambda: len(collected(tmp_path)) == len(asked), "every register")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        words = [word for (word,) in held(servers, asked, now)]
    assert collected(tmp_path) == dict(zip(map(key_of, asked), words, strict=True))


def key_of(one: Asked) -> str:
    return f"f{one.function}a{one.address}u{one.unit}"


def collectd_settings(asked: Sequence[Asked], port: int, folder: Path) -> str:
    """A collectd.conf that asks for each register alone."""
    text = (
        f'Hostname "h"\nFQDNLookup false\nInterval 1\nBaseDir "{folder}"\nPIDFile "{folder}/pid"\n'
        f'PluginDir "{COLLECTD}/lib/collectd"\nTypesDB "{COLLECTD}/share/collectd/types.db"\n'
        f'LoadPlugin csv\nLoadPlugin modbus\n<Plugin csv>\nDataDir "{folder}/csv"\n</Plugin>\n'
        "<Plugin modbus>\n"
    )
    units: dict[int, str] = {}
    for one in asked:
        command = "ReadInput" if one.function == 4 else "ReadHolding"
        text += (
            f'<Data "{key_of(one)}">\nRegisterBase {one.address}\nRegisterType UInt16\n'
            f'RegisterCmd {command}\nType gauge\nInstance "{key_of(one)}"\n</Data>\n'
        )
        units[one.unit] = units.get(one.unit, "") + f'Collect "{key_of(one)}"\n'
    slaves = "".join(
        f'<Slave {unit}>\nInstance "u{unit}"\n{wanted}</Slave>\n' for unit, wanted in units.items()
    )
    host = f'<Host "line">\nAddress "127.0.0.1"\nPort "{port}"\nInterval 1\n{slaves}</Host>\n'
    return f"{text}{host}</Plugin>\n"


def collected(folder: Path) -> dict[str, float]:
    """What collectd has written of each register so far."""
    found = {}
    for file in folder.glob("csv/*/*/gauge-*"):
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))[1:]
        if rows and len(rows[0]) == 2:
            key = file.name.removeprefix("gauge-")[:-11]  # a date ends the name
            found[key] = float(rows[0][1])
    return found
