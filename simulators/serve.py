"""A scenario's buses served over Modbus TCP until somebody ends it."""

import asyncio
import contextlib
import signal
from collections.abc import Callable

import numpy as np

from plant.errors import UsageError
from simulators.clock import SimulatedClock
from simulators.metering import simulated_meters
from simulators.scenario import Scenario
from simulators.server import Address, BusServers, SimulatedBus, units_of


def bus_addresses(scenario: Scenario, port_base: int | None) -> dict[str, Address]:
    """Where each TCP bus (`gateway/bus`) listens: as the plant file says, or from a port on."""
    found: dict[str, Address] = {}
    for gateway_name, gateway in scenario.plant.gateways.items():
        for bus_name, bus in gateway.buses.items():
            if bus.tcp is None:
                continue
            host, _, port = bus.tcp.rpartition(":")
            found[f"{gateway_name}/{bus_name}"] = (
                Address(host, int(port))
                if port_base is None
                else Address("127.0.0.1", port_base + len(found))
            )
    if not found:
        raise UsageError(f"plant {scenario.plant.id} has no TCP bus; only those can be served")
    return found


def bus_servers(scenario: Scenario, clock: SimulatedClock, port_base: int | None) -> BusServers:
    """Servers for all TCP buses; the registers follow `clock`. Buses on one address share it."""
    timeline = scenario.timeline()
    # Counting from the origin takes some tenths of a second: before anybody is let in.
    timeline.cumulative(scenario.process.names[:1], np.array([clock.now_s()]))
    meters = simulated_meters(scenario, timeline)
    served: dict[Address, SimulatedBus] = {}
    for bus, address in bus_addresses(scenario, port_base).items():
        units = units_of(meters, bus)
        if address in served:
            units = {**served[address].units, **units}
        served[address] = SimulatedBus(units, clock.now_s)
    return BusServers(served)


async def serve(servers: BusServers, ready: Callable[[BusServers], None]) -> None:
    """Listen, say so through `ready`, and end on SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await servers.start()
    try:
        ready(servers)
        await stopped.wait()
    finally:
        with contextlib.suppress(asyncio.CancelledError):
            await servers.stop()
