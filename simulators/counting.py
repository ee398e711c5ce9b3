"""A plant's past, counted by a process beside this one while this one still loads its program."""

import contextlib
import mmap
import os
import signal
import sys
from types import TracebackType
from typing import Self

import numpy as np

from simulators.documents import Documents
from simulators.draws import Array
from simulators.kept_counts import KeptCounts
from simulators.process import Process
from simulators.process_file import Course, ProcessFile
from simulators.timeline import Timeline

_LEAST_BLOCKS = 8  # fewer are counted before another process has begun


class Counting:
    """The blocks of a timeline before an instant: another process counts them from the last down.

    This one takes what is there when it needs it, and counts the rest from the first up. Each
    block is counted by itself, so that who counted it makes no difference.
    """

    def __init__(self, timeline: Timeline, at_s: float) -> None:
        """Begin, with what is kept of earlier starts known already; `at_s` [s, UTC]."""
        self.timeline = timeline
        self._kept = KeptCounts(timeline)
        self._kept.give()
        self._at_s = at_s
        self._rows: dict[int, Array] = {}  # of each block
        self._child: int | None = None
        blocks = timeline.uncounted(at_s)
        if len(blocks) >= _LEAST_BLOCKS and _has_another_processor():
            rows = _shared_rows(len(blocks), len(timeline.process.names))
            self._rows = dict(zip(blocks, rows, strict=True))
            self._child = os.fork()
            if self._child == 0:
                self._count_down()

    def _count_down(self) -> None:
        """What the other process does."""
        with contextlib.suppress(BaseException):
            for number in reversed(self._rows):
                self._rows[number][:] = self.timeline.flowed(number)
        os._exit(0)

    def finish(self, at_s: float) -> Timeline:
        """The timeline with all counted that is needed at an instant [s, UTC]."""
        for number in self.timeline.uncounted(self._at_s):
            row = self._rows.get(number)
            if row is None or np.isnan(row).any():
                self.timeline.add([self.timeline.flowed(number)])
            else:
                self.timeline.add([row.copy()])
        self.stop()
        self.timeline.cumulative(self.timeline.process.names[:1], np.array([at_s]))
        self._kept.take()
        return self.timeline

    def stop(self) -> None:
        """End the other process."""
        if self._child is not None:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def early_timeline(documents: Documents) -> Timeline | None:
    """A scenario's timeline before its plant is read; None where something is wrong with a file.

    Whoever reads the rest then says what.
    """
    content = documents.scenario.content
    try:
        described = ProcessFile.model_validate(documents.process.content)
        said = {key: content[key] for key in Course.model_fields if key in content}
        course = Course.model_validate(said)
        zone = documents.plant.content["plant"]["timezone"]
        return Timeline(Process.of(described, zone, course), course.origin)
    except (KeyError, TypeError, ValueError):
        return None


def _has_another_processor() -> bool:
    """Linux only: elsewhere a process that was forked may not go on."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def _shared_rows(blocks: int, names: int) -> Array:
    """Rows that two processes see, shape (blocks, names): NaN until they are told."""
    memory = mmap.mmap(-1, blocks * names * 8)
    rows: Array = np.frombuffer(memory, dtype=np.float64).reshape(blocks, names)
    rows[:] = np.nan
    return rows
