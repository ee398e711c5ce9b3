"""What the agent takes of a processor and of memory, beside collectd on the same meters.

python -m benchmarks.agent_load [--collectd PREFIX] [--seconds 30]

The agent asks, decodes, writes to disk with a flush, publishes and is answered; collectd asks each
point alone and writes CSV. Both ask the same servers over loopback, one after the other, while a
processor that does something else would blur both alike: figures are medians of runs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.servers import free_port
from plant.models import library
from plant.wire import OUTBOX, SEQ, Stored, parse_topic

ROOT = Path(__file__).parent.parent
MODEL = "eastron-sdm630"
EVERY_S, RUNS = 5, 3
TICKS = os.sysconf("SC_CLK_TCK")
ENERGY = struct.unpack(">2H", struct.pack(">f", 1234.5))


@dataclass(frozen=True, slots=True)
class Load:
    """How many meters of how many points, on how many buses."""

    meters: int
    points: int
    buses: int

    @property
    def names(self) -> list[str]:
        """The points that are read; the first is the counter."""
        return list(library()[MODEL].points)[: self.points]

    @property
    def warm_s(self) -> float:
        """Until start and first cycles are over, also beside other work [s]."""
        return 12 + self.meters / 40

    @property
    def readings_per_s(self) -> float:
        """Readings that are due [1/s]."""
        return self.meters * self.points / EVERY_S


@dataclass(frozen=True, slots=True)
class Use:
    """What a process took while it was watched."""

    core_share: float
    mib: float


FEW, SMALL, LARGE = Load(200, 5, 4), Load(200, 20, 4), Load(1000, 20, 10)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collectd", type=Path, default=Path("/usr"), help="where it is installed")
    parser.add_argument("--seconds", type=float, default=30, help="how long each run is watched")
    options = parser.parse_args()
    mosquitto = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    if mosquitto is None:
        sys.stdout.write("left out: mosquitto is not installed (make servers)\n")
        return
    with serving(LARGE.buses, LARGE.meters // LARGE.buses) as ports, broker(mosquitto) as port:
        for load in (FEW, SMALL):
            _compare(load, ports, mqtt=port, options=options)
        _say("agent", LARGE, [run_agent(LARGE, ports, port, options.seconds) for _ in range(RUNS)])


def _compare(load: Load, ports: list[int], *, mqtt: int, options: argparse.Namespace) -> None:
    ours = [run_agent(load, ports, mqtt, options.seconds) for _ in range(RUNS)]
    _say("agent", load, ours)
    if not (options.collectd / "sbin" / "collectd").exists():
        sys.stdout.write("left out: collectd is not installed (apt-get install collectd-core)\n")
        return
    theirs = [run_collectd(load, ports, options.collectd, options.seconds) for _ in range(RUNS)]
    _say("collectd", load, theirs)
    one, other = _medians(ours), _medians(theirs)
    cpu, memory = one.core_share / other.core_share, one.mib / other.mib
    sys.stdout.write(f"agent over collectd: CPU {cpu:.2f}, memory {memory:.2f}\n")


def _medians(uses: list[Use]) -> Use:
    return Use(
        statistics.median(use.core_share for use in uses),
        statistics.median(use.mib for use in uses),
    )


def _say(who: str, load: Load, uses: list[Use]) -> None:
    use = _medians(uses)
    each_us = use.core_share / load.readings_per_s * 1e6
    sys.stdout.write(
        f"{who:9}{load.meters:5} meters x {load.points:2} points every {EVERY_S} s:"
        f" {use.core_share:7.1%} of a core, {each_us:6.1f} us a reading, {use.mib:6.0f} MiB\n"
    )
    sys.stdout.flush()


# --- what is asked


@contextlib.contextmanager
def serving(buses: int, units: int) -> Iterator[list[int]]:
    """Ports on which meters answer, in a process of their own."""
    code = f"from benchmarks.agent_load import serve; serve({buses}, {units})"
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert server.stdout is not None  # noqa: S101
        yield [int(port) for port in server.stdout.readline().split()]
    finally:
        server.kill()
        server.wait()


def serve(buses: int, units: int) -> None:
    """Answer every read with the same float, for ever."""
    asyncio.run(_serve(buses, units))


async def _serve(buses: int, units: int) -> None:
    servers = [await asyncio.start_server(_answer, "127.0.0.1", 0) for _ in range(buses)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    sys.stdout.write(" ".join(map(str, ports)) + f"\n{units}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    data = struct.pack(">2H", *ENERGY) * 63
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            frame = await reader.readexactly(12)
            size = 2 * frame[11]
            writer.write(
                frame[:4] + struct.pack(">HBBB", 3 + size, frame[6], frame[7], size) + data[:size]
            )


@contextlib.contextmanager
def broker(program: str) -> Iterator[int]:
    """The port of a Mosquitto, at which somebody says that packs are stored."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "mosquitto.conf"
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
        process = subprocess.Popen([program, "-c", str(settings)], stderr=subprocess.DEVNULL)  # noqa: S603
        client = _collector(port)
        try:
            yield port
        finally:
            client.loop_stop()
            process.terminate()
            process.wait()


