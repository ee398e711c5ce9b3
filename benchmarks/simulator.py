"""The simulator: requests a second of a core against other servers, history, and its start.

python -m benchmarks.simulator [--seconds 4] [--no-history]

A request reads the energy of an SDM630 (2 registers), then 30 registers of 15 points; ours are
worked out for the instant, the others' stand still. What counts is the processor's time of the
server alone, so a busy machine changes little.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
UNITS_A_PORT = 247
KINDS = ("cleanline", "pymodbus", "umodbus")
READS = ((0x48, 2), (0, 30))
HISTORY_PLANT, HISTORY_MONTHS, HISTORY_METERS = "kontum-starch", 26, 12


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of requests to each server")
    parser.add_argument("--no-history", action="store_true")
    parser.add_argument("--serve", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--units", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.units)
        return
    print_requests(options.seconds)
    _say("", "by the clock", "processor")
    _say("start of the default plant, 14 months after its origin", *_figures(start_s()))
    print_fleet(options.seconds)
    if not options.no_history:
        what = f"{HISTORY_MONTHS} months of {HISTORY_METERS} meters at 15 minutes, stored"
        _say(what, *_figures(history_s()))


def _figures(seconds: tuple[float, float]) -> list[str]:
    return [f"{one:.2f} s" for one in seconds]


def _say(what: str, *figures: str) -> None:
    sys.stdout.write(f"{what:60}" + "".join(f"{figure:>14}" for figure in figures) + "\n")
    sys.stdout.flush()


# --- requests


def print_requests(seconds: float) -> None:
    """Requests a second of one core by server and number of units, and ours over the others'."""
    _say("requests a second of a core", *KINDS, "/ pymodbus", "/ uModbus")
    for units in (1, 50, 1000):
        rates = [requests_a_core_s(kind, units, seconds=seconds) for kind in KINDS]
        ratios = [f"{rates[0] / rate:.2f}" for rate in rates[1:]]
        _say(f"{units} units", *(f"{rate:,.0f}" for rate in rates), *ratios)


def requests_a_core_s(kind: str, units: int, *, seconds: float) -> float:
    """Answers over the server's own processor time."""
    with started(kind, units) as (server, ports):
        clients = [Client(port, units_at(i, units)) for i, port in enumerate(ports)]
        for client in clients:
            client.ask_all()  # what is made once is made before
        begun_s, answered, end = cpu_s(server.pid), 0, time.monotonic() + seconds
        while time.monotonic() < end:
            for client in clients:
                answered += client.ask_some(200)
        used_s = cpu_s(server.pid) - begun_s
        for client in clients:
            client.close()
    return answered / used_s


def units_at(port: int, units: int) -> range:
    """The units behind the port of that number."""
    return range(1, min(UNITS_A_PORT, units - port * UNITS_A_PORT) + 1)


class Client:
    """One connection that asks unit after unit and checks each answer's head."""

    def __init__(self, port: int, units: Sequence[int]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = [
            (struct.pack(">HHHBBHH", 7, 0, 6, unit, 4, first, count), 9 + 2 * count)
            for unit in units
            for first, count in READS
        ]
        self._next = 0

    def ask_all(self) -> None:
        """Every request once."""
        self.ask_some(len(self._requests))

    def ask_some(self, count: int) -> int:
        """So many requests, one after the other; how many were answered well."""
        for _ in range(count):
            request, length = self._requests[self._next]
            self._next = (self._next + 1) % len(self._requests)
            self._socket.sendall(request)
            answer = self._socket.recv(length, socket.MSG_WAITALL)
            if len(answer) != length or answer[7] != 4:
                raise SystemExit(f"a wrong answer: {answer.hex()}")
        return count

    def close(self) -> None:
        self._socket.close()


def cpu_s(pid: int) -> float:
    """Processor time that a process has used [s]."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def started(kind: str, units: int) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A server in a process of its own, and its ports."""
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "benchmarks.simulator", "--serve", kind, "--units", str(units)],
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


def free_ports(count: int) -> list[int]:
    """Ports that nobody has now."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


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


# --- a fleet


def print_fleet(seconds: float) -> None:
    """200 plants of 50 meters in one process: start, memory, and requests of a core."""
    first = 21_000
    begun_s = time.monotonic()
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "cleanline", "simulate", "fleet", "--port-base", str(first)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as fleet:  # fmt: skip
        assert fleet.stdout is not None  # noqa: S101
        fleet.stdout.readline()
        _say("fleet of 10,000 meters: start", f"{time.monotonic() - begun_s:.2f} s",
             f"{cpu_s(fleet.pid):.2f} s")  # fmt: skip
        clients = [Client(port, range(1, 51)) for port in range(first, first + 200)]
        for client in clients:
            client.ask_all()
        begun_cpu_s, answered, end = cpu_s(fleet.pid), 0, time.monotonic() + seconds
        while time.monotonic() < end:
            for client in clients:
                answered += client.ask_some(20)
        rate = answered / (cpu_s(fleet.pid) - begun_cpu_s)
        _say("  requests a second of a core, all meters in turn", f"{rate:,.0f}")
        _say("  memory when all have been read", f"{peak_mib(fleet.pid):.0f} MiB")
        fleet.kill()


def peak_mib(pid: int) -> float:
    """The most memory that a process has had [MiB]."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


# --- start and history


def start_s() -> tuple[float, float]:
    """From the command to meters that answer: by the clock, and of a processor."""
    (port,) = free_ports(1)
    begun_s = time.monotonic()
    command = ["simulate", HISTORY_PLANT, "--port-base", str(port), "--at", "2025-03-01T10:00"]
    part = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "cleanline", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert part.stdout is not None  # noqa: S101
        part.stdout.readline()
        return time.monotonic() - begun_s, cpu_s(part.pid)
    finally:
        part.kill()
        part.communicate()


def history_s() -> tuple[float, float]:
    """26 months at 15 minutes through broker and collector, scaled to 12 meters.

    By the clock until all is stored, and of the processor that the collector used.
    """
    from simulators.ports import reserved_ports  # noqa: PLC0415
    from simulators.rig import collecting, embedded_broker, simulated_plant  # noqa: PLC0415
    from simulators.store_file import Store  # noqa: PLC0415
    from simulators.supervisor import Supervisor  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as name, reserved_ports(12) as found:
        folder, ports = Path(name), iter(found)
        supervisor = Supervisor(folder)
        try:
            plant = simulated_plant(supervisor, HISTORY_PLANT, folder=folder, ports=ports)
            broker = embedded_broker(supervisor, next(ports))
            store = Store(folder / "data")
            collecting(supervisor, plant, broker=broker, store=store, port=next(ports))
            share = HISTORY_METERS / (folder / "plant.toml").read_text().count("\n[meters.")
            pid = supervisor.parts[-1].process.pid
            begun_s, begun_cpu_s = time.monotonic(), cpu_s(pid)
            plant.send_history(broker, "2024-01-01", "2026-03-01")
            used_s = cpu_s(pid) - begun_cpu_s
            return (time.monotonic() - begun_s) * share, used_s * share
        finally:
            supervisor.stop_all()


if __name__ == "__main__":
    main()
