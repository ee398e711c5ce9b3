"""What goes over a Modbus line: requests that read, their answers, and how long both are.

Whatever stands here can only read. ``check_read_only`` looks at every frame on its way out and
refuses one that is not function 1 to 4 or 43/14, wherever it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plant.errors import BusError

Framing = Literal["socket", "rtu", "ascii", "tls"]
READING = frozenset({1, 2, 3, 4})
IDENTIFY, IDENTIFY_SUB = 0x2B, 0x0E  # Read Device Identification, 43/14
BITS = frozenset({1, 2})  # functions whose items are single bits

EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, still working",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target failed to respond",
}
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
SILENT_BEHIND_GATEWAY = frozenset({10, 11})  # the gateway tells us that the unit said nothing


class WriteRefusedError(BusError):
    """A frame that does more than read was about to be sent, and was not."""


@dataclass(frozen=True, slots=True, order=True)
class Read:
    """A stretch of registers (or bits) of one function: asked for, or needed."""

    function: int
    address: int
    count: int

    @property
    def end(self) -> int:
        """The address after the last."""
        return self.address + self.count

    def holds(self, other: Read) -> bool:
        """Whether the other lies wholly within."""
        return (
            self.function == other.function
            and self.address <= other.address
            and other.end <= self.end
        )

    def __str__(self) -> str:
        last = f"-{self.end - 1}" if self.count > 1 else ""
        return f"function {self.function} address {self.address}{last}"


@dataclass(frozen=True, slots=True)
class Words:
    """The registers (or bits) that a unit gave, and the middle of the request."""

    words: list[int]
    middle_s: float  # monotonic


@dataclass(frozen=True, slots=True)
class Identity:
    """What a unit says of itself: 0 maker, 1 product code, 2 revision, and more."""

    objects: dict[int, bytes]

    def __str__(self) -> str:
        texts = (self.objects[n].decode("latin-1").strip("\0 ") for n in sorted(self.objects))
        return " ".join(text for text in texts if text)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there are no registers."""

    kind: Literal["timeout", "exception", "garbled", "refused"]
    text: str
    code: int = 0  # of a Modbus exception


Answer = Words | Failure


def explain_exception(code: int) -> str:
    """A Modbus exception code in words."""
    return f"exception {code} ({EXCEPTIONS.get(code, 'not in the standard')})"


def _function_bytes(frame: bytes, framing: Framing) -> bytes:
    """The function code and the byte after it."""
    if framing == "ascii":
        return bytes.fromhex(frame[3:7].decode("ascii"))
    start = 1 if framing == "rtu" else 7
    return frame[start : start + 2]


def check_read_only(frame: bytes, framing: Framing) -> None:
    """Let a frame pass that only reads; WriteRefusedError for any other."""
    try:
        code, following = _function_bytes(frame, framing)
    except ValueError as error:
        raise WriteRefusedError(f"a malformed frame was not sent: {frame.hex()}") from error
    if code in READING or (code == IDENTIFY and following == IDENTIFY_SUB):
        return
    raise WriteRefusedError(f"function {code} does more than read; the frame was not sent")


def data_bytes(read: Read) -> int:
    """Bytes of data in the answer to a request."""
    return -(-read.count // 8) if read.function in BITS else 2 * read.count


def request_bytes(framing: Framing) -> int:
    """Length of a read request on the line [bytes]."""
    return {"socket": 12, "tls": 12, "rtu": 8, "ascii": 17}[framing]


def reply_bytes(read: Read, framing: Framing) -> int:
    """Length of the answer on the line [bytes]."""
    data = data_bytes(read)
    if framing == "ascii":  # colon, two letters for each of unit, function, count, data, LRC; CRLF
        return 11 + 2 * data
    return data + (5 if framing == "rtu" else 9)
