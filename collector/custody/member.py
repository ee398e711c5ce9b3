"""Pieces of an archive file: gzip members that say how long they are, so `zcat` reads them all.

The length stands in an extra field of the header (RFC 1952, 2.3.1.1), as BGZF does it: a file is
walked without unpacking it, and a piece that a power cut left torn is known by its length.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from plant.errors import EvidenceError

LEVEL = 6
MOST_BYTES = 16 * 2**20  # of a member when unpacked
# Magic, deflate, extra field; no time; no hint, any system; 8 bytes of extra: "CL", 4, the length.
_HEAD = struct.Struct("<4sI2sHccHI")
_START = (b"\x1f\x8b\x08\x04", 0, b"\x00\xff", 8, b"C", b"L", 4)
_TAIL = struct.Struct("<II")
HEAD_BYTES = _HEAD.size
_MARK = _HEAD.pack(*_START, 0)[:-4]  # what each begins with, before its length


def pack_member(content: bytes) -> bytes:
    """A member that holds some bytes."""
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(content) + deflate.flush()
    head = _HEAD.pack(*_START, HEAD_BYTES + len(body) + _TAIL.size)
    return head + body + _TAIL.pack(zlib.crc32(content), len(content))


def member_bytes(head: bytes) -> int | None:
    """How long the member is that begins so; None when none does."""
    if len(head) < HEAD_BYTES:
        return None
    *start, length = _HEAD.unpack(head[:HEAD_BYTES])
    least = HEAD_BYTES + _TAIL.size
    return int(length) if tuple(start) == _START and length > least else None


def is_torn(rest: bytes) -> bool:
    """Whether the end of a file is the piece of one member; else it was damaged in its middle."""
    return _MARK not in rest[1:]


def raw_members(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The members in the first bytes of a file as they lie there; of a torn one nothing.

    What follows a damaged one is given in one piece, with it.
    """
    start = 0
    while start < size:
        file.seek(start)
        length = member_bytes(file.read(HEAD_BYTES)) or 0
        is_sound = 0 < length <= size - start
        file.seek(start)
        content = file.read(length if is_sound else size - start)
        if is_sound or not is_torn(content):
            yield content
        start += len(content)


def places(file: BinaryIO, size: int) -> list[tuple[int, int]]:
    """Where the whole members in the first bytes of a file begin, and how long each is."""
    found: list[tuple[int, int]] = []
    start = 0
    while start < size:
        file.seek(start)
        length = member_bytes(file.read(HEAD_BYTES)) or 0
        if not 0 < length <= size - start:
            break
        found.append((start, length))
        start += length
    return found


def members(content: bytes) -> Iterator[bytes]:
    """What the members of a file hold, one after the other; EvidenceError where it is damaged."""
    start = 0
    while start < len(content):
        length = member_bytes(content[start : start + HEAD_BYTES])
        if length is None or start + length > len(content):
            raise EvidenceError(f"damaged at byte {start}")
        yield _unpacked(content[start : start + length], at=start)
        start += length


def _unpacked(member: bytes, *, at: int) -> bytes:
    crc, size = _TAIL.unpack(member[-_TAIL.size :])
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflate.decompress(member[HEAD_BYTES : -_TAIL.size], MOST_BYTES)
    except zlib.error as error:
        raise EvidenceError(f"damaged at byte {at} ({error})") from error
    if not inflate.eof or (zlib.crc32(content), len(content)) != (crc, size):
        raise EvidenceError(f"damaged at byte {at}")
    return content
