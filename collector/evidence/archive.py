"""The archive: bytes that depend on its content alone, and nothing believed when it is opened.

Names are sorted, times fixed, and no attribute of the writing machine goes in. What is read may
come from anybody: names, kinds and sizes are looked at before anything is unpacked, all in memory.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from collector.zips import BROKEN, Bounds, hostile, read_at_most
from plant.errors import EvidenceError, UsageError

MOST_FILE_BYTES = 256 * 2**20  # of the archive as it lies on the disk
MOST_ENTRIES = 2000
MOST_UNPACKED_BYTES = 1024 * 2**20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9][A-Za-z0-9._-]{0,127})?")


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
            _refuse_hostile(path, archive)
            entries = archive.infolist()
            return {entry.filename: _unpacked(path, archive, entry) for entry in entries}
    except BROKEN as error:
        raise EvidenceError(f"{path}: no sound archive ({error}); ask for it again") from error


def _read(path: Path) -> bytes:
    try:
        content = read_at_most(path, MOST_FILE_BYTES)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name an evidence file") from error
    if content is None:
        raise EvidenceError(f"{path}: refused: larger than {MOST_FILE_BYTES // 2**20} MiB")
    return content


def _refuse_hostile(path: Path, archive: zipfile.ZipFile) -> None:
    for entry in archive.infolist()[:MOST_ENTRIES]:
        if entry.orig_filename != entry.filename or not _NAME.fullmatch(entry.filename):
            what = f"{entry.filename[:80]!r} is no name that an evidence file has"
            raise EvidenceError(f"{path}: refused: {what}")
    if fault := hostile(archive, Bounds(MOST_ENTRIES, MOST_UNPACKED_BYTES)):
        raise EvidenceError(f"{path}: refused: {fault}")


def _unpacked(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One file; never more of it than the archive announced."""
    try:
        with archive.open(entry) as file:
            content = file.read(entry.file_size + 1)
    except BROKEN as error:
        raise EvidenceError(f"{path}: {entry.filename} was changed ({error})") from error
    if len(content) != entry.file_size:
        raise EvidenceError(f"{path}: {entry.filename} was changed: it has another length")
    return content
