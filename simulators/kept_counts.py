"""What a plant had counted when each block of days ended, kept from one start to the next.

Counting two years takes half a second of a processor, and comes to the same each time.
"""

import contextlib
import hashlib
import os
import sys
from pathlib import Path

import numpy as np

from simulators.draws import Array
from simulators.scenario import Scenario
from simulators.timeline import Timeline

_MOST_FILES = 32  # of some 20 kB
_LEAST_BLOCKS = 8  # fewer are counted in no time


def count_until(timeline: Timeline, at_s: float) -> None:
    """Count the blocks before an instant [s, UTC]; the later half in a process beside this one.

    Each block is counted by itself, so that who counted it makes no difference.
    """
    blocks = timeline.uncounted(at_s)
    if len(blocks) < _LEAST_BLOCKS or not _has_another_processor():
        timeline.add(map(timeline.flowed, blocks))
        return
    half = len(blocks) // 2
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException), os.fdopen(sending, "wb") as file:
            file.write(np.array([timeline.flowed(n) for n in blocks[half:]]).tobytes())
        os._exit(0)
    os.close(sending)
    timeline.add([timeline.flowed(n) for n in blocks[:half]])
    with os.fdopen(receiving, "rb") as file:
        told = np.frombuffer(file.read())
    os.waitpid(child, 0)
    if told.size == (len(blocks) - half) * len(timeline.process.names):  # else it was ended
        timeline.add(told.reshape(len(blocks) - half, -1))


def _has_another_processor() -> bool:
    """Linux only: elsewhere a process that was forked may not go on."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


class KeptCounts:
    """A file of the user's cache for one process; whatever is wrong with it, it is written anew.

    Its name is the hash of all that decides the numbers: process, seed, changes, and this program.
    """

    def __init__(self, scenario: Scenario, folder: Path | None = None) -> None:
        """Nothing is read yet."""
        self._folder = folder or _cache_folder()
        self.path = self._folder / f"counted-{_key(scenario)}.npy"

    def give(self, timeline: Timeline) -> None:
        """Tell a timeline what is known already."""
        with contextlib.suppress(OSError, ValueError, EOFError):
            timeline.know(np.load(self.path, allow_pickle=False))

    def take(self, timeline: Timeline) -> None:
        """Keep what a timeline has counted beyond that."""
        ends = timeline.known
        with contextlib.suppress(OSError, ValueError, EOFError):
            if len(ends) < _LEAST_BLOCKS or self._blocks() >= len(ends):
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(self.path, ends)
            files = sorted(
                self._folder.glob("counted-*.npy"), key=lambda file: file.stat().st_mtime
            )
            for older in files[:-_MOST_FILES]:
                older.unlink(missing_ok=True)

    def _blocks(self) -> int:
        try:
            return len(np.load(self.path, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError, EOFError):
            return 0


def _write(path: Path, ends: Array) -> None:
    """Write a file that others see whole or not at all."""
    written = path.with_suffix(f".{os.getpid()}")
    with written.open("wb") as file:
        np.save(file, ends)
    written.replace(path)


def _cache_folder() -> Path:
    """Where a user's programs keep what they can make again (XDG Base Directory)."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path("~/.cache").expanduser()) / "cleanline"


def _key(scenario: Scenario) -> str:
    file, process = scenario.file, scenario.process
    said = (
        process.described.model_dump_json(), scenario.plant.plant.timezone, file.seed, file.origin,
        process.improvements, process.developments, np.__version__,
    )  # fmt: skip
    found = hashlib.sha256(repr(said).encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        found.update(module.read_bytes())
    return found.hexdigest()[:24]
