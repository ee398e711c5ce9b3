"""Which readings of a scenario must exist: the quarter hours in which a counter could be read."""

import numpy as np
from numpy.typing import NDArray

from plant.calendar import SLOT_MS
from simulators.draws import Array
from simulators.faults.path import ahead_s
from simulators.metering import simulated_meters
from simulators.readable import is_readable
from simulators.scenario import Scenario

Slots = NDArray[np.int64]


def due_slots(scenario: Scenario, start_ms: int, end_ms: int) -> dict[str, Slots]:
    """For each meter that counts, the quarter hours since 1970 that hold a reading.

    Those that begin in [start, end) [ms, UTC] while the meter answers, dated as the gateway's
    clock does. Who reads more often has readings in them too.
    """
    board = scenario.board()
    meters = simulated_meters(scenario, scenario.timeline(), board)
    edges_ms = np.arange(-(-start_ms // SLOT_MS), -(-end_ms // SLOT_MS)) * SLOT_MS
    edges_s: Array = edges_ms / 1000.0
    found: dict[str, Slots] = {}
    for gateway in scenario.plant.gateways:
        dated_s = edges_s + ahead_s(board.at(gateway), edges_s)
        slots = (1000 * dated_s).round().astype(np.int64) // SLOT_MS
        for name, meter in scenario.plant.meters_at(gateway).items():
            if meter.counter is not None:
                found[name] = np.unique(slots[is_readable(meters[name], meter.counter, edges_s)])
    return found
