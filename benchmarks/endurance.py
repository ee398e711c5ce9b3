"""Memory of agent, collector and meters over a long run at many times the usual pace.

python -m benchmarks.endurance [--minutes 20] [--speed 20]

Every meter of the demonstration's plant is read so many times as often, and its process passes so
many times as fast. What grows with time shows as MiB an hour over the second half of the run.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from simulators.demo_plant import write_demo
from simulators.embedded_broker import start_broker
from simulators.supervisor import Part, Supervisor, free_port

USUAL_S = 10.0
LOOK_S = 5.0
POINT_LINE = re.compile(r"^(unit_id = .*)$", re.MULTILINE)
Sample = tuple[float, dict[str, float]]  # seconds, MiB by part


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--speed", type=float, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        supervisor = Supervisor(folder)
        try:
            parts = _start(supervisor, folder, speed=options.speed)
            samples = _watch(parts, options.minutes * 60)
            printed = {name: supervisor.stop(part) for name, part in parts.items()}
        finally:
            supervisor.stop_all()
    _print(samples)
    sys.stdout.write(f"{printed['collector']}\n")


def _start(supervisor: Supervisor, folder: Path, *, speed: float) -> dict[str, Part]:
    ports = [free_port(0) for _ in range(3)]
    addresses = [f"127.0.0.1:{port}" for port in ports[1:]]
    url = f"mqtt://127.0.0.1:{ports[0]}"
    write_demo(folder, datetime.now(UTC).date(), broker=url, addresses=addresses)
    plant = folder / "plant.toml"
    text = re.sub(r"^every = .*\n", "", plant.read_text(encoding="utf-8"), flags=re.MULTILINE)
    every = f'every = "{USUAL_S / speed:g}s"'
    plant.write_text(POINT_LINE.sub(rf"\1\n{every}", text), encoding="utf-8")
    start_broker(folder, ports[0])
    data = ("--data", str(folder / "data"))
    collector = ("collector", str(plant), *data, "--port", "0", "--json")
    agent = ("agent", str(plant), "--gateway", "yard", *data, "--json")
    scenario = str(folder / "scenario.toml")
    return {
        "simulate": supervisor.start("simulate", "simulate", scenario, "--speed", f"{speed:g}"),
        "collector": supervisor.start("collector", *collector),
        "agent": supervisor.start("agent", *agent),
    }


def _watch(parts: Mapping[str, Part], seconds: float) -> list[Sample]:
    began = time.monotonic()
    samples: list[Sample] = []
    while (now := time.monotonic() - began) < seconds:
        samples.append((now, {name: _resident_mib(part) for name, part in parts.items()}))
        time.sleep(LOOK_S)
    return samples


def _resident_mib(part: Part) -> float:
    status = Path(f"/proc/{part.process.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line) / 1024


def _print(samples: Sequence[Sample]) -> None:
    second_half = samples[len(samples) // 2 :]
    hours = [at / 3600 for at, _ in second_half]
    sys.stdout.write(f"{'MiB':12}{'1/4':>8}{'1/2':>8}{'3/4':>8}{'end':>8}{'an hour':>10}\n")
    for name in samples[0][1]:
        marks = [
            samples[min(len(samples) * n // 4, len(samples) - 1)][1][name] for n in (1, 2, 3, 4)
        ]
        slope, _ = statistics.linear_regression(hours, [found[name] for _, found in second_half])
        row = "".join(f"{mib:8.1f}" for mib in marks)
        sys.stdout.write(f"{name:12}{row}{slope:+10.1f}\n")


if __name__ == "__main__":
    main()
