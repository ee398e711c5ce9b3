"""How far long work has come, on a terminal as a bar, elsewhere as a line for each tenth."""

import time
from typing import TextIO

_WIDTH = 30


class Progress:
    """A bar on `stream`."""

    def __init__(self, label: str, stream: TextIO, *, quiet_s: float = 0.0) -> None:
        """Nothing is shown until `show`, and in the first `quiet_s`: what is done soon is done."""
        self._label = label
        self._stream = stream
        self._tenth = -1
        self._is_open = False  # a bar stands there, its line not ended
        self._from_s = time.monotonic() + quiet_s

    def show(self, done: int, total: int) -> None:
        """So many of so many are done."""
        if time.monotonic() < self._from_s:
            return
        share = done / total if total else 1.0
        if self._stream.isatty():
            self._is_open = True
            bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, ".")
            self._stream.write(f"\r{self._label} [{bar}] {done}/{total}")
        elif int(share * 10) > self._tenth:
            self._tenth = int(share * 10)
            self._stream.write(f"{self._label}: {done}/{total}\n")
        self._stream.flush()

    def warn(self, text: str) -> None:
        """A line of its own."""
        self.end()
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the bar's line."""
        if self._is_open:
            self._is_open = False
            self._stream.write("\n")
            self._stream.flush()
