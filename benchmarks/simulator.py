"""The simulator: requests a second of a core against other servers, history, and its start.

python -m benchmarks.simulator [--seconds 4] [--no-history]

A request reads the energy of an SDM630 (2 registers), then 30 registers of 15 points; ours are
worked out for the instant, the others' stand still. What counts is the processor's time of the
server alone, so a busy machine changes little.
"""

from __future__ import annotations

import argparse
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.modbus_servers import KINDS, ROOT, started, units_at

READS = ((0x48, 2), (0, 30))
HISTORY_PLANT, HISTORY_MONTHS, HISTORY_METERS = "kontum-starch", 26, 12


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of requests to each server")
    parser.add_argument("--no-history", action="store_true")
    options = parser.parse_args()
    print_requests(options.seconds)
    _say("", "by the clock", "processor")
    with tempfile.TemporaryDirectory() as cache:
        _say("start of the default plant, counting since its origin", *_figures(start_s(cache)))
        _say("  the next start", *_figures(start_s(cache)))
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


def start_s(cache: str) -> tuple[float, float]:
    """From the command to the first answer: by the clock, and of its processor."""
    from simulators.ports import reserved_ports  # noqa: PLC0415

    with reserved_ports(12) as free:  # the plant's two buses are served at a port and the next
        return _start_s(cache, next(port for port in free if port + 1 in free))


def _start_s(cache: str, port: int) -> tuple[float, float]:
    begun_s = time.monotonic()
    part = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "cleanline", "simulate", HISTORY_PLANT, "--port-base", str(port)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "XDG_CACHE_HOME": cache},
    )  # fmt: skip
    try:
        assert part.stdout is not None  # noqa: S101
        part.stdout.readline()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(struct.pack(">HHHBBHH", 7, 0, 6, 1, 3, 3203, 4))
            if len(client.recv(17, socket.MSG_WAITALL)) != 17:
                raise SystemExit("a wrong answer at the start")
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
