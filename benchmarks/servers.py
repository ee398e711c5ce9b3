"""Real servers for a benchmark, each in a folder and on a port of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATH = os.environ.get("PATH", "") + ":/usr/sbin"  # where Debian puts Mosquitto


@contextmanager
def influx(folder: Path) -> Iterator[str]:
    """A running InfluxDB; gives its address as `--store` takes it."""
    port, rpc_port = free_ports(2)
    settings = folder / "influxdb.conf"
    settings.write_text(influx_settings(folder, port, rpc_port), encoding="utf-8")
    with running(["influxd", "-config", str(settings)], folder, port):
        yield f"influxdb://127.0.0.1:{port}/bench"


def influx_settings(folder: Path, port: int, rpc_port: int) -> str:
    """The configuration of an InfluxDB 1.x that keeps all it has in a folder, on loopback."""
    return f"""\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
[monitor]
store-enabled = false
"""


@contextmanager
def running(
    command: list[str], folder: Path, port: int, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that listens on a port, ended with the block; SystemExit where it cannot be."""
    found = shutil.which(command[0], path=PATH)
    if found is None:
        raise SystemExit(f"{command[0]} is not installed; `make servers` installs it")
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [found, *command[1:]],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdout=log,
            stderr=log,
        )
    try:
        until_s = time.monotonic() + 60
        while not listens(port):
            if process.poll() is not None or time.monotonic() > until_s:
                raise SystemExit((folder / f"{port}.log").read_text(encoding="utf-8")[-2000:])
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """So many of them."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def listens(port: int) -> bool:
    """Whether somebody does."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
