"""ZIP files from anybody: looked at before anything is unpacked, and never more than they announce.

Evidence and workbooks are read so, all in memory.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

MOST_RATIO = 200  # unpacked over packed; texts of readings and sheets come to 5 to 30
SMALL_BYTES = 2**20  # below this the ratio says nothing
# What the zip reader of the standard library raises on damaged archives.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError),
    *(ValueError, LookupError, ArithmeticError),
)


class Bounds(NamedTuple):
    """How much an archive may hold."""

    entries: int
    unpacked_bytes: int
    has_folders: bool = False  # whether empty entries may stand for folders, as some programs write


def read_at_most(path: Path, most_bytes: int) -> bytes | None:
    """The bytes of a file; None where there are more. Raises OSError."""
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    return content if len(content) <= most_bytes else None


def hostile(archive: zipfile.ZipFile, bounds: Bounds) -> str | None:
    """What is wrong with an archive, from what it says of its entries; None for nothing."""
    entries = archive.infolist()
    if len(entries) > bounds.entries:
        return f"more than {bounds.entries} files in it"
    seen: set[str] = set()
    for entry in entries:
        if fault := _fault(entry, bounds):
            return f"{entry.filename[:80]!r} {fault}"
        if entry.filename.lower() in seen:
            return f"{entry.filename[:80]!r} stands in it twice"
        seen.add(entry.filename.lower())
    total = sum(entry.file_size for entry in entries)
    return f"{total} bytes when unpacked" if total > bounds.unpacked_bytes else None


def _fault(entry: zipfile.ZipInfo, bounds: Bounds) -> str | None:
    """What is wrong with an entry."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    is_folder = kind == stat.S_IFDIR and entry.is_dir() and not entry.file_size
    if kind not in (0, stat.S_IFREG) and not (is_folder and bounds.has_folders):
        return "is a link or no ordinary file"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in another way than by deflate"
    if entry.file_size > max(SMALL_BYTES, MOST_RATIO * entry.compress_size):
        return f"unpacks to {entry.file_size} bytes from {entry.compress_size}"
    return None
