"""Start the parts as commands, watch them, and end all of them whatever happens."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from plant.errors import CleanlineError

STOPPING = (signal.SIGTERM, signal.SIGINT)
STOP_S = 8.0  # a part may drain this long before it is killed
_TRIES = 8  # for a port that nobody has claimed
_claims: list[socket.socket] = []  # held until this process ends
_PR_SET_PDEATHSIG = 1
# Loaded before any fork: a child must not load libraries.
_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class PartError(CleanlineError):
    """A part did not start, or ended by itself."""


@dataclass(slots=True)
class Part:
    """One running command."""

    name: str
    process: subprocess.Popen[str]
    log: Path

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        text = self.log.read_text(encoding="utf-8", errors="replace").strip()
        return "\n".join(text.splitlines()[-lines:]) or "(it said nothing)"


def _die_with_parent() -> None:
    """Even a killed supervisor leaves no process behind (Linux)."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _environment(folder: Path) -> dict[str, str]:
    """Parts are of this installation, whatever folder they run in, and write nowhere else."""
    here = str(Path(__file__).parents[1])
    others = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([here, others] if others else [here])
    return {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(folder / "cache")}


@dataclass(slots=True)
class Supervisor:
    """Parts in the order in which they were started; they end in the reverse order."""

    folder: Path
    parts: list[Part] = field(default_factory=list)

    def start(self, name: str, *arguments: str, screen: bool = False) -> Part:
        """Start ``cleanline`` with arguments; its log is a file, or the screen for progress."""
        folder = self.folder.resolve()
        log = folder / f"{name}.log"
        # An interruption between the start and the note of it would leave the part running.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            with log.open("a", encoding="utf-8") as stream:
                process = subprocess.Popen(  # noqa: S603 - our own command
                    [sys.executable, "-m", "cleanline", *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=None if screen else stream,
                    text=True,
                    env=_environment(folder),
                    cwd=folder,  # where a serial line that the plant file names is made
                    start_new_session=True,  # Ctrl-C reaches us alone; we end them in order
                    preexec_fn=_die_with_parent,  # noqa: PLW1509 - two system calls, no lock
                )
            part = Part(name, process, log)
            self.parts.append(part)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        return part

    def run(self, name: str, *arguments: str, screen: bool = False) -> str:
        """Run a command to its end; its output, or PartError with its last words."""
        part = self.start(name, *arguments, screen=screen)
        output = part.process.communicate()[0]
        code = part.process.returncode
        self.parts.remove(part)
        if code not in (0, 1):
            raise PartError(f"`cleanline {' '.join(arguments)}` failed:\n{part.last_words()}")
        return output

    def wait_for(self, part: Part, is_ready: Callable[[], bool], within_s: float = 30) -> None:
        """Wait until a part is ready; PartError when it ends before, or takes too long."""
        end = time.monotonic() + within_s
        while True:
            if part.process.poll() is not None:  # first: somebody else may answer in its place
                raise PartError(f"the {part.name} ended by itself:\n{part.last_words()}")
            if is_ready():
                return
            if time.monotonic() > end:
                raise PartError(
                    f"the {part.name} was not ready within {within_s:g} s:\n{part.last_words()}"
                )
            time.sleep(0.05)

    def check(self) -> None:
        """PartError when a part has ended by itself."""
        for part in self.parts:
            if part.process.poll() is not None:
                raise PartError(f"the {part.name} ended by itself:\n{part.last_words()}")

    def stop(self, part: Part) -> str:
        """End one part gently, then by force; what it printed."""
        if part in self.parts:
            self.parts.remove(part)
        if part.process.poll() is None:
            part.process.terminate()
        try:
            return part.process.communicate(timeout=STOP_S)[0] or ""
        except subprocess.TimeoutExpired:
            os.killpg(part.process.pid, signal.SIGKILL)
            return part.process.communicate()[0] or ""

    def kill(self, part: Part) -> None:
        """End one part as a power cut would."""
        if part in self.parts:
            self.parts.remove(part)
        part.process.kill()
        part.process.communicate()

    def stop_all(self) -> None:
        """End every part, all at the same time."""
        for part in reversed(self.parts):
            if part.process.poll() is None:
                part.process.terminate()
        for part in reversed(list(self.parts)):
            self.stop(part)


def free_port(wanted: int, host: str = "127.0.0.1") -> int:
    """The wanted port if nobody has it, else one that the system gives; ours from now on."""
    for port in (wanted, *[0] * _TRIES):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            if _claim(found):
                return found
    raise PartError(f"no free port on {host}; end another program and try again")


def _claim(port: int) -> bool:
    """Keep a port for this process, whose parts listen there only later (Linux).

    Two demonstrations that begin together would else both find it free, and mix. The name lies in
    no folder, and goes with the process.
    """
    if sys.platform != "linux":
        return True
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0cleanline-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=0.2):
            return True
    except OSError:
        return False
