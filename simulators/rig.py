"""A simulated plant and what reads it, as running commands: what the pytest fixtures hand out."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from simulators.placed import Sites, place_scenario
from simulators.running import WITHIN_S, Running, wait_for
from simulators.store_file import Store
from simulators.supervisor import PartError, Supervisor, answers


@dataclass
class _Handle:
    """What every part lets a test do."""

    process: Running

    def start(self) -> None:
        """Start it again."""
        self.process.start()

    def stop(self) -> None:
        """End it gently."""
        self.process.stop()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()

    def full_disk(self) -> AbstractContextManager[None]:
        """While the block runs its disk takes nothing more (Linux)."""
        return self.process.full_disk()

    @property
    def log(self) -> str:
        """All that it logged."""
        return self.process.log


@dataclass
class SimulatedPlant(_Handle):
    """A plant's meters on free ports of loopback, with the truth known."""

    folder: Path
    sites: Sites
    control: int

    @property
    def id(self) -> str:
        """The plant's id."""
        return self.sites.plant

    @property
    def file(self) -> Path:
        """The plant file, with the addresses that are served."""
        return self.folder / "plant.toml"

    @property
    def scenario(self) -> Path:
        """The scenario file."""
        return self.folder / "scenario.toml"

    @property
    def addresses(self) -> Mapping[str, str]:
        """Where each bus (`gateway/bus`) is: `127.0.0.1:PORT`, or a serial device."""
        return self.sites.addresses

    @property
    def port(self) -> int:
        """The TCP port of the first bus that has one."""
        ports = [a for a in self.addresses.values() if a.startswith("127.0.0.1:")]
        return int(ports[0].rpartition(":")[2])

    @contextmanager
    def fault(self, kind: str, **values: Any) -> Iterator[None]:
        """A fault at work while the block runs: `with plant.fault("silence", meter="incomer")`."""
        number = self.begin_fault(kind, **values)
        try:
            yield
        finally:
            self.end_fault(number)

    def begin_fault(self, kind: str, **values: Any) -> int:
        """Put a fault to work; its number."""
        table = {"kind": kind} | {key.rstrip("_"): value for key, value in values.items()}
        return int(_ask(self._faults, "POST", table)["number"])

    def end_fault(self, number: int) -> None:
        """End a fault."""
        _ask(f"{self._faults}/{number}", "DELETE")

    @property
    def _faults(self) -> str:
        return f"http://127.0.0.1:{self.control}/faults"

    def truth(self, start: str, end: str) -> dict[str, Any]:
        """What was consumed, made and saved from one date or time to another."""
        span = ("--from", start, "--to", end, "--json")
        told = self.process.supervisor.run("truth", "simulate", "truth", str(self.scenario), *span)
        report: dict[str, Any] = json.loads(told)
        return report

    def send_history(self, broker: Broker, start: str, end: str) -> dict[str, Any]:
        """Send the readings of a span and wait until a collector has stored them; the counts."""
        span = ("--from", start, "--to", end, "--broker", broker.url)
        name, file = "history", str(self.scenario)
        told = self.process.supervisor.run(name, "simulate", "history", file, *span)
        sent: dict[str, Any] = json.loads(told)
        return sent


@dataclass
class Broker(_Handle):
    """An MQTT 5 broker; stopped and started again it knows nothing of before."""

    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"mqtt://127.0.0.1:{self.port}"


@dataclass
class Agent(_Handle):
    """The agents of all gateways of the plant, one process each."""

    others: list[Running] = field(default_factory=list)

    @property
    def processes(self) -> list[Running]:
        """Each gateway's."""
        return [self.process, *self.others]

    def start(self) -> None:
        """Start all."""
        for process in self.processes:
            process.start()

    def stop(self) -> None:
        """End all gently."""
        for process in self.processes:
            process.stop()

    def kill(self) -> None:
        """End all as a power cut would."""
        for process in self.processes:
            process.kill()

    @property
    def readings(self) -> int:
        """How many readings they took, once they have been stopped."""
        return sum(process.counts["readings"] for process in self.processes)

    @property
    def waiting(self) -> int:
        """How many packs wait on disk, once they have been stopped."""
        return sum(process.counts["waiting"] for process in self.processes)


