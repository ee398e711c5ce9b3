"""The whole chain in a folder: meters, Mosquitto, two agents, a collector, perhaps InfluxDB."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.servers import influx_settings
from tests.chaos.disk import SmallDisk
from tests.chaos.parts import Part, program, spoilable
from tests.chaos.proxy import Proxy
from tests.chaos.seam import Control
from tests.ports import free_ports

PLANT = "mill"
GATEWAYS = ("east", "west")
METERS = 5  # at each gateway
EVERY = "0.5s"
AGENT_MIB, COLLECTOR_MIB = 16, 128
StoreKind = Literal["sqlite", "influx"]
# Another user would lose the leash that ends it with us.
QUIET = "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n"
# So little that it drops what it has acknowledged.
TINY = QUIET + "max_inflight_messages 1\nmax_queued_messages 1\nmax_queued_bytes 4000\n"


def plant_text(buses: dict[str, int], broker: int) -> str:
    """A plant of two gateways, each with a bus of meters."""
    lines = [
        f'[plant]\nid = "{PLANT}"\nname = "Chaos mill"\ntimezone = "Asia/Ho_Chi_Minh"',
        "[resources.electricity]",
        f'[broker]\nurl = "mqtt://127.0.0.1:{broker}"',
    ]
    for gateway, port in buses.items():
        lines.append(f'[gateways.{gateway}.buses.panel]\ntcp = "127.0.0.1:{port}"')
        lines += [
            f'[meters.{gateway}-{unit}]\nbus = "{gateway}/panel"\nunit_id = {unit}\n'
            f'model = "schneider-pm5560"\nresource = "electricity"\nevery = "{EVERY}"'
            for unit in range(1, METERS + 1)
        ]
    return "\n\n".join(lines) + "\n"


@dataclass
class Stack:
    """Parts by name, and what faults need of them by the same name.

    ``proxies`` lead agents and collectors to the broker, ``disks`` hold what they write,
    ``controls`` spoil their clocks and commits. With InfluxDB two collectors share the work.
    """

    folder: Path
    store: StoreKind
    parts: dict[str, Part] = field(default_factory=dict)
    proxies: dict[str, Proxy] = field(default_factory=dict)
    disks: dict[str, SmallDisk] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    broker_port: int = 0
    influx_port: int = 0

    def __post_init__(self) -> None:
        shared = self.store == "influx"
        self.collectors = ("collector", "collector-2") if shared else ("collector",)
        count = len(GATEWAYS)
        ports = iter(free_ports(3 + 2 * count + len(self.collectors)))
        self.broker_port, self.influx_port, rpc_port = next(ports), next(ports), next(ports)
        buses = {gateway: next(ports) for gateway in GATEWAYS}
        self.plant_file = self.folder / "plant.toml"
        self.plant_file.write_text(plant_text(buses, self.broker_port), encoding="utf-8")
        self._add_broker()
        if self.store == "influx":
            self._add_influx(rpc_port)
        for gateway, port in buses.items():
            self._add_meters(gateway, port)
        for name in (*GATEWAYS, *self.collectors):
            self.proxies[name] = Proxy(next(ports), self.broker_port)
            self.controls[name] = Control(self.folder / f"{name}.control")
        for gateway in GATEWAYS:
            self.disks[gateway] = SmallDisk(self.folder / f"data-{gateway}", AGENT_MIB)
            self._add_agent(gateway)
        disk = SmallDisk(self.folder / "data", COLLECTOR_MIB)
        for name in self.collectors:
            self.disks[name] = disk
            self._add_collector(name)

    def _add(self, part: Part) -> None:
        self.parts[part.name] = part

    def _add_broker(self) -> None:
        self.set_broker(QUIET)
        command = [program("mosquitto"), "-c", str(self.folder / "mosquitto.conf")]
        self._add(Part("broker", command, self.folder, port=self.broker_port))

    def set_broker(self, config: str) -> None:
        """What the broker reads at its next start."""
        path = self.folder / "mosquitto.conf"
        path.write_text(config.format(port=self.broker_port), encoding="utf-8")

    def _add_influx(self, rpc_port: int) -> None:
        folder = self.folder / "influx"
        folder.mkdir()
        config = self.folder / "influxdb.conf"
        text = influx_settings(folder, self.influx_port, rpc_port)
        config.write_text(text, encoding="utf-8")
        command = [program("influxd"), "-config", str(config)]
        self._add(Part("influx", command, self.folder, port=self.influx_port))

    def _add_meters(self, gateway: str, port: int) -> None:
        command = [
            *(sys.executable, "-m", "tests.chaos.meters"),
            *("--port", str(port), "--record", str(self.record(gateway))),
        ]
        self._add(Part(f"meters-{gateway}", command, self.folder, port=port))

    def _add_agent(self, gateway: str) -> None:
        command = spoilable(
            self.folder / f"{gateway}.control",
            *("agent", "plant.toml", "--gateway", gateway, "--json"),
            *("--data", f"data-{gateway}", "--broker", self._broker_url(gateway)),
        )
        self._add(Part(gateway, command, self.folder))

    def _add_collector(self, name: str) -> None:
        url = self.store_url()
        command = spoilable(
            self.folder / f"{name}.control",
            *("collector", "plant.toml", "--data", "data", "--port", "0", "--json"),
            *("--broker", self._broker_url(name)),
            *(("--store", url, "--share") if url else ()),
        )
        self._add(Part(name, command, self.folder))

    def _broker_url(self, name: str) -> str:
        return f"mqtt://127.0.0.1:{self.proxies[name].port}"

    def store_url(self) -> str | None:
        """Where the series are; None for the embedded store."""
        return f"influxdb://127.0.0.1:{self.influx_port}/chaos" if self.store == "influx" else None

    def record(self, gateway: str) -> Path:
        """What the meters of a gateway said."""
        return self.folder / f"meters-{gateway}.record"

    def outbox(self, gateway: str) -> Path:
        """The outbox file of a gateway."""
        return self.folder / f"data-{gateway}" / f"outbox-{PLANT}-{gateway}.sqlite"

    def start(self) -> None:
        """Start every part."""
        for part in self.parts.values():
            part.start()

    def look(self) -> None:
        """Start again what ended by itself."""
        for part in self.parts.values():
            part.look()

    def close(self) -> None:
        """End every process and thread of ours."""
        for part in self.parts.values():
            part.kill()
        for proxy in self.proxies.values():
            proxy.close()
        for disk in self.disks.values():
            disk.close()
