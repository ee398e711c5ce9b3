"""What reads bytes from outside: each must answer or refuse in a sentence, whatever comes.

A refusal is a `CleanlineError`; any other exception is a fault. `make fuzz` gives each target to
atheris, which looks where the code branches; the tests give each to Hypothesis, shortly.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from openpyxl import Workbook

from collector.custody.archive import read_day
from collector.custody.member import pack_member
from collector.custody.record import Record
from collector.entries.importing import parse_csv
from collector.entries.sheets import read_table
from collector.evidence.archive import pack, unpack
from collector.evidence.check import check
from plant.check import load_plant
from plant.codec import decode, places
from plant.errors import CleanlineError
from plant.models import library, read_model
from plant.reading import Event, Reading
from plant.senml import Pack, decode_pack, encode_pack
from plant.thinned import replaced_in
from plant.wire import Status, Stored
from tests.fuzz.pages import SEEDS as REQUESTS
from tests.fuzz.pages import read_request

T = TypeVar("T")

PLANT = """
[plant]
id = "mill"
name = "Mill"
[products.starch]
[resources.electricity]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"
[meters.incomer]
bus = "yard/panel"
model = "eastron-sdm630"
resource = "electricity"
[plans.electricity]
baseline = ["2025-01-01", "2025-12-31"]
drivers = ["starch"]
[claims.drying]
resource = "electricity"
since = "2026-01-15"
saves = "6 %"
"""


class Target(NamedTuple):
    """One reader of bytes, and inputs that it takes."""

    read: Callable[[bytes], object]
    seeds: list[bytes]


def _with_file(content: bytes, name: str, read: Callable[[Path], T]) -> T:
    with tempfile.TemporaryDirectory(prefix="cleanline-fuzz-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return read(path)


def read_plant(content: bytes) -> None:
    """A plant file."""
    _with_file(content, "plant.toml", load_plant)


def read_meter_model(content: bytes) -> None:
    """A meter model."""
    with contextlib.suppress(UnicodeDecodeError):  # whoever reads the file says so
        read_model(content.decode(), "model.toml")


_plant = _with_file(PLANT.encode(), "plant.toml", load_plant)


def read_csv(content: bytes) -> None:
    """A CSV file of amounts."""
    with contextlib.suppress(UnicodeDecodeError):
        parse_csv(content.decode(), "amounts.csv", _plant)


def _a_book() -> dict[str, bytes]:
    """The parts of a workbook."""
    book, made = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["date", "starch [t]"])
    book.save(made)
    with zipfile.ZipFile(made) as found:
        return {name: found.read(name) for name in found.namelist()}


_BOOK, _SHEET = _a_book(), "xl/worksheets/sheet1.xml"


def read_workbook(content: bytes) -> None:
    """A workbook with that sheet in it: its other parts and its packing are whole."""
    _with_file(pack(_BOOK | {_SHEET: content}), "amounts.xlsx", read_table)


def read_pack(content: bytes) -> None:
    """A pack, and what it says of thinned ones."""
    replaced_in(decode_pack(content).events)


def read_answer(content: bytes) -> None:
    """What a collector or a gateway says."""
    with contextlib.suppress(CleanlineError):
        Stored.decode(content).numbers()
    with contextlib.suppress(CleanlineError):
        Status.decode(content)


def read_registers(content: bytes) -> None:
    """Registers of every meter in the library, filled with any words."""
    words = [int.from_bytes(content[i : i + 2]) for i in range(0, len(content), 2)] or [0]
    for model in library().values():
        for point in model.points.values():
            at = [
                (function, address + offset)
                for function, address, count in places(point)
                for offset in range(count)
            ]
            decode(point, {place: words[i % len(words)] for i, place in enumerate(at)})


def read_evidence(content: bytes) -> None:
    """An evidence file."""
    _with_file(content, "evidence.zip", lambda path: check(unpack(path)))


def read_archive(content: bytes) -> None:
    """A day's file of packs."""
    for _ in read_day(content, "day"):
        pass


_PACK = encode_pack(
    Pack(
        "mill",
        [Reading("incomer", "energy", 1_790_000_000_000, 5.5)],
        [Event("incomer", "health", 1_790_000_000_000, "timeout", "no answer")],
    ),
    {("incomer", "energy"): "kWh"},
)
_RECORD = Record(1_790_000_000_000, "yard", "box", 1, "c", "", None, _PACK)
TARGETS = {
    "plant": Target(read_plant, [PLANT.encode()]),
    "model": Target(
        read_meter_model,
        [path.read_bytes() for path in sorted(Path("config/meters").glob("*.toml"))[:5]],
    ),
    "csv": Target(read_csv, [b"date,electricity [kWh],starch [t]\n2025-01-31,12.5,3\n"]),
    "workbook": Target(read_workbook, [_BOOK[_SHEET]]),
    "senml": Target(read_pack, [_PACK]),
    "answer": Target(
        read_answer,
        [Stored("box", [(1, 2)], [(3, "why")], 5).encode(), Status("online", "b", 1).encode()],
    ),
    "registers": Target(read_registers, [bytes(range(64)), b"\xff" * 32]),
    "evidence": Target(read_evidence, [pack({"manifest.json": b"{}", "plant.toml": b"x"})]),
    "archive": Target(read_archive, [pack_member(_RECORD.encode())]),
    "http": Target(read_request, REQUESTS),
}
