"""Which days a row of a table covers, by the form of its first columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from collector.entries.written import day_of, month_of
from plant.calendar import next_month
from plant.errors import Problem

ONE_DAY = timedelta(days=1)
_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 1, 1)
Days = tuple[date | None, date]  # the first, None where nobody knows it, and the one after the last


class RowDays:
    """Reads the days of rows; faults are added to a list, each with its line."""

    def __init__(self, name: str, begins_with_day: bool | None, problems: list[Problem]) -> None:
        """name: of the file. begins_with_day: whether 1/2/2025 is in February, None: unknown."""
        self._name = name
        self._begins_with_day = begins_with_day
        self._problems = problems

    def days(
        self, line: int, form: str, cells: Sequence[str], *, previous: date | None
    ) -> Days | None:
        """The days that a row covers; None after a fault.

        previous: the last day of the bill before, where the form is `reading-date`.
        """
        if form == "month":
            first = self._date(line, form, cells[0], wanted="2025-01")
            return None if first is None else (first, next_month(first))
        first = self._date(line, form, cells[0])
        if first is None:
            return None
        if form == "date":
            return first, first + ONE_DAY
        if form == "reading-date":
            return self._billed(line, first, previous=previous)
        return self._until(line, first, cells[1])

    def _until(self, line: int, first: date, text: str) -> Days | None:
        """The days from the first one to before the one in the second cell."""
        end = self._date(line, "to", text)
        if end is not None and end <= first:
            wanted = f"a day after {first} (it is not included)"
            self._refuse(line, "to", str(end), wanted)
            return None
        return None if end is None else (first, end)

    def _billed(self, line: int, read: date, *, previous: date | None) -> Days | None:
        """The days since the reading before; None for the first day when there was none."""
        if previous is not None and read <= previous:
            wanted = f"a day after the reading before it, {previous}"
            self._refuse(line, "reading-date", str(read), wanted)
            return None
        return (None if previous is None else previous + ONE_DAY), read + ONE_DAY

    def _date(
        self, line: int, column: str, text: str, *, wanted: str = "2025-01-31"
    ) -> date | None:
        read = month_of if column == "month" else day_of
        day = read(text, begins_with_day=self._begins_with_day)
        if day is not None and _EARLIEST <= day < _LATEST:
            return day
        wanted = f"a date such as {wanted}"
        if day is None and any(read(text, begins_with_day=order) for order in (True, False)):
            wanted += ", or --dates day-first or month-first"
        self._refuse(line, column, repr(text), wanted)
        return None

    def _refuse(self, line: int, column: str, found: str, wanted: str) -> None:
        self._problems.append(Problem(self._name, line, column, found, wanted, None))
