"""Modbus TCP servers for the buses of a simulated plant; registers are computed when asked for."""

import asyncio
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from plant.errors import UsageError
from simulators.metering import SimulatedMeter
from simulators.modbus import GATEWAY_TARGET_FAILED, answer, refusal
from simulators.registers import UnitRegisters

_HEADER = struct.Struct(">HHHB")  # transaction, protocol, length, unit
_LONGEST = 254  # unit and PDU: a longer frame is no Modbus


@dataclass(frozen=True)
class Address:
    """Where a bus listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass
class SimulatedBus:
    """The units of one bus, and how many requests they answered."""

    units: Mapping[int, UnitRegisters]
    now_s: Callable[[], float]
    requests: int = 0

    def reply(self, frame: bytes) -> bytes:
        """The answer frame to a request frame, header included."""
        transaction, protocol, _, unit_id = _HEADER.unpack_from(frame)
        self.requests += 1
        unit = self.units.get(unit_id)
        request = frame[_HEADER.size :]
        if unit is None:
            pdu = refusal(request[0], GATEWAY_TARGET_FAILED)
        else:
            pdu = answer(unit, request, at_s=self.now_s())
        return _HEADER.pack(transaction, protocol, len(pdu) + 1, unit_id) + pdu


@dataclass
class _Connection(asyncio.Protocol):
    """One client: frames in, answers out; anything that is no Modbus ends it."""

    bus: SimulatedBus
    open: set["_Connection"]
    pending: bytes = b""
    transport: asyncio.Transport | None = field(default=None)

    __hash__ = object.__hash__

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        _ = exc
        self.open.discard(self)

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None  # noqa: S101 - connection_made comes first
        self.pending += data
        while len(self.pending) >= _HEADER.size:
            _, protocol, length, _ = _HEADER.unpack_from(self.pending)
            if protocol != 0 or not 2 <= length <= _LONGEST:
                self.transport.close()
                return
            end = _HEADER.size - 1 + length
            if len(self.pending) < end:
                return
            frame, self.pending = self.pending[:end], self.pending[end:]
            self.transport.write(self.bus.reply(frame))


class BusServers:
    """Listens on an address for each bus, from `start` to `stop`."""

    def __init__(self, buses: Mapping[Address, SimulatedBus]) -> None:
        """Nothing listens yet."""
        self.buses = dict(buses)
        self._servers: list[asyncio.Server] = []
        self._open: set[_Connection] = set()

    async def start(self) -> None:
        """Listen everywhere; UsageError names an address that cannot be had."""
        loop = asyncio.get_running_loop()
        for address, bus in self.buses.items():
            try:
                server = await loop.create_server(
                    lambda bus=bus: _Connection(bus, self._open),  # type: ignore[misc]
                    address.host,
                    address.port,
                )
            except OSError as error:
                await self.stop()
                raise UsageError(
                    f"cannot listen on {address}: {error.strerror}; "
                    "choose other ports with --port-base"
                ) from error
            self._servers.append(server)

    async def stop(self) -> None:
        """Close all connections and listen no more."""
        for server in self._servers:
            server.close()
        for connection in list(self._open):
            if connection.transport is not None:
                connection.transport.abort()
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()


def units_of(meters: Mapping[str, SimulatedMeter], bus: str) -> dict[int, UnitRegisters]:
    """The units of a bus (`gateway/bus`) by id; channels of one device share theirs."""
    found: dict[int, list[SimulatedMeter]] = {}
    for meter in meters.values():
        if meter.meter.bus == bus:
            found.setdefault(meter.meter.unit_id, []).append(meter)
    return {unit_id: UnitRegisters(sharing) for unit_id, sharing in found.items()}
