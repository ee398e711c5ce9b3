"""The parts of the chain as processes of ours: started, killed, frozen, starved of disk."""

from __future__ import annotations

import functools
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATH = os.environ.get("PATH", "") + ":/usr/sbin"  # where Debian puts Mosquitto
STARTS_WITHIN_S = 60.0


class ChaosError(Exception):
    """The run itself went wrong, rather than what it tries."""


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def program(name: str) -> str:
    """Where a program is; ChaosError when it is not installed."""
    found = shutil.which(name, path=PATH)
    if found is None:
        raise ChaosError(f"{name} is not installed; `make servers` installs it")
    return found


@functools.cache
def _leash() -> tuple[str, ...]:
    """What ends a process with us, however we end, where the system has it."""
    found = shutil.which("setpriv")
    return (found, "--pdeathsig", "KILL") if found else ()


@dataclass
class Part:
    """One process, with what starts it again."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None  # where it listens once it works
    process: subprocess.Popen[str] | None = None
    wanted: bool = False  # up, unless a fault took it down
    starts: int = 0
    exits: int = 0  # by itself
    started_ms: int = 0
    log_began: int = 0
    stop_s: float = 0.0  # the longest from SIGTERM to the end

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / f"{self.name}.log"

    @property
    def is_up(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def has_said(self, text: str) -> bool:
        """Whether its log tells of it since it was started last."""
        with self.log.open("rb") as log:
            log.seek(self.log_began)
            return text.encode() in log.read()

    def start(self) -> None:
        """Start it, if it does not run."""
        self.wanted = True
        if self.is_up:
            return
        self.started_ms = time.time_ns() // 1_000_000
        self.log_began = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*_leash(), *self.command],
                cwd=self.folder,
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT),
                    "PYTHONFAULTHANDLER": "1",
                    **self.environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.starts += 1
        if self.port is not None:
            self._wait_for_port(self.port)

    def _wait_for_port(self, port: int) -> None:
        until = time.monotonic() + STARTS_WITHIN_S
        while self.is_up and not listens(port):
            if time.monotonic() > until:
                raise ChaosError(f"{self.name} does not listen on {port}; see {self.log}")
            time.sleep(0.02)

    def kill(self) -> bool:
        """kill -9; whether it was alive."""
        self.wanted = False
        if self.process is None or not self.is_up:
            return False
        self.process.kill()
        self.process.communicate()
        return True

    def stop(self, within_s: float) -> str:
        """SIGTERM; what it printed, nothing when it had to be ended by force."""
        self.wanted = False
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            printed, _ = self.process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired:
            self._tell_where_it_hangs()
            printed = ""
        self.stop_s = max(self.stop_s, time.monotonic() - began)
        return printed

    def _tell_where_it_hangs(self) -> None:
        """End it by force, its stacks in its log."""
        assert self.process is not None
        _, most = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most, most))
        self.process.send_signal(signal.SIGABRT)
        try:
            self.process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    def freeze(self) -> Callable[[], None]:
        """SIGSTOP; returns how to go on."""
        held = self.process
        if held is None or held.poll() is not None:
            return lambda: None
        held.send_signal(signal.SIGSTOP)
        return lambda: held.send_signal(signal.SIGCONT) if held.poll() is None else None

    def refuse_writes(self) -> Callable[[], None]:
        """Let no file of it be written at all; returns how to allow it again."""
        held = self.process
        if held is None or held.poll() is not None:
            return lambda: None
        _, most = resource.prlimit(held.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(held.pid, resource.RLIMIT_FSIZE, (0, most))

        def make_room() -> None:
            if held.poll() is None:
                resource.prlimit(held.pid, resource.RLIMIT_FSIZE, (most, most))

        return make_room

    def look(self) -> None:
        """Start it again when it ended by itself, as a service manager would."""
        if self.wanted and not self.is_up:
            self.exits += 1
            self.start()


def cleanline(*arguments: str) -> list[str]:
    """The command line of a part of ours."""
    return [sys.executable, "-m", "cleanline", *arguments]


def spoilable(control: Path, *arguments: str) -> list[str]:
    """The same for a part whose clock and disk can be spoilt."""
    return [sys.executable, "-m", "tests.chaos.seam", str(control), *arguments]
