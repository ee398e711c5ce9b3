"""Frames around Modbus requests and answers: a header over TCP, a check sum over a serial line.

Modbus over serial line 1.02 and Modbus messaging on TCP/IP 1.0b, written apart from the agent's.
"""

import struct
from dataclasses import dataclass
from typing import Literal, Protocol

from plant.description import Bus

_HEADER = struct.Struct(">HHHB")  # transaction, protocol, length, unit
_LONGEST = 254  # unit and PDU: a longer frame is no Modbus
_SHORTEST_RTU = 4  # unit, function, CRC
_LONGEST_RTU = 256
_SHORTEST_ASCII = 3  # unit, function, LRC
_LONGEST_ASCII = 513


class NoModbusError(Exception):
    """What came is no Modbus and cannot become any; the connection should end."""


@dataclass(frozen=True)
class Request:
    """A request out of its frame."""

    unit_id: int
    pdu: bytes
    transaction: int = 0


class Framing(Protocol):
    """How requests and answers are told apart in a stream of bytes."""

    def requests(self, pending: bytes) -> tuple[list[Request], bytes]:
        """The whole requests in what came, and the rest; NoModbusError when it can be none."""

    def frame(self, unit_id: int, pdu: bytes, *, transaction: int) -> bytes:
        """An answer in its frame."""


class SocketFraming:
    """Modbus TCP: a header with a transaction and a length."""

    def requests(self, pending: bytes) -> tuple[list[Request], bytes]:
        """Frame by frame, as their headers say."""
        found = []
        while len(pending) >= _HEADER.size:
            transaction, protocol, length, unit_id = _HEADER.unpack_from(pending)
            if protocol != 0 or not 2 <= length <= _LONGEST:
                raise NoModbusError
            end = _HEADER.size - 1 + length
            if len(pending) < end:
                break
            found.append(Request(unit_id, pending[_HEADER.size : end], transaction))
            pending = pending[end:]
        return found, pending

    def frame(self, unit_id: int, pdu: bytes, *, transaction: int) -> bytes:
        """Header and PDU."""
        return _HEADER.pack(transaction, 0, len(pdu) + 1, unit_id) + pdu


class RtuFraming:
    """Modbus RTU: a unit, a PDU and a CRC; lengths follow from the function.

    What has no CRC at its end is passed over byte by byte until something has: pauses, which
    the standard parts frames by, are lost in pseudo-terminals and TCP.
    """

    def requests(self, pending: bytes) -> tuple[list[Request], bytes]:
        """Every stretch that is a request with its CRC."""
        found = []
        start = 0
        while len(pending) - start >= _SHORTEST_RTU:
            length = _request_length(pending[start:])
            if length is None or start + length > len(pending):
                break
            frame = pending[start : start + length]
            if length >= _SHORTEST_RTU and crc16(frame[:-2]) == frame[-2:]:
                found.append(Request(frame[0], frame[1:-2]))
                start += length
            else:
                start += 1
        return found, pending[start:][-_LONGEST_RTU:]

    def frame(self, unit_id: int, pdu: bytes, *, transaction: int) -> bytes:
        """Unit, PDU, CRC."""
        frame = bytes([unit_id]) + pdu
        return frame + crc16(frame)


class AsciiFraming:
    """Modbus ASCII: a colon, unit and PDU as hexadecimal digits, an LRC, CR and LF.

    What stands before a colon, and a line whose LRC is wrong, is passed over.
    """

    def requests(self, pending: bytes) -> tuple[list[Request], bytes]:
        """Every whole line that is a request."""
        found = []
        *lines, rest = pending.split(b"\r\n")
        for line in lines:
            _, colon, digits = line.rpartition(b":")
            frame = _unhexed(digits) if colon else b""
            if len(frame) >= _SHORTEST_ASCII and lrc(frame[:-1]) == frame[-1:]:
                found.append(Request(frame[0], frame[1:-1]))
        return found, rest[-_LONGEST_ASCII:]

    def frame(self, unit_id: int, pdu: bytes, *, transaction: int) -> bytes:
        """Colon, unit, PDU, LRC, line end."""
        frame = bytes([unit_id]) + pdu
        return b":" + (frame + lrc(frame)).hex().upper().encode() + b"\r\n"


def _unhexed(digits: bytes) -> bytes:
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return b""


def lrc(frame: bytes) -> bytes:
    """The check sum of an ASCII frame: with it the bytes sum to 0 (serial line 1.02, 6.2.1)."""
    return bytes([-sum(frame) & 0xFF])


def _request_length(frame: bytes) -> int | None:
    """How long a request is that begins so; None when that is not known yet; 0 for no request."""
    function = frame[1]
    if function in (15, 16):
        return 9 + frame[6] if len(frame) > 6 else None
    if function == 0x2B:
        return 7
    return 8 if 1 <= function <= 6 else 4 if function in (7, 11, 12, 17) else 0


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()


def crc16(frame: bytes) -> bytes:
    """The CRC of a frame as it goes over the line, low byte first (serial line 1.02, 6.2.2)."""
    crc = 0xFFFF
    for byte in frame:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return struct.pack("<H", crc)


def framing_of(bus: Bus) -> Literal["socket", "rtu", "ascii", "tls"]:
    """The framing that a bus has unless its file says another."""
    return bus.framer or ("rtu" if bus.serial else "socket")


_SOCKET = SocketFraming()
FRAMINGS: dict[str, Framing] = {
    "socket": _SOCKET, "tls": _SOCKET, "rtu": RtuFraming(), "ascii": AsciiFraming(),
}  # fmt: skip
HAS_TRANSACTION = frozenset({"socket", "tls"})
