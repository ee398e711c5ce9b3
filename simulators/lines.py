"""The lines that buses are served on: TCP ports and serial devices. Sockets live here alone."""

import asyncio
import contextlib
import os
import ssl
import termios
import tty
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from plant.errors import UsageError
from simulators.framing import NoModbusError
from simulators.metering import ShownMeter
from simulators.server import Session, SimulatedBus

_LOOK_S = 0.05  # how often a line looks whether it should listen


@dataclass(frozen=True)
class Address:
    """A TCP port that a bus listens on."""

    host: str
    port: int
    is_tls: bool = False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class SerialPort:
    """A serial device, or the name under which a pseudo-terminal is to be found."""

    path: Path
    baud: int = 9600
    parity: str = "N"
    stop_bits: int = 1
    data_bits: int = 8

    def __str__(self) -> str:
        return str(self.path)


Place = Address | SerialPort


class Line(Protocol):
    """What every line can do."""

    async def start(self) -> None:
        """Listen; UsageError when the place cannot be had."""

    async def look(self) -> None:
        """Stop or begin listening, as the faults say now."""

    async def stop(self) -> None:
        """Close everything."""


@dataclass
class _Connection(asyncio.Protocol):
    """One TCP client; anything that is no Modbus ends it."""

    line: "TcpLine"
    transport: asyncio.Transport | None = field(default=None)
    session: Session | None = field(default=None)

    __hash__ = object.__hash__

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        bus, loop = self.line.bus, asyncio.get_running_loop()
        if bus.refuses() or (self.line.open and bus.serves_one()):
            self.transport.abort()
            return
        self.line.open.add(self)
        self.session = Session(bus, write=self._write, monotonic_s=loop.time, call_at=loop.call_at)

    def connection_lost(self, exc: Exception | None) -> None:
        _ = exc
        self.line.open.discard(self)

    def data_received(self, data: bytes) -> None:
        if self.session is None or self.transport is None:
            return
        try:
            self.session.feed(data)
        except NoModbusError:
            self.transport.close()

    def _write(self, frame: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(frame)


class TcpLine:
    """A bus on a TCP port."""

    def __init__(
        self, address: Address, bus: SimulatedBus, tls: ssl.SSLContext | None = None
    ) -> None:
        """Nothing listens yet."""
        if address.is_tls and tls is None:
            raise UsageError(f"bus at {address} speaks TLS: give --tls-cert and --tls-key")
        self._tls = tls if address.is_tls else None
        self.address = address
        self.bus = bus
        self.open: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, unless a fault says that nobody does."""
        try:
            await self._listen()
        except OSError as error:
            raise UsageError(
                f"cannot listen on {self.address}: {error.strerror}; "
                "choose other ports with --port-base"
            ) from error
        await self.look()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), self.address.host, self.address.port, ssl=self._tls
        )

    async def look(self) -> None:
        """Cut everything when connections are refused; listen again when they are not."""
        refuses = self.bus.refuses()
        if refuses and self._server is not None:
            await self.stop()
        elif not refuses and self._server is None:
            with contextlib.suppress(OSError):  # somebody took the port: try again
                await self._listen()

    async def stop(self) -> None:
        """Listen no more, and cut all connections."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for connection in list(self.open):
            if connection.transport is not None:
                connection.transport.abort()
        if server is not None:
            await server.wait_closed()


class SerialLine:
    """A bus on a serial device; where there is none, a pseudo-terminal takes its name."""

    def __init__(self, port: SerialPort, bus: SimulatedBus) -> None:
        """Nothing is open yet."""
        self.port = port
        self.bus = bus
        self._fd: int | None = None
        self._other_end: int | None = None  # kept open, or the first reader's leaving ends it
        self._is_linked = False

    async def start(self) -> None:
        """Open the device or make the terminal."""
        try:
            self._fd = self._open_device() if self.port.path.exists() else self._make_terminal()
        except (OSError, termios.error, AttributeError) as error:
            raise UsageError(
                f"cannot serve {self.port}: {error}; name a serial device, or a path that is free"
            ) from error
        loop = asyncio.get_running_loop()
        session = Session(self.bus, write=self._write, monotonic_s=loop.time, call_at=loop.call_at)
        loop.add_reader(self._fd, lambda: self._read(session))

    def _open_device(self) -> int:
        fd = os.open(self.port.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(fd)
        mode = termios.tcgetattr(fd)
        speed = getattr(termios, f"B{self.port.baud}")
        mode[4] = mode[5] = speed
        mode[2] &= ~(termios.PARENB | termios.PARODD | termios.CSTOPB | termios.CSIZE)
        mode[2] |= termios.CS7 if self.port.data_bits == 7 else termios.CS8
        mode[2] |= termios.CSTOPB if self.port.stop_bits == 2 else 0
        mode[2] |= {"N": 0, "E": termios.PARENB, "O": termios.PARENB | termios.PARODD}[
            self.port.parity
        ]
        termios.tcsetattr(fd, termios.TCSANOW, mode)
        return fd

    def _make_terminal(self) -> int:
        if self.port.parity != "N" or self.port.data_bits != 8:
            raise OSError(
                "there is no such device, and a pseudo-terminal in its place has 8 bits and no "
                "parity (parity = 'N', data_bits = 8)"
            )
        fd, other_end = os.openpty()
        tty.setraw(other_end)
        os.set_blocking(fd, False)
        self._other_end = other_end
        self.port.path.parent.mkdir(parents=True, exist_ok=True)
        self.port.path.symlink_to(os.ttyname(other_end))
        self._is_linked = True
        return fd

    def _read(self, session: Session) -> None:
        assert self._fd is not None  # noqa: S101 - the reader was added with it
        with contextlib.suppress(OSError):
            session.feed(os.read(self._fd, 512))

    def _write(self, frame: bytes) -> None:
        if self._fd is not None:
            with contextlib.suppress(OSError):  # nobody listens, and the line's buffer is full
                os.write(self._fd, frame)

    async def look(self) -> None:
        """A serial line cannot refuse."""

    async def stop(self) -> None:
        """Let go of the device; take the terminal's name away."""
        if self._fd is not None:
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = None
        if self._other_end is not None:
            os.close(self._other_end)
            self._other_end = None
        if self._is_linked:
            self.port.path.unlink(missing_ok=True)


class BusServers:
    """Serves every bus at its place, from `start` to `stop`."""

    def __init__(
        self,
        buses: Mapping[Place, SimulatedBus],
        tls: ssl.SSLContext | None = None,
        *,
        others: Iterable[Line] = (),
    ) -> None:
        """Nothing listens yet; `others` are what stands beside the buses, started before them."""
        self.buses = dict(buses)
        self._lines: list[Line] = [*others]
        self._lines += [
            TcpLine(place, bus, tls) if isinstance(place, Address) else SerialLine(place, bus)
            for place, bus in self.buses.items()
        ]
        self._looking: asyncio.Task[None] | None = None

    @property
    def meters(self) -> dict[str, ShownMeter]:
        """Every meter that is served, by name."""
        units = (unit for bus in self.buses.values() for unit in bus.units.values())
        return {meter.name: meter for unit in units for meter in unit.meters}

    async def start(self) -> None:
        """Listen everywhere; UsageError names a place that cannot be had."""
        try:
            for line in self._lines:
                await line.start()
        except UsageError:
            await self.stop()
            raise
        self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            for line in self._lines:
                await line.look()

    async def stop(self) -> None:
        """Close all connections and listen no more."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        for line in self._lines:
            await line.stop()