def _collector(port: int) -> Client:
    def take(client: Client, _: object, message: MQTTMessage) -> None:
        topic = parse_topic(message.topic)
        if topic.leaf == "readings":
            given = dict(getattr(message.properties, "UserProperty", ()))
            seq, now_ms = int(given[SEQ]), time.time_ns() // 1_000_000
            answer = Stored(given[OUTBOX], [(seq, seq)], [], now_ms)
            client.publish(str(topic._replace(leaf="stored")), answer.encode(), qos=1)

    def listen(client: Client, *_: object) -> None:
        client.subscribe("cleanline/v1/+/+/readings", qos=1)

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.on_connect = listen
    client.on_message = take
    client.reconnect_delay_set(1, 1)
    client.connect_async("127.0.0.1", port)
    client.loop_start()
    return client


# --- who asks


def run_agent(load: Load, ports: list[int], mqtt: int, seconds: float) -> Use:
    """Watch an agent at work."""
    with tempfile.TemporaryDirectory() as folder:
        plant = Path(folder) / "plant.toml"
        plant.write_text(_plant(load, ports))
        command = [sys.executable, "-m", "cleanline", "agent", str(plant)]
        command += ["--broker", f"mqtt://127.0.0.1:{mqtt}"]
        return _watch(command, load.warm_s, seconds=seconds, folder=folder)


def _plant(load: Load, ports: list[int]) -> str:
    text = '[plant]\nid = "bench"\nname = "Bench"\n[resources.electricity]\n'
    for bus in range(load.buses):
        text += f'[gateways.g.buses.b{bus}]\ntcp = "127.0.0.1:{ports[bus]}"\n'
    for number, (bus, unit) in enumerate(_places(load)):
        text += f'[meters.m{number}]\nbus = "g/b{bus}"\nunit_id = {unit}\nmodel = "{MODEL}"\n'
        text += f'resource = "electricity"\nevery = "{EVERY_S}s"\npoints = {load.names}\n'
    return text


def _places(load: Load) -> Iterator[tuple[int, int]]:
    for number in range(load.meters):
        yield number % load.buses, 1 + number // load.buses


def run_collectd(load: Load, ports: list[int], prefix: Path, seconds: float) -> Use:
    """Watch collectd at work."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "collectd.conf"
        settings.write_text(_collectd(load, ports, prefix=prefix, folder=folder))
        command = [str(prefix / "sbin" / "collectd"), "-f", "-C", str(settings)]
        return _watch(command, load.warm_s, seconds=seconds, folder=folder)


def _collectd(load: Load, ports: list[int], *, prefix: Path, folder: str) -> str:
    points = library()[MODEL].points
    text = (
        f'Hostname "bench"\nFQDNLookup false\nInterval {EVERY_S}\nBaseDir "{folder}"\n'
        f'PIDFile "{folder}/pid"\nPluginDir "{prefix}/lib/collectd"\n'
        f'TypesDB "{prefix}/share/collectd/types.db"\nLoadPlugin csv\nLoadPlugin modbus\n'
        f'<Plugin csv>\nDataDir "{folder}/csv"\n</Plugin>\n<Plugin modbus>\n'
    )
    for name in load.names:
        address = points[name].address
        text += (
            f'<Data "{name}">\nRegisterBase {address}\nRegisterType float\n'
            f'RegisterCmd ReadInput\nType gauge\nInstance "{name}"\n</Data>\n'
        )
    collected = "".join(f'Collect "{name}"\n' for name in load.names)
    for bus in range(load.buses):
        text += f'<Host "b{bus}">\nAddress "127.0.0.1"\nPort "{ports[bus]}"\nInterval {EVERY_S}\n'
        for at, unit in _places(load):
            if at == bus:
                text += f'<Slave {unit}>\nInstance "u{unit}"\n{collected}</Slave>\n'
        text += "</Host>\n"
    return text + "</Plugin>\n"


def _watch(command: list[str], warm_s: float, *, seconds: float, folder: str) -> Use:
    """The share of a core that a process took once it was warm, and its memory."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CLEANLINE_DATA": folder}
    log = (Path(folder) / "log").open("wb")
    process = subprocess.Popen(  # noqa: S603
        command, stdout=log, stderr=log, env=environment, cwd=folder
    )
    ended = threading.Event()
    try:
        ended.wait(warm_s)
        before_s = _cpu_s(process.pid)
        ended.wait(seconds)
        taken_s = _cpu_s(process.pid) - before_s
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    except OSError as error:
        raise SystemExit((Path(folder) / "log").read_text(encoding="utf-8")) from error
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()
    kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return Use(taken_s / seconds, kib / 1024)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    main()
