"""Modbus servers to be compared, each in a process of its own: ours, pymodbus', uModbus'.

python -m benchmarks.modbus_servers KIND UNITS: serves until killed, and prints the ports.
"""

from __future__ import annotations

import asyncio
import json
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.servers import free_ports

ROOT = Path(__file__).parent.parent
UNITS_A_PORT = 247
KINDS = ("cleanline", "pymodbus", "umodbus")


def units_at(port: int, units: int) -> range:
    """The units behind the port of that number."""
    return range(1, min(UNITS_A_PORT, units - port * UNITS_A_PORT) + 1)


@contextmanager
def started(kind: str, units: int) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A server in a process of its own, and its ports."""
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "benchmarks.modbus_servers", kind, str(units)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # pymodbus warns of what its next release renames
        text=True,
    )
    try:
        assert server.stdout is not None  # noqa: S101
        yield server, json.loads(server.stdout.readline())
    finally:
        server.kill()
        server.communicate()


def serve(kind: str, units: int) -> None:
    """Serve until killed; prints the ports."""
    ports = free_ports(-(-units // UNITS_A_PORT))
    {"cleanline": _serve_cleanline, "pymodbus": _serve_pymodbus, "umodbus": _serve_umodbus}[kind](
        units, ports
    )


def _ready(ports: Sequence[int]) -> None:
    sys.stdout.write(json.dumps(list(ports)) + "\n")
    sys.stdout.flush()


def _serve_cleanline(units: int, ports: Sequence[int]) -> None:
    from plant.calendar import day_start_ms  # noqa: PLC0415 - each server loads its own library
    from simulators.clock import start_clock  # noqa: PLC0415
    from simulators.scenario import load_scenario  # noqa: PLC0415
    from simulators.serve import bus_servers, serve  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        scenario = load_scenario(write_many(Path(folder), units, ports))
        begin_s = day_start_ms(scenario.file.origin, scenario.plant.zone) / 1000 + 86400.0
        clock = start_clock(begin_s, speed=1.0, monotonic_s=time.monotonic)
        asyncio.run(serve(bus_servers(scenario, clock, None), lambda _: _ready(ports)))


def write_many(folder: Path, units: int, ports: Sequence[int]) -> Path:
    """The starch plant's process behind as many SDM630 as are wanted; the scenario file."""
    plant = ['[plant]\nid = "many"\nname = "Many"\n[resources.electricity]']
    process = ROOT / "config" / "plants" / "kontum-starch" / "process.toml"
    scenario = [f'plant = "plant.toml"\nprocess = "{process}"\nseed = 1\norigin = "2024-01-01"']
    for i, port in enumerate(ports):
        plant.append(f'[gateways.g.buses.b{i}]\ntcp = "127.0.0.1:{port}"')
        for unit in units_at(i, units):
            head = f"[meters.m{i}-{unit}]\n"
            plant.append(f'{head}bus = "g/b{i}"\nunit_id = {unit}\nmodel = "eastron-sdm630"')
            plant.append('resource = "electricity"')
            scenario.append(f'{head}measures = "electricity"\nerror = "1 %"')
    (folder / "plant.toml").write_text("\n".join(plant), encoding="utf-8")
    (folder / "scenario.toml").write_text("\n".join(scenario), encoding="utf-8")
    return folder / "scenario.toml"


def _serve_pymodbus(units: int, ports: Sequence[int]) -> None:
    from pymodbus.datastore import (  # noqa: PLC0415
        ModbusDeviceContext,
        ModbusSequentialDataBlock,
        ModbusServerContext,
    )
    from pymodbus.server import ModbusTcpServer  # noqa: PLC0415

    async def whole() -> None:
        for i, port in enumerate(ports):
            devices = {
                unit: ModbusDeviceContext(ir=ModbusSequentialDataBlock(1, list(range(100))))
                for unit in units_at(i, units)
            }
            context = ModbusServerContext(devices=devices, single=False)
            server = ModbusTcpServer(context, address=("127.0.0.1", port))
            await server.serve_forever(background=True)
        _ready(ports)
        await asyncio.Event().wait()

    asyncio.run(whole())


def _serve_umodbus(units: int, ports: Sequence[int]) -> None:
    from umodbus.server.tcp import RequestHandler, get_server  # noqa: PLC0415

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    for i, port in enumerate(ports):
        server = get_server(Server, ("127.0.0.1", port), RequestHandler)
        known = list(units_at(i, units))
        route = server.route(slave_ids=known, function_codes=[4], addresses=list(range(100)))
        route(lambda slave_id, function_code, address: address)  # noqa: ARG005
        threading.Thread(target=server.serve_forever, daemon=True).start()
    _ready(ports)
    threading.Event().wait()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
