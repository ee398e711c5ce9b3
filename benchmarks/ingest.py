"""What the collector takes in: readings a second, CPU for each, delay, backlog, signing and TLS.

python -m benchmarks.ingest [--readings 100000] [--store sqlite,influx]

Real Mosquitto, the real command, real InfluxDB 1.6 where it is installed. Packs are made
beforehand, and sent by a process of its own with at most 32 waiting for each gateway, as agents do.
CPU seconds are the collector's own: they hold on a machine that does something else as well, which
wall seconds do not.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from benchmarks.ingest_packs import Load, broker_text, files_of_gateway, plant_text, secure
from benchmarks.ingest_sender import Result, Sender, cpu_s
from benchmarks.ingest_stages import read_trace, spread, stage_rows
from benchmarks.servers import PATH, free_port, influx, running
from collector.enrolment.certificates import make_signing_key

ROOT = Path(__file__).parent.parent
PROMISED_PER_S = 50_000


def main() -> None:
    """Print a table for each store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=100_000)
    parser.add_argument("--store", default="sqlite,influx")
    parser.add_argument("--only", default="", help="loads whose name has this")
    parser.add_argument("--seconds", type=float, default=20, help="of a load at a steady pace")
    options = parser.parse_args()
    count = options.readings
    loads = [
        Load("as fast as it goes, 1000 a pack", 1, count, 1000),
        Load("the same", 200, count, 1000),
        Load("small packs, 50 a pack", 1, count, 50),
        Load("the same", 200, count, 50),
        Load("signed", 1, count, 1000, signed=True),
        Load("over TLS, by certificate", 1, count, 1000, tls=True),
        Load("a day of 50 meters at 10 s, live beside it", 1, 432_000, 1000, backlog=True),
    ]
    for store in options.store.split(","):
        if store == "influx" and shutil.which("influxd", path=PATH) is None:
            sys.stdout.write("influxd is not installed: left out\n")
            continue
        _print([f"into {store}", "gateways", "read./s", "us CPU", "per core s", "wall s", "p99 s"])
        results: list[Result] = []
        for load in loads:
            if options.only in load.name:
                results.append(_run(load, store))
                _print(results[-1].row())
        _print_costs(results)
        for load in _halves(results, options.seconds):
            if options.only in load.name:
                _print_stages(_run(load, store))


def _halves(results: Sequence[Result], seconds: float) -> list[Load]:
    """Half of the promised load, and half of what this machine came to."""
    reached = [r.per_s for r in results if r.load.gateways > 1 and r.load.a_pack > 50]
    half = PROMISED_PER_S / 2
    paces = [("half of 50,000 a second", 1, half), ("half of 50,000 a second", 200, half)]
    if reached:
        paces.append(("half of what was reached", 200, max(reached) / 2))
    return [
        Load(f"{name}, 250 a pack", gateways, int(pace * seconds), 250, per_s=pace)
        for name, gateways, pace in paces
    ]


def _print_stages(result: Result) -> None:
    """Where packs spend their time."""
    _print(result.row())
    sys.stdout.write(f"  {'s':42}{'half':>12}{'99 of 100':>12}{'slowest 1 %':>12}\n")
    for name, *times in stage_rows(result.heard, result.trace.packs):
        sys.stdout.write(f"  {name:42}" + "".join(f"{took:12.3f}" for took in times) + "\n")
    for name, *times in (
        ("sent late, which is not counted", *spread(result.late)),
        ("broker's answer to the sender", *spread(result.answered)),
        ("threads kept waiting by one", *spread(result.trace.stalls)),
        (f"{len(result.trace.searches)} searches for garbage", *spread(result.trace.searches)),
    ):
        sys.stdout.write(f"  {name:42}" + "".join(f"{took:12.3f}" for took in times) + "\n")
    told = ", ".join(f"{name:.12} {used_s:.1f}" for name, used_s in result.trace.threads.items())
    sys.stdout.write(f"  CPU by thread [s]: {told}\n")


def _print_costs(results: Sequence[Result]) -> None:
    """What signing and TLS add, against the same load without them."""
    plain = next((r for r in results if not (r.load.signed or r.load.tls or r.load.backlog)), None)
    for result in results:
        if plain and (result.load.signed or result.load.tls):
            more = result.cpu_s / result.readings - plain.cpu_s / plain.readings
            what = "a signature" if result.load.signed else "TLS"
            sys.stdout.write(
                f"{what} adds {1e6 * more:+.2f} us a reading, {1e6 * more * 1000:+.0f} a pack\n"
            )


def _print(row: Sequence[str]) -> None:
    sys.stdout.write(f"{row[0]:44}" + "".join(f"{cell:>12}" for cell in row[1:]) + "\n")
    sys.stdout.flush()


def _run(load: Load, store: str) -> Result:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        key = None
        public = ""
        if load.signed:
            made = make_signing_key()
            loaded = load_pem_private_key(made.private, password=None)
            assert isinstance(loaded, Ed25519PrivateKey)  # noqa: S101
            key, public = loaded, made.public
        plant = folder / "plant.toml"
        plant.write_text(plant_text(load, public), encoding="utf-8")
        port = free_port()
        environment: dict[str, str] = {}
        if load.tls:
            environment = secure(folder, load, port)
        else:
            (folder / "m.conf").write_text(broker_text(port), encoding="utf-8")
        stack.enter_context(running(["mosquitto", "-c", str(folder / "m.conf")], folder, port))
        options = ["--broker", f"{'mqtts' if load.tls else 'mqtt'}://localhost:{port}"]
        if store == "influx":
            options += ["--store", stack.enter_context(influx(folder))]
        page = free_port()
        trace = folder / "trace.json"
        program = ["benchmarks.ingest_stages", str(trace)] if load.per_s else ["cleanline"]
        command = [sys.executable, "-m", *program, "collector", str(plant), "--port", str(page)]
        collector = stack.enter_context(
            running([*command, *options], folder, page, environment | {"PYTHONPATH": str(ROOT)})
        )
        sender = Sender(load, port, key, environment=files_of_gateway(environment, folder))
        try:
            sender.warm_up(collector.pid)
            before_s = cpu_s(collector.pid)
            result = sender.run()
            result.cpu_s = cpu_s(collector.pid) - before_s
        finally:
            sender.close()
        collector.terminate()
        collector.wait(20)
        if trace.exists():
            result.trace = read_trace(trace)
        return result


if __name__ == "__main__":
    main()
