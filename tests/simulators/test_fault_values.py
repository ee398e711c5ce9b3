"""What faulty meters show, over a plant in which 150 kW and 60 m3/h flow without noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from plant.codec import Rejected, decode
from plant.errors import ScenarioFileError
from simulators.metering import SimulatedMeter, simulated_meters
from simulators.packs import History
from simulators.registers import UnitRegisters
from simulators.scenario import Scenario

At = Callable[..., float]
Still = Callable[..., Scenario]
HOUR = 3600.0


def table(kind: str, *lines: str) -> str:
    """A fault of meter m."""
    return "\n".join(['[[faults]]\nmeter = "m"', f'kind = "{kind}"', *lines, ""])


@pytest.fixture
def metered(still: Still, install: Any) -> Callable[..., SimulatedMeter]:
    """Makes an electricity meter, 1000 kWh on it at the origin, with faults."""

    def make(faults: str, model: str = "eastron-sdm630") -> SimulatedMeter:
        scenario = still(faults=faults, m=install(model, "electricity", start=1000.0))
        return simulated_meters(scenario, scenario.timeline())["m"]

    return make


def energy(meter: SimulatedMeter, *at_s: float) -> list[float]:
    """What its counter shows, to a thousandth."""
    return np.round(meter.value("energy", np.array(at_s)), 3).tolist()


def test_a_stuck_display_jumps_to_the_truth(metered, at: At) -> None:
    meter = metered(table("stuck", 'from = "2025-01-01T02:00"', 'for = "2h"'))
    hours = [at(2025, 1, 1, h) for h in (1, 2, 3, 4)]
    assert energy(meter, *hours) == [1150.0, 1300.0, 1300.0, 1600.0]
    power = meter.value("power", np.array(hours))
    assert power.tolist() == pytest.approx([150e3] * 4)


def test_a_drifting_counter_gains_more_each_day_and_never_goes_back(metered, at: At) -> None:
    meter = metered(table("drift", 'from = "2025-01-02"', 'per_day = "1 %"', 'for = "3day"'))
    sound = metered("")
    days = [at(2025, 1, d) for d in (2, 3, 4, 5, 6)]
    gained = np.array(energy(meter, *days)) - np.array(energy(sound, *days))
    assert gained.tolist() == pytest.approx([0, 36, 36 + 72, 36 + 72 + 108, 36 + 72 + 108])
    fine = np.arange(at(2025, 1, 1), at(2025, 1, 7), 997.0)
    assert np.diff(meter.value("energy", fine)).min() > 0


def test_a_drifting_gauge_reads_more_by_its_age(metered, at: At) -> None:
    meter = metered(table("drift", 'from = "2025-01-02"', 'per_day = "1 %"'))
    power = meter.value("power", np.array([at(2025, 1, 1, 12), at(2025, 1, 4)]))
    assert power.tolist() == pytest.approx([150e3, 153e3])


def test_noise_shakes_gauges_and_no_counter(metered, at: At) -> None:
    meter = metered(table("noise", 'by = "5 %"'))
    seconds = at(2025, 1, 1) + np.arange(2000.0)
    assert meter.value("power", seconds).std() / 150e3 == pytest.approx(0.05, rel=0.1)
    assert np.diff(meter.value("energy", seconds)).min() > 0
    again = meter.value("power", seconds[::-1])[::-1]
    assert np.array_equal(again, meter.value("power", seconds))


def test_a_spike_and_a_zero_last_for_their_span_only(metered, at: At) -> None:
    spike = table("spike", 'point = "energy"', "to = 81250.0", 'from = "2025-01-01T01:00"')
    zero = table("zero", 'from = "2025-01-01T03:00"', 'for = "1s"')
    meter = metered(spike + 'for = "1s"\n' + zero)
    instants = [at(2025, 1, 1, h, 0, s) for h in (1, 3) for s in (0, 1)]
    assert energy(meter, *instants) == [81250.0, 1150.042, 0.0, 1450.042]
    assert meter.value("power", np.array(instants[:1])).tolist() == pytest.approx([150e3])


def test_a_counter_of_few_digits_begins_again(metered, at: At) -> None:
    meter = metered(table("rollover", 'point = "energy"', "at = 1200.0"))
    assert energy(meter, at(2025, 1, 1, 1), at(2025, 1, 1, 2)) == [1150.0, 100.0]


def test_a_reset_keeps_what_flows_and_forgets_what_flowed(metered, at: At) -> None:
    meter = metered(table("reset", 'from = "2025-01-01T02:00"', 'every = "4h"', "to = 7.0"))
    hours = [at(2025, 1, 1, h) for h in (1, 2, 3, 6, 7)]
    assert energy(meter, *hours) == [1150.0, 7.0, 157.0, 7.0, 157.0]


def test_a_step_back_loses_what_was_counted_last_each_time(metered, at: At) -> None:
    meter = metered(
        table("step-back", 'from = "2025-01-01T02:00"', 'every = "2h"', 'lost = "6min"')
    )
    hours = [at(2025, 1, 1, h) for h in (1, 2, 3, 4)]
    assert energy(meter, *hours) == [1150.0, 1285.0, 1435.0, 1570.0]


def test_a_swapped_device_counts_on_from_its_own_number(metered, at: At) -> None:
    meter = metered(
        table("swap", 'from = "2025-01-01T02:00"', 'for = "1h"', "starts = 12.0", 'gain = "2 %"')
    )
    hours = np.array([at(2025, 1, 1, h) for h in (1, 2, 3)])
    assert energy(meter, *hours) == [1150.0, 12.0, 165.0]
    assert meter.board.hides("m", hours).tolist() == [False, True, False]


@pytest.mark.parametrize(("lost", "after"), [("", 300.0), ('lost = "6min"', 1585.0)])
def test_a_rebooted_meter_has_lost_all_or_what_was_not_saved(metered, at: At, lost, after) -> None:
    meter = metered(table("reboot", 'from = "2025-01-01T02:00"', 'for = "1min"', lost))
    assert energy(meter, at(2025, 1, 1, 4)) == [after]


def test_another_transformer_changes_what_flows_through_it_and_no_voltage(metered, at: At) -> None:
    meter = metered(table("ct-ratio", 'from = "2025-01-01T02:00"', "times = 2.0"))
    hours = [at(2025, 1, 1, h) for h in (2, 3)]
    assert energy(meter, *hours) == [1300.0, 1600.0]
    assert meter.value("power", np.array(hours)).tolist() == pytest.approx([300e3, 300e3])
    assert meter.value("voltage_l1", np.array(hours)).tolist() == [230.0, 230.0]


def test_faults_act_on_what_those_before_them_left(metered, at: At) -> None:
    reset = table("reset", 'from = "2025-01-01T01:00"')
    zero = table("zero", 'from = "2025-01-01T03:00"', 'for = "1s"')
    meter = metered(reset + zero)
    assert energy(meter, at(2025, 1, 1, 3), at(2025, 1, 1, 4)) == [0.0, 450.0]


# model, point, fault, what a reader makes of it: a value or a refusal
TORN_WORDS = [
    ("schneider-iem3155", "energy", table("torn"), 1150.0 - 65.536),
    ("eastron-sdm630", "energy", table("nan"), None),
    ("schneider-iem3155", "energy", table("sentinel"), (2**63 - 1) / 1000),
    ("abb-b23", "energy", table("sentinel"), None),
    ("abb-b23", "energy", table("nan"), None),
    # 1150.0 is 0x448FC000: with its words exchanged 0xC000448F, -2.0042.
    ("eastron-sdm630", "energy", table("word-order", 'order = "CDAB"'), -2.004184),
]


@pytest.mark.parametrize(("model", "point", "fault", "read"), TORN_WORDS)
def test_a_reader_gets_what_the_registers_say(
    metered, at: At, model: str, point: str, fault: str, read: float | None
) -> None:
    """Decoded by the model's own file, as the agent does."""
    meter = metered(fault, model)
    described = meter.model.points[point]
    unit = UnitRegisters([meter])
    registers = {
        (described.function, part.address + i): word
        for part in described.everything
        for i, word in enumerate(
            unit.read(described.function, part.address, part.words, at_s=at(2025, 1, 1, 1))
        )
    }
    decoded = decode(described, registers)
    if read is None:
        assert isinstance(decoded, Rejected)
    else:
        assert decoded == pytest.approx(read, rel=1e-6)


