"""The manifest: the SHA-256 of every file; its own is the fingerprint of the evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from plant.errors import EvidenceError

MANIFEST = "manifest.json"
FORMAT, VERSION = "cleanline-evidence", 3
READ = range(1, VERSION + 1)  # of an older one, fewer fields are asked
_KEYS = {"format", "version", "cleanline", "plant", "as_of_ms", "files"}


class Manifest(NamedTuple):
    """What an evidence file says of itself."""

    cleanline: str  # the version that wrote it
    plant: str
    as_of_ms: int
    hashes: Mapping[str, str]
    version: int = VERSION

    def encode(self) -> bytes:
        """The manifest as it lies in the archive."""
        return encode_json(
            {
                "format": FORMAT,
                "version": self.version,
                "cleanline": self.cleanline,
                "plant": self.plant,
                "as_of_ms": self.as_of_ms,
                "files": dict(self.hashes),
            }
        )


def digest(content: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def read_manifest(files: Mapping[str, bytes]) -> Manifest:
    """The manifest among files, all of which are as it says; else EvidenceError."""
    if MANIFEST not in files:
        raise EvidenceError(f"{MANIFEST} is missing: no evidence file of Cleanline")
    found = decode_json(files[MANIFEST], MANIFEST)
    if not isinstance(found, dict) or found.get("format") != FORMAT or found.keys() != _KEYS:
        raise EvidenceError(f"{MANIFEST}: not that of an evidence file")
    if type(found["version"]) is not int or found["version"] not in READ:
        raise EvidenceError(
            f"{MANIFEST}: version {found['version']!r}, this Cleanline reads up to {VERSION}; check"
            f" it with Cleanline {found['cleanline']!r}"
        )
    manifest = Manifest(
        *(found["cleanline"], found["plant"], found["as_of_ms"], found["files"], found["version"])
    )
    _refuse_changed(manifest, files)
    return manifest


def _refuse_changed(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    hashes = manifest.hashes
    sound = isinstance(hashes, dict) and type(manifest.as_of_ms) is int
    if not sound or not all(
        isinstance(text, str) for text in (manifest.cleanline, manifest.plant, *hashes.values())
    ):
        raise EvidenceError(f"{MANIFEST}: not that of an evidence file")
    for name in sorted(hashes.keys() - files.keys()):
        raise EvidenceError(f"{name} is missing from the archive")
    for name in sorted(files.keys() - hashes.keys() - {MANIFEST}):
        raise EvidenceError(f"{name} was added to the archive")
    for name, wanted in hashes.items():
        if digest(files[name]) != wanted:
            raise EvidenceError(f"{name} was changed: its SHA-256 is not that of the manifest")


def encode_json(value: Any) -> bytes:
    """JSON that the same value always gives: sorted keys, shortest numbers, no NaN."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def decode_json(content: bytes, name: str) -> Any:
    """The value of a JSON text; EvidenceError for what no writer of ours would write."""
    try:
        return json.loads(
            content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{name}: no sound JSON ({error})") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")
