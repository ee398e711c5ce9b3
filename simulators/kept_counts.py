"""What a plant had counted when each block of days ended, kept from one start to the next.

Counting three years takes half a second of a processor, and comes to the same each time.
"""

import contextlib
import hashlib
import os
from pathlib import Path

import numpy as np

from simulators.draws import Array
from simulators.timeline import Timeline

_MOST_FILES = 32  # of some 40 kB
_LEAST_BLOCKS = 8  # fewer are counted in no time


class KeptCounts:
    """A file of the user's cache for one timeline; whatever is wrong with it, it is written anew.

    Its name is the hash of all that decides the numbers: process, seed, changes, and this program.
    """

    def __init__(self, timeline: Timeline, folder: Path | None = None) -> None:
        """Nothing is read yet."""
        self._timeline = timeline
        self._folder = folder or _cache_folder()
        self.path = self._folder / f"counted-{_key(timeline)}.npy"

    def give(self) -> None:
        """Tell the timeline what is known already."""
        with contextlib.suppress(OSError, ValueError, EOFError):
            self._timeline.know(np.load(self.path, allow_pickle=False))

    def take(self) -> None:
        """Keep what the timeline has counted beyond that."""
        ends = self._timeline.known
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


def _key(timeline: Timeline) -> str:
    process = timeline.process
    said = (
        process.described.model_dump_json(), process.clock.zone, process.draws.seed,
        timeline.origin, sorted(timeline.without), process.improvements, process.developments,
        np.__version__,
    )  # fmt: skip
    found = hashlib.sha256(repr(said).encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        found.update(module.read_bytes())
    return found.hexdigest()[:24]
