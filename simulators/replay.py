"""A plant's own log as what its meters show: a CSV file of times and values."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from plant.description import Meter, Plant
from plant.errors import CleanlineError, UsageError
from plant.models import MeterModel, Point
from plant.units import ratio
from simulators.draws import Array
from simulators.faults.base import Placed, WordFault
from simulators.faults.board import Board
from simulators.faults.when import When
from simulators.faults.words import NotANumber, Sentinel

_COLUMN = re.compile(r"\s*([\w-]+)[./]([\w-]+)\s*(?:\[(.+)\])?\s*")


@dataclass(frozen=True)
class Track:
    """The values of one point in order of time, what was not written left out."""

    at_s: Array  # [s, UTC]
    values: Array

    def shown(self, at_s: Array, *, counts: bool) -> Array:
        """A counter drawn straight between its values, a gauge held; the ends held."""
        if counts:
            return np.interp(at_s, self.at_s, self.values)
        held = np.searchsorted(self.at_s, at_s, side="right") - 1
        return np.asarray(self.values[np.maximum(held, 0)])


@dataclass(frozen=True)
class ReplayedMeter:
    """A meter of a plant file that shows what a log says."""

    name: str
    meter: Meter
    board: Board
    tracks: dict[str, Track] = field(default_factory=dict)

    @property
    def model(self) -> MeterModel:
        """The make that it pretends to be."""
        return self.meter.meter_model

    @property
    def is_straight(self) -> bool:
        """A log bends where it likes."""
        return False

    def value(self, point_name: str, at_s: Array) -> Array:
        """What a point shows at these instants [s, UTC]; 0 where the log knows nothing of it."""
        track = self.tracks.get(point_name)
        if track is None:
            return np.zeros(len(at_s))
        return track.shown(at_s, counts=self.model.points[point_name].kind == "counter")


@dataclass(frozen=True)
class Log:
    """A log on the meters of a plant."""

    meters: dict[str, ReplayedMeter]
    board: Board
    begin_s: float  # of its first row [s, UTC]
    end_s: float


def read_log(path: Path, plant: Plant) -> Log:
    """The log of a CSV file: `time`, then `meter.point [unit]` in columns; UsageError with the row.

    A point of which the log says nothing shows NaN, and in whole numbers the largest.
    """
    rows = _rows(path)
    if len(rows) < 2 or rows[0][0].strip() != "time":
        raise UsageError(f"{path}: the first line is 'time,METER.POINT [UNIT],...', rows follow")
    columns = [_column(path, title, plant) for title in rows[0][1:]]
    table = [_numbers(path, i, row, plant.zone) for i, row in enumerate(rows[1:], start=2)]
    if any(len(row) != len(columns) + 1 for row in table):
        raise UsageError(f"{path}: every row has {len(columns) + 1} cells, empty where unknown")
    values = np.array(sorted(table))
    tracks: dict[str, dict[str, Track]] = {name: {} for name in plant.meters}
    for (meter, point, share), column in zip(columns, values.T[1:], strict=True):
        known = ~np.isnan(column)
        if known.any():
            tracks[meter][point] = Track(values[known, 0], share * column[known])
    board = _unknown(plant, tracks)
    meters = {
        name: ReplayedMeter(name, meter, board, tracks[name])
        for name, meter in plant.meters.items()
    }
    return Log(meters, board, float(values[0, 0]), float(values[-1, 0]))


def _rows(path: Path) -> list[list[str]]:
    """The cells; in a file parted by semicolons the decimal mark may be a comma."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}; give a CSV file in UTF-8") from error
    if ";" not in text.partition("\n")[0]:
        return list(csv.reader(text.splitlines()))
    rows = csv.reader(text.splitlines(), delimiter=";")
    return [row[:1] + [cell.replace(",", ".") for cell in row[1:]] for row in rows]


def _column(path: Path, title: str, plant: Plant) -> tuple[str, str, float]:
    """Meter, point, and what the point's own number is of the log's."""
    found = _COLUMN.fullmatch(title)
    if not found or found[1] not in plant.meters:
        known = _known(title.partition(".")[0], plant.meters)
        raise UsageError(f"{path}: column {title!r} is no METER.POINT of {plant.id}: {known}")
    points = plant.meters[found[1]].meter_model.points
    if found[2] not in points:
        known = _known(found[2], points)
        raise UsageError(f"{path}: column {title!r}: {found[1]} has {known}")
    try:
        share = float(ratio(found[3], points[found[2]].unit)) if found[3] else 1.0
    except CleanlineError as error:
        raise UsageError(f"{path}: column {title!r}: {error}") from error
    return found[1], found[2], share


def _known(found: str, names: Iterable[str]) -> str:
    """What there is, and which was meant."""
    near = difflib.get_close_matches(found, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return ", ".join(names) + hint


def _numbers(path: Path, line: int, row: Sequence[str], zone: ZoneInfo) -> list[float]:
    """Time [s, UTC] and values of a row; nan where a cell is empty."""
    try:
        return [_instant_s(row[0], zone), *(float(c) if c.strip() else np.nan for c in row[1:])]
    except ValueError as error:
        raise UsageError(f"{path}:{line}: {error}; write 2025-01-31T06:00 and numbers") from error


def _instant_s(text: str, zone: ZoneInfo) -> float:
    at = datetime.fromisoformat(text.strip())
    return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()


def _lack(point: Point, meter: str, name: str) -> WordFault:
    """NaN; in whole numbers all ones, and the largest where all ones would be read as -1."""
    if any(part.type.startswith("int") for part in point.numbers):
        return Sentinel(kind="sentinel", meter=meter, point=name)
    return NotANumber(kind="nan", meter=meter, point=name)


def _unknown(plant: Plant, tracks: dict[str, dict[str, Any]]) -> Board:
    """A board on which each point that no column names has no value."""
    always = When(begin_s=0.0)

    def lacking() -> Iterator[Placed]:
        for name, meter in plant.meters.items():
            for point in meter.meter_model.points:
                if point not in tracks[name]:
                    yield Placed(_lack(meter.meter_model.points[point], name, point), always)

    buses = {name: meter.bus for name, meter in plant.meters.items()}
    return Board(lacking(), buses=buses)