def test_written_history_lacks_what_no_reader_could_have_read(
    still: Still, install: Any, at: At
) -> None:
    """An hour of silence, an hour of NaN, a zero that is a value, on quarters of an hour."""
    faults = table("silence", 'from = "2025-01-01T01:00"', 'for = "1h"')
    faults += table("nan", 'from = "2025-01-01T03:00"', 'for = "1h"')
    faults += table("zero", 'from = "2025-01-01T05:00"', 'for = "1s"')
    scenario = still(faults=faults, m=install("eastron-sdm630", "electricity", start=1000.0))
    end_ms = int(at(2025, 1, 1, 6) * 1000)
    history = History(scenario, "g", int(at(2025, 1, 1) * 1000), end_ms)
    (pack,) = history.packs()
    assert pack.readings == 25 - 4 - 4
    meter = simulated_meters(scenario, scenario.timeline())["m"]
    assert energy(meter, at(2025, 1, 1, 5)) == [0.0]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ('kind = "silence"\nmeter = "n"', "meter: found 'n', wanted one of m"),
        ('kind = "silence"\nbus = "g/x"', "bus: found 'g/x', wanted one of g/b"),
        ('kind = "stuck"\nmeter = "m"\npoint = "enrgy"', "did you mean 'energy'"),
        ('kind = "crc"\nbus = "g/b"', "kind: found 'crc'"),
        ('kind = "silence"', "silence strikes one meter or bus: say which"),
        ('kind = "half-open"\nmeter = "m"', "half-open strikes a bus, not a meter"),
        ('kind = "stuck"\nbus = "g/b"', "stuck strikes a meter, not a bus"),
        ('kind = "silnce"\nmeter = "m"', "silnce"),
        ('kind = "silence"\nmeter = "m"\nevery = "1h"', "how long each time"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_what_could(
    still: Still, install: Any, fault: str, told: str
) -> None:
    with pytest.raises(ScenarioFileError) as refused:
        still(faults=f"[[faults]]\n{fault}\n", m=install("eastron-sdm630", "electricity"))
    assert told in str(refused.value)
