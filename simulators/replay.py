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
from plant.models import Head, MeterModel, Point
from plant.points import Trust
from plant.units import is_known, ratio
from simulators.draws import Array
from simulators.faults.base import Placed, WordFault
from simulators.faults.board import Board
from simulators.faults.when import When
from simulators.faults.words import NotANumber, Sentinel

_BARE = "log"
_Column = tuple[str, str, float]  # meter, point, and what the point's own number is of the log's
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
    return _log(path, rows, plant, columns=[_column(path, title, plant) for title in rows[0][1:]])


def read_bare_log(path: Path) -> tuple[Plant, Log]:
    """A log alone: a plant of one meter, whose registers are the columns, and what it shows.

    Each is a float32 from address 0 on, function 3; times without a zone are UTC.
    """
    rows = _rows(path)
    names = [title.strip() for title in rows[0][1:]]
    if len(set(names)) < len(names) or not all(names):
        raise UsageError(f"{path}: give every column a name of its own in the first line")
    plant = _bare_plant(names)
    return plant, _log(path, rows, plant, columns=[(_BARE, name, 1.0) for name in names])


def _bare_plant(names: Sequence[str]) -> Plant:
    points = {
        name: Point(function=3, address=2 * i, type="float32", unit=_unit(name))
        for i, name in enumerate(names)
    }
    head = Head(
        name="Columns of a log", maker="generic", measures="quality", default=tuple(names),
        numbering="the address is the one in the frame, function 3",
        sources=("convention of this project",), trust=Trust.SECOND,
    )  # fmt: skip
    plant = Plant.model_validate({
        "plant": {"id": _BARE, "name": "A log", "timezone": "UTC"},
        "gateways": {_BARE: {"buses": {_BARE: {"tcp": "127.0.0.1:1502"}}}},
        "meters": {_BARE: {"bus": f"{_BARE}/{_BARE}", "model": _BARE}},
    })  # fmt: skip
    plant.take_models({_BARE: MeterModel(id=_BARE, meter=head, points=points)})
    return plant


def _unit(name: str) -> str:
    """The unit in a column's brackets, where it is one."""
    found = re.search(r"\[(.+)\]", name)
    return found[1] if found and is_known(found[1]) else "1"


def _log(
    path: Path, rows: Sequence[Sequence[str]], plant: Plant, *, columns: Sequence[_Column]
) -> Log:
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
        rows = list(csv.reader(text.splitlines()))
    else:
        parted = csv.reader(text.splitlines(), delimiter=";")
        rows = [row[:1] + [cell.replace(",", ".") for cell in row[1:]] for row in parted]
    if len(rows) < 2 or len(rows[0]) < 2 or rows[0][0].strip() != "time":
        raise UsageError(f"{path}: the first line is 'time,METER.POINT [UNIT],...', rows follow")
    return rows


def _column(path: Path, title: str, plant: Plant) -> _Column:
    """The meter and point that a title names."""
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
