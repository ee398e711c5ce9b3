"""A bus of a simulated plant: requests in, answers out, faults and all; no socket here."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from simulators.faults.base import Reply
from simulators.faults.board import Board
from simulators.framing import Framing, Request, SocketFraming
from simulators.metering import ShownMeter
from simulators.modbus import GATEWAY_TARGET_FAILED, answer, refusal
from simulators.registers import Unit, UnitRegisters

_STALE_S = 0.1  # half a request so old belongs to nothing
_LUMP_S = 0.016  # between two pieces of an answer, as FTDI's adapters wait


@dataclass
class SimulatedBus:
    """The units of one bus, and how many requests they answered."""

    units: Mapping[int, Unit]
    now_s: Callable[[], float]
    board: Board
    names: tuple[str, ...] = ()  # gateway/bus; two buses of a plant file may share an address
    framing: Framing = field(default_factory=SocketFraming)
    has_gateway: bool = True  # which says that a unit is not there; a serial line says nothing
    asked: Counter[int] = field(default_factory=Counter)  # requests by unit id

    def reply(self, request: Request, *, opened_s: float) -> Reply:
        """What becomes of a request over a connection opened at `opened_s` [s, UTC]."""
        self.asked[request.unit_id] += 1
        now_s = self.now_s()
        unit = self.units.get(request.unit_id)
        if unit is None:
            pdu = refusal(request.pdu[0], GATEWAY_TARGET_FAILED)
        else:
            pdu = answer(unit, request.pdu, at_s=now_s)
        reply = Reply(request.unit_id, request.transaction, pdu, opened_s)
        if unit is None:
            reply.is_sent = self.has_gateway
        elif self.board.faults:
            self.board.spoil((meter.name for meter in unit.meters), reply, at_s=now_s)
        return reply

    def frame(self, reply: Reply) -> bytes:
        """An answer as it goes over the line, damaged or not."""
        frame = self.framing.frame(reply.unit_id, reply.pdu, transaction=reply.transaction)
        for damage in reply.damage:
            frame = damage(frame)
        return frame

    def refuses(self) -> bool:
        """Whether nobody listens now."""
        return any(self.board.refuses(name, self.now_s()) for name in self.names)

    def serves_one(self) -> bool:
        """Whether a second connection is closed now."""
        return any(self.board.serves_one(name, self.now_s()) for name in self.names)


class Session:
    """One client's conversation with a bus: bytes in, answers out in their order and time."""

    def __init__(
        self,
        bus: SimulatedBus,
        *,
        write: Callable[[bytes], None],
        monotonic_s: Callable[[], float],
        call_at: Callable[[float, Callable[[], None]], object],
    ) -> None:
        """`call_at` calls a function at an instant of `monotonic_s`."""
        self.bus = bus
        self._write = write
        self._monotonic_s = monotonic_s
        self._call_at = call_at
        self._opened_s = bus.now_s()
        self._pending = b""
        self._heard_s = self._free_s = monotonic_s()
        self._is_dead = False

    def feed(self, data: bytes) -> None:
        """Answer what came; NoModbusError when it can be no Modbus."""
        now_s = self._monotonic_s()
        if self._pending and now_s - self._heard_s > _STALE_S:
            self._pending = b""
        self._heard_s = now_s
        requests, self._pending = self.bus.framing.requests(self._pending + data)
        for request in requests:
            reply = self.bus.reply(request, opened_s=self._opened_s)
            self._is_dead = self._is_dead or reply.is_dead
            if reply.is_sent and not self._is_dead:
                self._send(reply, now_s)

    def _send(self, reply: Reply, now_s: float) -> None:
        """Now, or when the answer before it is out and its own delay is over."""
        frame = self.bus.frame(reply)
        at_s = max(now_s, self._free_s) + reply.delay_s
        for piece in _pieces(frame, reply.pieces):
            if at_s <= now_s:
                self._write(piece)
            else:
                self._call_at(at_s, lambda piece=piece: self._write(piece))  # type: ignore[misc]
            at_s += _LUMP_S if reply.pieces > 1 else 0.0
        self._free_s = at_s


def _pieces(frame: bytes, count: int) -> Iterable[bytes]:
    size = -(-len(frame) // count)
    return (frame[i : i + size] for i in range(0, len(frame), size)) if size else ()


def units_of(meters: Mapping[str, ShownMeter], bus: str) -> dict[int, UnitRegisters]:
    """The units of a bus (`gateway/bus`) by id; channels of one device share theirs."""
    found: dict[int, list[ShownMeter]] = {}
    for meter in meters.values():
        if meter.meter.bus == bus:
            found.setdefault(meter.meter.unit_id, []).append(meter)
    return {unit_id: UnitRegisters(sharing) for unit_id, sharing in found.items()}
