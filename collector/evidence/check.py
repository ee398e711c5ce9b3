"""Whether an evidence file comes to what it says."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from collector.custody.signed import Signed
from collector.evidence.archive import unpack
from collector.evidence.comparison import Comparison
from collector.evidence.gather import READINGS, RESULTS
from collector.evidence.manifest import MANIFEST, decode_json, digest, encode_json, read_manifest
from collector.evidence.packs import PACKS
from collector.evidence.packs_check import PacksChecked, check_packs
from collector.evidence.recompute import plant_of, recompute
from collector.statement import Statement
from plant.errors import CleanlineError, EvidenceError


class Checked(NamedTuple):
    """An evidence file that came to what it says."""

    fingerprint: str
    statement: Statement
    readings: int
    numbers: int  # compared
    packs: PacksChecked | None  # None: the evidence names none
    remarks: tuple[str, ...]  # what a reader must know of a file of an older form

    @property
    def signed(self) -> tuple[Signed, ...]:
        """How many packs of each gateway bear its signature."""
        found = self.packs.signed if self.packs else {}
        counts = ((gateway, *found[gateway]) for gateway in sorted(found))
        return tuple(Signed(gateway, packs, signed) for gateway, signed, packs in counts)


def check_file(path: Path, packs: Path | None = None) -> Checked:
    """Recompute an archive; EvidenceError at the first file, number or pack that is not as it says.

    packs: folder of the collector's archive, for packs that the evidence only names.
    """
    try:
        return check(unpack(path), packs)
    except EvidenceError as error:
        told = str(error)
        raise EvidenceError(told if told.startswith(str(path)) else f"{path}: {told}") from error


def check(files: Mapping[str, bytes], packs: Path | None = None) -> Checked:
    """The same for the files of an archive."""
    try:
        manifest = read_manifest(files)
    except EvidenceError as error:
        raise EvidenceError(f"{error}{_named_pack(files, error)}") from error
    told = decode_json(files.get(RESULTS, b""), RESULTS)
    try:
        statement = recompute(files, manifest)
        found = decode_json(encode_json(statement.as_json()), RESULTS)
        seen = check_packs(files, statement.plant, packs)
    except EvidenceError:
        raise
    except CleanlineError as error:
        raise EvidenceError(f"cannot be recomputed: {str(error).splitlines()[0]}") from error
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise EvidenceError(f"cannot be recomputed: {error!r}") from error
    comparison = Comparison(manifest)
    comparison.compare(told, found, RESULTS)
    readings = sum(
        content.count(b"\n") - 1 for name, content in files.items() if name.startswith(READINGS)
    )
    return Checked(
        fingerprint=digest(files[MANIFEST]),
        statement=statement,
        readings=readings,
        numbers=comparison.numbers,
        packs=seen,
        remarks=tuple(comparison.remarks()),
    )


def _named_pack(files: Mapping[str, bytes], error: EvidenceError) -> str:
    """Where a file of packs was changed, the first pack in it that is not as it was."""
    if not str(error).startswith(PACKS):
        return ""
    with tempfile.TemporaryDirectory(prefix="cleanline-") as folder:
        try:
            check_packs(files, plant_of(files, Path(folder)), None)
        except CleanlineError as found:
            return f": {found}"
    return ""
