"""A set of numbers of packs, kept as the fewest ranges: they come and go nearly in order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

Range = tuple[int, int]  # both ends included


class Spans:
    """Whole numbers."""

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self._ranges: list[Range] = []  # ascending, apart from each other
        for first, last in ranges:
            self.add(first, last)

    def __bool__(self) -> bool:
        return bool(self._ranges)

    @property
    def ranges(self) -> list[Range]:
        """The numbers, in order."""
        return list(self._ranges)

    @property
    def newest(self) -> int:
        """The highest number."""
        return self._ranges[-1][1]

    def add(self, first: int, last: int) -> None:
        """Put in numbers from first to last."""
        low = bisect_left(self._ranges, first - 1, key=lambda span: span[1])
        high = bisect_left(self._ranges, last + 2, key=lambda span: span[0])
        if near := self._ranges[low:high]:
            first, last = min(first, near[0][0]), max(last, near[-1][1])
        self._ranges[low:high] = [(first, last)]

    def remove(self, number: int) -> None:
        """Take out one number, if it is there."""
        at = bisect_left(self._ranges, number, key=lambda span: span[1])
        if at < len(self._ranges) and self._ranges[at][0] <= number:
            first, last = self._ranges[at]
            parts = [(first, number - 1), (number + 1, last)]
            self._ranges[at : at + 1] = [(a, b) for a, b in parts if a <= b]

    def pop(self) -> int:
        """Take out the highest number."""
        number = self.newest
        self.remove(number)
        return number
