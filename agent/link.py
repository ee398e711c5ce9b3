"""One open line to the meters, over pymodbus: the only module that knows it.

pymodbus' own retries and reconnects are off. A link is opened once, used, and thrown away: a new
connection starts without a byte of the old one, which is what resynchronises it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import termios
from collections.abc import Callable
from typing import Any, Protocol

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient, AsyncModbusTlsClient
from pymodbus.client.base import ModbusBaseClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerSocket, FramerType
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadCoilsResponse,
    ReadDiscreteInputsRequest,
    ReadDiscreteInputsResponse,
)
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    ReadInputRegistersRequest,
    ReadInputRegistersResponse,
)

from agent.frames import BITS, ILLEGAL_ADDRESS, Read, check_read_only, explain_exception
from agent.readplan import framing_of
from plant.description import Bus
from plant.errors import BusError

_REQUESTS: dict[int, type[ModbusPDU]] = {
    1: ReadCoilsRequest,
    2: ReadDiscreteInputsRequest,
    3: ReadHoldingRegistersRequest,
    4: ReadInputRegistersRequest,
}
_NEVER_S = 1e6  # pymodbus' own timeout; ours is shorter


class _Terse:
    """A reply that is not written out in words, which pymodbus does for each, logged or not."""

    __str__ = object.__repr__


class _Coils(_Terse, ReadCoilsResponse): ...


class _Inputs(_Terse, ReadDiscreteInputsResponse): ...


class _Holding(_Terse, ReadHoldingRegistersResponse): ...


class _Input(_Terse, ReadInputRegistersResponse): ...


class SilentError(BusError):
    """No answer came in time."""


class GarbledError(BusError):
    """What came is not the answer to the request; the line must be resynchronised."""


class ExceptionError(BusError):
    """The unit answered with a Modbus exception."""

    def __init__(self, code: int, text: str | None = None) -> None:
        self.code = code
        super().__init__(text or explain_exception(code))


class Line(Protocol):
    """What a bus needs of a line: reads, identification, and to know how it is."""

    @property
    def is_open(self) -> bool:
        """Whether the other end is still there."""

    @property
    def heard_s(self) -> float:
        """When the last byte came in [monotonic s]."""

    async def read(self, unit: int, read: Read, *, timeout_s: float) -> tuple[list[int], float]:
        """The registers, and the middle of the request; BusError when there are none."""

    async def identify(self, unit: int, *, timeout_s: float) -> dict[int, bytes]:
        """What a unit says of itself; BusError when it says nothing."""

    def close(self) -> None:
        """Let go of the line."""


class Link:
    """A line over pymodbus; it has no method that writes."""

    def __init__(self, bus: Bus, monotonic_s: Callable[[], float]) -> None:
        self._framing = framing_of(bus)
        self._monotonic_s = monotonic_s
        self._sent_s = self._heard_s = monotonic_s()
        self._client = _client(bus, self._trace, self._note_connection)
        for reply in (_Coils, _Inputs, _Holding, _Input):
            self._client.ctx.framer.decoder.register(reply)

    @property
    def is_open(self) -> bool:
        """Whether the other end is still there."""
        return self._client.connected

    @property
    def heard_s(self) -> float:
        """When the last byte came in [monotonic s]."""
        return self._heard_s

    async def open(self, timeout_s: float) -> None:
        """Connect; OSError or TimeoutError says why not (pymodbus' own connect hides it)."""
        context = self._client.ctx
        try:
            async with asyncio.timeout(timeout_s):
                context.transport, _ = await context.call_create()
        except termios.error as error:  # a device without this speed, parity or number of bits
            raise OSError(*error.args) from error

    def close(self) -> None:
        """Let go of the line."""
        with contextlib.suppress(OSError, TypeError, ValueError):  # an adapter that was unplugged
            self._client.close()

    async def read(self, unit: int, read: Read, *, timeout_s: float) -> tuple[list[int], float]:
        """The registers (or bits), and the middle of the request [monotonic s]."""
        request = _REQUESTS[read.function](address=read.address, count=read.count, dev_id=unit)
        reply = await self._exchange(request, timeout_s)
        if read.function in BITS:
            if -(-read.count // 8) * 8 != len(reply.bits):
                raise GarbledError(f"{len(reply.bits)} bits instead of {read.count}")
            words = [int(bit) for bit in reply.bits[: read.count]]
        else:
            words = list(reply.registers)
            if len(words) != read.count:
                self._refuse_length(len(words), read.count)
        return words, (self._sent_s + self._heard_s) / 2

    def _refuse_length(self, count: int, wanted: int) -> None:
        """Some servers (jsmodbus) give as many registers as they have, in place of exception 2.

        By its transaction the answer is the one to this request; without one nobody knows.
        """
        text = f"{count} registers instead of {wanted}"
        if count < wanted and self._framing in ("socket", "tls"):
            raise ExceptionError(ILLEGAL_ADDRESS, f"{text}: illegal data address")
        raise GarbledError(text)

    async def identify(self, unit: int, *, timeout_s: float) -> dict[int, bytes]:
        """What a unit says of itself (43/14): 0 maker, 1 product code, 2 revision."""
        reply = await self._exchange(ReadDeviceInformationRequest(dev_id=unit), timeout_s)
        found: dict[int, bytes] = getattr(reply, "information", {})
        return found

    async def _exchange(self, request: ModbusPDU, timeout_s: float) -> ModbusPDU:
        context, loop = self._client.ctx, asyncio.get_running_loop()
        if not self.is_open:
            raise GarbledError("the connection was closed")
        # What pymodbus' own execute does, without a lock, a second timer and retries.
        request.transaction_id = context.getNextTID()
        context.recv_buffer = b""
        waiting = context.response_future = loop.create_future()
        timer = loop.call_later(timeout_s, _expire, waiting)
        try:
            context.pdu_send(request)
            reply: ModbusPDU = await waiting
        except TimeoutError as error:
            raise SilentError(f"no answer within {timeout_s:g} s") from error
        except ModbusException as error:
            raise GarbledError(str(error.string)) from error
        except ConnectionError as error:
            raise GarbledError(str(error)) from error
        finally:
            timer.cancel()
        # pymodbus lets a reply pass whose transaction is 0, or whose unit was asked as 0.
        if reply.transaction_id != request.transaction_id or reply.dev_id != request.dev_id:
            raise GarbledError(
                f"a reply of unit {reply.dev_id}, transaction {reply.transaction_id} "
                f"to unit {request.dev_id}, transaction {request.transaction_id}"
            )
        if reply.function_code & 0x7F != request.function_code:
            raise GarbledError(f"a reply to function {reply.function_code}")
        if reply.isError():
            raise ExceptionError(reply.exception_code)
        return reply

    def _trace(self, sending: bool, data: bytes) -> bytes:
        """Every frame passes here; one that does more than read goes no further."""
        if sending:
            check_read_only(data, self._framing)
            self._sent_s = self._monotonic_s()
        else:
            self._heard_s = self._monotonic_s()
        return data

    def _note_connection(self, connected: bool) -> None:
        """Wake the request that waits when the other end goes away."""
        waiting = self._client.ctx.response_future
        if not connected and not waiting.done():
            waiting.set_exception(ConnectionError("the connection was closed while waiting"))
            waiting.exception()  # nobody may be waiting; that is no fault


def _expire(waiting: asyncio.Future[ModbusPDU]) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())


def _client(
    bus: Bus, trace: Callable[[bool, bytes], bytes], note: Callable[[bool], None]
) -> ModbusBaseClient:
    framing = framing_of(bus)
    ours: dict[str, Any] = {
        "timeout": _NEVER_S,
        "reconnect_delay": 0,
        "retries": 0,
        "trace_packet": trace,
        "trace_connect": note,
    }
    if bus.serial:
        return AsyncModbusSerialClient(
            bus.serial,
            framer=FramerType(framing),
            baudrate=bus.baud,
            bytesize=bus.character_bits,
            parity=bus.parity,
            stopbits=bus.stop_bits,
            **ours,
        )
    host, _, port = (bus.tcp or "").rpartition(":")
    host = host.strip("[]")
    if framing != "tls":
        return AsyncModbusTcpClient(host, port=int(port), framer=FramerType(framing), **ours)
    client = AsyncModbusTlsClient(host, port=int(port), sslctx=_tls_context(), **ours)
    # The TLS framer takes each lump for one whole frame; the layout is that of the socket framer.
    client.ctx.framer = FramerSocket(DecodePDU(False))
    return client


def _tls_context() -> ssl.SSLContext:
    """Modbus/TCP Security asks for both certificates: names of files come from the environment."""
    context = ssl.create_default_context(cafile=os.environ.get("CLEANLINE_MODBUS_CA"))
    if certificate := os.environ.get("CLEANLINE_MODBUS_CERT"):
        context.load_cert_chain(certificate, os.environ.get("CLEANLINE_MODBUS_KEY"))
    return context
