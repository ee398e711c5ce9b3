"""Registers written by hand from the makers' numbers.

Neither the addresses nor the words here come from config/meters or from plant.codec: one wrong
file, or one wrong swap, cannot agree with itself. Addresses are worked out from the maker's own
numbering in the comment beside each.
"""

from collections.abc import Callable
from typing import Any

import pytest

from simulators.metering import simulated_meters
from simulators.registers import UnitRegisters
from simulators.scenario import Scenario

At = Callable[..., float]
Still = Callable[..., Scenario]


def unit(scenario: Scenario) -> UnitRegisters:
    """The only unit of a still plant."""
    return UnitRegisters(simulated_meters(scenario, scenario.timeline()).values())


# model, measures, counter's start, function, address, words at midnight of the first day
BY_HAND: list[tuple[str, str, float, int, int, list[int]]] = [
    # Eastron 30073: 73 - 1 = 0x48, input registers. 1234.5 = 0x449A5000, high word first.
    ("eastron-sdm630", "electricity", 1234.5, 4, 0x48, [0x449A, 0x5000]),
    # Eastron 30053 total power: 150,000 W = 0x48127C00.
    ("eastron-sdm630", "electricity", 0.0, 4, 52, [0x4812, 0x7C00]),
    # Schneider 3204: 3203 in the frame. 123,456,789 Wh = 0x075BCD15 in four registers.
    ("schneider-iem3155", "electricity", 123456.789, 3, 3203, [0, 0, 0x075B, 0xCD15]),
    # Schneider 3060 total active power in kW: 150 = 0x43160000.
    ("schneider-iem3155", "electricity", 0.0, 3, 3059, [0x4316, 0x0000]),
    # Schneider 3204 again, above four thousand million Wh: 29,585,668,155 = 0x6E371783B.
    ("schneider-pm5560", "electricity", 29585668.155, 3, 3203, [0, 0x0006, 0xE371, 0x783B]),
    # ABB 0x5000 goes on the bus as printed. 1,003,287.45 kWh = 100,328,745 = 0x05FAE529.
    ("abb-b23", "electricity", 1003287.45, 3, 0x5000, [0, 0, 0x05FA, 0xE529]),
    # ABB 0x5B14 total power, 0.01 W: 15,000,000 = 0x00E4E1C0.
    ("abb-b23", "electricity", 0.0, 3, 0x5B14, [0x00E4, 0xE1C0]),
    # ABB 0x8960 model code: the text "B23 ".
    ("abb-b23", "electricity", 0.0, 3, 0x8960, [0x4232, 0x3320]),
    # TUF-2000M 9-10 LONG and 11-12 REAL4, low word first. 904,318 = 0x000DCC7E; 0.25 = 0x3E800000.
    ("tuf-2000m", "water", 904318.25, 3, 8, [0xCC7E, 0x000D, 0x0000, 0x3E80]),
    # TUF-2000M 1-2 flow: by night 0.5 x 60 m3/h = 30 = 0x41F00000, low word first.
    ("tuf-2000m", "water", 0.0, 3, 0, [0x0000, 0x41F0]),
    # TUF-2000M 1438 totalizer unit m3 = 0; 1439 multiplier 3 = x 1.
    ("tuf-2000m", "water", 0.0, 3, 1437, [0, 3]),
    # Siemens 4:03015, Modbus address 3014: float64 2,408,110.5 = 0x41425F5740000000.
    ("siemens-mag6000", "water", 2408110.5, 3, 3014, [0x4142, 0x5F57, 0x4000, 0x0000]),
    # Siemens 602 product code: 24 = MAG 6000.
    ("siemens-mag6000", "water", 0.0, 3, 602, [24]),
    # ADAM 40001-40002: 40002 x 65536 + 40001. 5,630,297 = 85 x 65536 + 59,737.
    ("advantech-adam6050", "water", 5630297.0, 3, 0, [59737, 85]),
    # BOQU register 2: pH 7.25 = 0x40E80000.
    ("boqu-bh485-ph", "acid.value", 0.0, 3, 2, [0x40E8, 0x0000]),
    # Eastron 30073 of the SDM120.
    ("eastron-sdm120", "electricity", 1234.5, 4, 72, [0x449A, 0x5000]),
    # ABB A43, L1's import at 0x5460: a third of 1,003,287.45 kWh = 33,442,915 = 0x01FE4C63.
    ("abb-a43", "electricity", 1003287.45, 3, 0x5460, [0, 0, 0x01FE, 0x4C63]),
    # Siemens PAC3200: all in tariff 1 at 801, none in tariff 2 at 805. 1,000 kWh = 1e6 Wh.
    ("siemens-pac3200", "electricity", 1000.0, 3, 801, [0x412E, 0x8480, 0, 0, 0, 0, 0, 0]),
    # Carlo Gavazzi EM24 0x42, low word first: 1,234,567.8 kWh = 12,345,678 = 0x00BC614E.
    ("carlo-gavazzi-em24", "electricity", 1234567.8, 4, 0x42, [0x614E, 0x00BC]),
    ("carlo-gavazzi-em340", "electricity", 1234567.8, 4, 0x34, [0x614E, 0x00BC]),
    # Janitza 9851, Wh: 3,600 kWh = 0x4A5BBA00.
    ("janitza-umg604", "electricity", 3600.0, 3, 9851, [0x4A5B, 0xBA00]),
    # SunSpec: marker and common model of 66 registers; meter 203 of 105; the end.
    ("sunspec-meter", "electricity", 0.0, 3, 40000, [0x5375, 0x6E53, 1, 66]),
    ("sunspec-meter", "electricity", 0.0, 3, 40070, [203, 105]),
    ("sunspec-meter", "electricity", 0.0, 3, 40177, [0xFFFF, 0]),
    # SunSpec W 18 = 1,500 with W_SF 22 = 2; TotWhImp 46: 6,553,600 Wh = 0x00640000.
    ("sunspec-meter", "electricity", 0.0, 3, 40088, [1500, 500, 500, 500, 2]),
    ("sunspec-meter", "electricity", 6553.6, 3, 40116, [0x0064, 0x0000]),
    # MAG 8000 3017: 123,456 m3 and 500,000,000 thousand-millionths.
    ("siemens-mag8000", "water", 123456.5, 3, 3017, [0x0001, 0xE240, 0x1DCD, 0x6500]),
    # Promag 53: byte order 1-0-3-2 (3), then low word first: 10,000 = 0x461C4000.
    ("endress-promag53", "water", 10000.0, 3, 4915, [3]),
    ("endress-promag53", "water", 10000.0, 3, 2610, [0x4000, 0x461C]),
    # WAGO 750-638, second word: 65,536 + 7 pulses have wrapped.
    ("wago-750-638", "water", 65543.0, 4, 1, [7]),
    # Hach 40001 value 96.5 = 0x42C10000, then 40003 unit 0 = mg/L.
    ("hach-uvas", "organic.value", 0.0, 3, 0, [0x42C1, 0x0000, 0]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "measures", "start", "function", "address", "words"), BY_HAND)
def test_known_values_stand_in_the_registers_that_the_maker_names(
    still: Still, install: Any, at: At, *, model: str, measures: str, start: float, function: int,
    address: int, words: list[int],
) -> None:  # fmt: skip
    """At the counters' first midnight."""
    pulse = 'pulse = "1 m3"' if model.startswith(("advantech", "wago")) else ""
    scenario = still(m=install(model, measures, start=start, extra=pulse))
    read = unit(scenario).read(function, address, len(words), at_s=at(2025, 1, 1))
    assert read == words


def test_the_signal_quality_of_a_clamp_on_meter_is_good(still: Still, install: Any, at: At) -> None:
    """TUF-2000M register 92, low byte: 0-99."""
    scenario = still(m=install("tuf-2000m", "water"))
    (word,) = unit(scenario).read(3, 91, 1, at_s=at(2025, 1, 1))
    assert 50 <= word & 0xFF <= 99
