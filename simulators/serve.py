"""A scenario's buses served until somebody ends it."""

import asyncio
import contextlib
import signal
import ssl
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from plant.description import Bus, Plant
from plant.ending import be_gone_soon, hear_end
from plant.errors import UsageError
from plant.ports import LAST_PORT
from simulators.clock import SimulatedClock
from simulators.counting import Counting
from simulators.faults.board import Board
from simulators.framing import FRAMINGS, HAS_TRANSACTION, framing_of
from simulators.lines import Address, BusServers, Line, Place, SerialPort
from simulators.metering import ShownMeter, simulated_meters
from simulators.registers import Unit
from simulators.scenario import Scenario
from simulators.server import SimulatedBus, units_of


def bus_places(plant: Plant, port_base: int | None) -> dict[str, Place]:
    """Where each bus (`gateway/bus`) is served: as the plant file says, or from a port on."""
    found: dict[str, Place] = {}
    for gateway_name, gateway in plant.gateways.items():
        for bus_name, bus in gateway.buses.items():
            name = f"{gateway_name}/{bus_name}"
            found[name] = _place(bus, port_base, index=len(found))
    if not found:
        raise UsageError(f"plant {plant.id} has no bus to serve; give it a gateway")
    return found


def _place(bus: Bus, port_base: int | None, *, index: int) -> Place:
    if bus.tcp is None:
        assert bus.serial is not None  # noqa: S101 - a bus has one of both
        path, bits = Path(bus.serial), bus.character_bits
        return SerialPort(path, bus.baud, bus.parity, bus.stop_bits, bits)
    is_tls = framing_of(bus) == "tls"
    if port_base is not None:
        if port_base + index > LAST_PORT:
            raise UsageError(f"--port-base {port_base}: bus {index + 1} has no port left; lower it")
        return Address("127.0.0.1", port_base + index, is_tls)
    host, _, port = bus.tcp.rpartition(":")
    return Address(host, int(port), is_tls)


def bus_servers(
    scenario: Scenario,
    clock: SimulatedClock,
    port_base: int | None,
    *,
    board: Board | None = None,
    tls: ssl.SSLContext | None = None,
    others: Iterable[Line] = (),
    counting: Counting | None = None,
) -> BusServers:
    """Servers for all buses of a scenario, and `others` beside them; the registers follow `clock`.

    A bus with `framer = "tls"` needs the server's certificate in `tls`. The past of the plant is
    counted before anybody is let in; `counting` is of this scenario, and has begun with it.
    """
    board = scenario.board() if board is None else board
    if counting is None:
        counting = Counting(scenario.timeline(), clock.now_s())
    with counting:
        timeline = counting.finish(clock.now_s())
    meters = simulated_meters(scenario, timeline, board)
    places = bus_places(scenario.plant, port_base)
    return servers_of(
        scenario.plant, meters, clock, board=board, places=places, tls=tls, others=others
    )


def servers_of(
    plant: Plant,
    meters: Mapping[str, ShownMeter],
    clock: SimulatedClock,
    *,
    board: Board,
    places: Mapping[str, Place],
    tls: ssl.SSLContext | None = None,
    others: Iterable[Line] = (),
) -> BusServers:
    """Servers for a plant's buses, whatever its meters show. Buses on one address share it."""
    served: dict[Place, SimulatedBus] = {}
    for name, place in places.items():
        bus = plant.bus(name)
        units: dict[int, Unit] = {**units_of(meters, name)}
        names = [name]
        if place in served:
            units, names = {**served[place].units, **units}, [*served[place].names, name]
        served[place] = SimulatedBus(
            units,
            clock.now_s,
            board,
            names=tuple(names),
            framing=FRAMINGS[framing_of(bus)],
            has_gateway=framing_of(bus) in HAS_TRANSACTION,
        )
    return BusServers(served, tls, others=others)


async def serve(
    servers: BusServers,
    ready: Callable[[BusServers], None],
    *,
    for_s: float | None = None,
    judged: bool = False,
) -> None:
    """Listen, say so through `ready`, and end on SIGINT or SIGTERM, or when the time is over.

    Whatever hangs then, the process is gone in a few seconds. A run that is to be judged may take
    its time for it after Ctrl-C; SIGTERM ends it in those seconds all the same, with 1.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        if number == signal.SIGTERM or not judged or stopped.is_set():
            be_gone_soon(1 if judged else 0)
        with contextlib.suppress(RuntimeError):  # it has just ended by itself
            loop.call_soon_threadsafe(stopped.set)

    hear_no_more = hear_end(stop)
    try:
        await servers.start()
        try:
            ready(servers)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), for_s)
        finally:
            with contextlib.suppress(asyncio.CancelledError):
                await servers.stop()
    finally:
        hear_no_more()