@dataclass
class Collector(_Handle):
    """The collector with its pages."""

    plant: SimulatedPlant
    store: Store
    port: int

    @property
    def url(self) -> str:
        """The address of its pages."""
        return f"http://127.0.0.1:{self.port}"

    def now(self) -> dict[str, Any]:
        """What its page Now shows."""
        told: dict[str, Any] = _ask(f"{self.url}/api/v1/plants/{self.plant.id}/now", "GET")
        return told

    def value(
        self, meter: str, point: str, *, since: datetime | None = None, within_s: float = WITHIN_S
    ) -> float:
        """The newest value of a point; waited for where none was taken after `since`."""

        def newest() -> float | None:
            found = self.store.newest(meter, point)
            return found[1] if found and (since is None or found[0] > since) else None

        what = f"a reading of {meter} {point}" + (f" after {since:%H:%M:%S}" if since else "")
        return wait_for(newest, what, within_s=within_s)

    def differences(self, start: str | None = None, end: str | None = None) -> list[str]:
        """How what it says of months, claims, events and readings differs from the truth.

        Without a span: in the months from the first to the last of which it holds a reading.
        """
        arguments = [str(self.plant.scenario), "--url", self.url, "--json"]
        arguments += [*(["--from", start] if start else []), *(["--to", end] if end else [])]
        told = self.process.supervisor.run("check", "simulate", "check", *arguments)
        found: list[str] = json.loads(told)
        return found


def simulated_plant(
    supervisor: Supervisor,
    scenario: str,
    *,
    folder: Path,
    ports: Iterator[int],
    at: str | None = None,
    speed: float = 1.0,
) -> SimulatedPlant:
    """A plant's meters, served on the next ports from a time on [ISO 8601, default now]."""
    sites = place_scenario(scenario, folder, ports=ports)
    control = next(ports)
    arguments = ["simulate", str(folder / "scenario.toml"), "--control", str(control)]
    arguments += ["--speed", str(speed), *(["--at", at] if at else [])]
    served = [control, *(int(a.rpartition(":")[2]) for a in sites.addresses.values() if ":" in a)]
    running = Running(
        supervisor, "simulator", tuple(arguments), lambda _: all(answers(p) for p in served)
    )
    running.start()
    return SimulatedPlant(running, folder, sites, control)


def embedded_broker(supervisor: Supervisor, port: int) -> Broker:
    """A broker on a port."""
    arguments = ("simulate", "broker", "--port", str(port))
    running = Running(supervisor, "broker", arguments, lambda _: answers(port))
    running.start()
    return Broker(running, port)


def agents(supervisor: Supervisor, plant: SimulatedPlant, *, broker: Broker) -> Agent:
    """An agent for each gateway of a plant; each has begun to read."""
    processes = [
        Running(
            supervisor,
            f"agent-{gateway}",
            ("agent", str(plant.file), "--gateway", gateway, "--broker", broker.url, "--json",
             "--data", str(plant.folder / f"outbox-{gateway}")),
            lambda part: "event=started" in part.log.read_text(encoding="utf-8"),
        )
        for gateway in plant.sites.gateways
    ]  # fmt: skip
    agent = Agent(processes[0], processes[1:])
    agent.start()
    return agent


def collecting(
    supervisor: Supervisor,
    plant: SimulatedPlant,
    *,
    broker: Broker,
    store: Store,
    port: int,
    options: Sequence[str] = (),
) -> Collector:
    """A collector of one plant, with its pages on a port; `options` beside those of the rig."""
    arguments = (
        "collector", str(plant.file), "--data", str(store.folder), "--broker", broker.url,
        "--port", str(port), "--json", *options,
    )  # fmt: skip
    running = Running(supervisor, "collector", arguments, lambda _: answers(port))
    running.start()
    return Collector(running, plant, store, port)


def _ask(url: str, method: str, body: Mapping[str, Any] | None = None) -> Any:
    """The JSON that a part answers; PartError with what it says is wrong."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise PartError(f"{method} {url}: {error.read().decode(errors='replace')}") from error
