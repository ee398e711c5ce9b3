"""The archive: bytes that depend on its content alone, and nothing believed when it is opened.

Names are sorted, times fixed, and no attribute of the writing machine goes in. What is read may
come from anybody: names, kinds and sizes are looked at before anything is unpacked, all in memory.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from plant.errors import EvidenceError, UsageError

MOST_FILE_BYTES = 256 * 2**20  # of the archive as it lies on the disk
MOST_ENTRIES = 2000
MOST_UNPACKED_BYTES = 1024 * 2**20
MOST_RATIO = 200  # unpacked over packed; texts of readings come to 5 to 30
SMALL_BYTES = 2**20  # below this the ratio says nothing
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9][A-Za-z0-9._-]{0,127})?")
# What the zip reader of the standard library raises on damaged archives.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError),
    *(ValueError, LookupError, ArithmeticError),
)


def pack(files: Mapping[str, bytes]) -> bytes:
    """An archive of files by name; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name], compresslevel=9)
    return buffer.getvalue()


def unpack(path: Path) -> dict[str, bytes]:
    """The files of an archive by name.

    Raises UsageError when the file cannot be read, EvidenceError when it is no sound archive.
    """
    content = _read(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _refuse_hostile(path, entries)
            return {entry.filename: _unpacked(path, archive, entry) for entry in entries}
    except _BROKEN as error:
        raise EvidenceError(f"{path}: no sound archive ({error}); ask for it again") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name an evidence file") from error
    if len(content) > MOST_FILE_BYTES:
        raise EvidenceError(f"{path}: refused: larger than {MOST_FILE_BYTES // 2**20} MiB")
    return content


def _refuse_hostile(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise EvidenceError(f"{path}: refused: more than {MOST_ENTRIES} files in it")
    seen: set[str] = set()
    for entry in entries:
        if fault := _fault(entry):
            raise EvidenceError(f"{path}: refused: {entry.filename[:80]!r} {fault}")
        if entry.filename.lower() in seen:
            raise EvidenceError(f"{path}: refused: {entry.filename!r} stands in it twice")
        seen.add(entry.filename.lower())
    total = sum(entry.file_size for entry in entries)
    if total > MOST_UNPACKED_BYTES:
        raise EvidenceError(f"{path}: refused: {total} bytes when unpacked")


def _fault(entry: zipfile.ZipInfo) -> str | None:
    """What is wrong with an entry, from what the archive says of it."""
    if entry.orig_filename != entry.filename or not _NAME.fullmatch(entry.filename):
        return "is no name that an evidence file has"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is a link or no ordinary file"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in a way that evidence files are not"
    if entry.file_size > max(SMALL_BYTES, MOST_RATIO * entry.compress_size):
        return f"unpacks to {entry.file_size} bytes from {entry.compress_size}"
    return None


def _unpacked(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One file; never more of it than the archive announced."""
    try:
        with archive.open(entry) as file:
            content = file.read(entry.file_size + 1)
    except _BROKEN as error:
        raise EvidenceError(f"{path}: {entry.filename} was changed ({error})") from error
    if len(content) != entry.file_size:
        raise EvidenceError(f"{path}: {entry.filename} was changed: it has another length")
    return content
