"""Faults of the line and of a meter's answers."""

import random
from typing import ClassVar, Literal

import numpy as np

from plant.fields import Seconds
from simulators.draws import Array
from simulators.faults.base import Reply, WireFault
from simulators.faults.when import Mask, When

Code = Literal[1, 2, 3, 4, 6]
_IN_TIME_S = 1.0  # what a reader waits at least, in history that nobody read


class Silence(WireFault):
    """No answer."""

    says: ClassVar[str] = "requests are not answered"
    seen: ClassVar[str] = "influxdata/telegraf#11782: one switched-off slave loses all slaves' data"
    kind: Literal["silence"]

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """Send nothing."""
        reply.is_sent = False


class Slow(WireFault):
    """Answers that take their time."""

    says: ClassVar[str] = "answers come so much later (by)"
    seen: ClassVar[str] = "volkszaehler/mbmd#333: 300 ms are too short when the meter is busy"
    kind: Literal["slow"]
    by: Seconds

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """Wait before sending."""
        reply.delay_s += self.by

    def hides(self, at_s: Array, when: When) -> Mask:
        """An answer that comes too late is none."""
        return when.active(at_s) & (self.by > _IN_TIME_S)


class Refusing(WireFault):
    """An exception in place of the registers."""

    says: ClassVar[str] = "answers are Modbus exceptions: code 1, 2, 3, 4 or 6 (busy)"
    seen: ClassVar[str] = "influxdata/telegraf#13630: exception 2, and the plugin stops"
    kind: Literal["exception"]
    code: Code = 4

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """Send the exception."""
        reply.pdu = bytes([reply.pdu[0] | 0x80, self.code])


class WrongUnit(WireFault):
    """An answer under another unit's number."""

    says: ClassVar[str] = "answers carry the number of another unit"
    seen: ClassVar[str] = "edgexfoundry/device-modbus-go#636: slave id '0' does not match '2'"
    kind: Literal["wrong-unit"]

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """One more."""
        reply.unit_id = (reply.unit_id + 1) % 256


class WrongTransaction(WireFault):
    """An answer to another request."""

    says: ClassVar[str] = "answers carry the number of the request before (not on a serial line)"
    seen: ClassVar[str] = "grid-x/modbus#78: transaction ids stay off by one for ever"
    kind: Literal["wrong-transaction"]

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """One less."""
        reply.transaction = (reply.transaction - 1) & 0xFFFF


class Truncated(WireFault):
    """A frame without its end."""

    says: ClassVar[str] = "the last bytes of an answer do not come (bytes)"
    seen: ClassVar[str] = "stephane/libmodbus#83: what follows is taken for the rest of an answer"
    kind: Literal["truncated"]
    bytes: int = 2

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """Cut the frame."""
        reply.damage.append(lambda frame: frame[: -self.bytes])


class Lumps(WireFault):
    """A sound answer in pieces."""

    says: ClassVar[str] = "answers come in pieces 16 ms apart, as USB adapters deliver them"
    seen: ClassVar[str] = "pymodbus-dev/pymodbus#880: FTDI adapters deliver in 16 ms lumps"
    loses: ClassVar[bool] = False
    kind: Literal["lumps"]
    pieces: int = 3

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """Cut it up."""
        reply.pieces = max(reply.pieces, self.pieces)


class Garbage(WireFault):
    """Bytes that are no answer."""

    says: ClassVar[str] = "answers are random bytes of the same length"
    seen: ClassVar[str] = "home-assistant/core#138077: replies mixed, a step of 9,113 kWh"
    kind: Literal["garbage"]

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """The same noise for the same request at the same time."""
        drawn = random.Random(f"{when.key}/{at_s}/{reply.transaction}")  # noqa: S311 - reproducible
        reply.damage.append(lambda frame: drawn.randbytes(len(frame)))


class CrcError(WireFault):
    """A disturbed serial line."""

    says: ClassVar[str] = "the check sum of an answer is wrong (serial framing only)"
    seen: ClassVar[str] = "wlcrs/tmodbus#1: late and damaged replies confuse the next read"
    kind: Literal["crc"]

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """Turn the check sum's last byte over."""
        reply.damage.append(_with_wrong_sum)


def _with_wrong_sum(frame: bytes) -> bytes:
    if frame[:1] == b":" and frame[-2:] == b"\r\n":  # ASCII: one digit of the LRC
        return frame[:-3] + (b"1" if frame[-3:-2] == b"0" else b"0") + frame[-2:]
    return frame[:-1] + bytes([frame[-1] ^ 0xFF])


class HalfOpen(WireFault):
    """A connection that one end has forgotten."""

    says: ClassVar[str] = "connections opened before it are never answered again; new ones are"
    seen: ClassVar[str] = "home-assistant/core#55284: never recovers until a restart"
    strikes: ClassVar[tuple[str, ...]] = ("bus",)
    loses: ClassVar[bool] = False  # a reader that connects anew reads on
    kind: Literal["half-open"]

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """An old connection dies without a word."""
        begun_s = float(when.begun(np.array([at_s]))[0])
        reply.is_dead = reply.is_dead or reply.opened_s < begun_s


class Refused(WireFault):
    """Nobody listens."""

    says: ClassVar[str] = "connections are refused, and open ones are cut"
    seen: ClassVar[str] = "home-assistant/core#9026: does not come back when the link does"
    strikes: ClassVar[tuple[str, ...]] = ("bus",)
    kind: Literal["refused"]

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """What comes over a connection not cut yet is not answered."""
        reply.is_sent = False


class OneConnection(WireFault):
    """A device that serves one client."""

    says: ClassVar[str] = "a second connection is closed at once while the first is open"
    seen: ClassVar[str] = "edgexfoundry/device-modbus-go#356: devices that accept only one"
    strikes: ClassVar[tuple[str, ...]] = ("bus",)
    loses: ClassVar[bool] = False  # one reader needs no more
    kind: Literal["one-connection"]

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """The first one is served as ever."""
