"""What is told of a run: who was asked, and whether a page shows what the meters showed."""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plant.errors import UsageError
from simulators.clock import SimulatedClock, Watch
from simulators.comparison import Case
from simulators.faults.base import Placed
from simulators.faults.catalogue import read_fault
from simulators.faults.when import When
from simulators.judging import look_for_collector
from simulators.junit import write_junit
from simulators.live import asked_cases, event_cases, shown_cases
from simulators.metering import SimulatedMeter, simulated_meters
from simulators.options import duration_s
from simulators.served import Served

NOW_S = 1_790_000_000.0  # a real clock


@pytest.fixture
def metered(still: Callable[..., Any], install: Any) -> Callable[..., dict[str, SimulatedMeter]]:
    def make(faults: str = "") -> dict[str, SimulatedMeter]:
        scenario = still(a=install("eastron-sdm630", "electricity", start=1000.0), faults=faults)
        return simulated_meters(scenario, scenario.timeline())

    return make


def watch(at: Callable[..., float], speed: float = 60.0) -> Watch:
    """A minute a second, for the last ten seconds, from ten o'clock on."""
    clock = SimulatedClock(at(2025, 1, 1, 10), speed, lambda: 0.0, 0.0)
    return Watch(clock, NOW_S - 10)


def page(value: float | None, *, before_s: float = 0.0) -> dict[str, Any]:
    told = {"key": "a/energy", "value": value, "time_ms": (NOW_S - before_s) * 1000, "unit": "kWh"}
    return {"meters": [{"meter": "a", "values": [told]}]}


def told(cases: Any) -> list[str | None]:
    return [case.difference for case in cases]


def test_a_value_is_right_when_the_meter_showed_it_at_its_time(metered, at) -> None:
    """150 kW: 1,500 kWh by ten, 25 more in ten minutes that pass in ten seconds."""
    meters = metered()
    assert told(shown_cases(page(2525.0), meters, watch(at), now_s=NOW_S)) == [None]
    assert told(shown_cases(page(2512.5, before_s=5), meters, watch(at), now_s=NOW_S)) == [None]
    (wrong,) = told(shown_cases(page(2512.5), meters, watch(at), now_s=NOW_S))
    assert wrong == "a/energy: said 2,512.5 kWh, the meter showed 2,523.75 to 2,526.25"


def test_no_value_and_an_old_one_are_told_unless_a_fault_hides_the_meter(metered, at) -> None:
    assert told(shown_cases(page(None), metered(), watch(at), now_s=NOW_S)) == [
        "a/energy: no value"
    ]
    (old,) = told(shown_cases(page(1.0, before_s=61), metered(), watch(at), now_s=NOW_S))
    assert old == "a/energy: its last reading is 61 s old"
    silent = metered('[[faults]]\nkind = "silence"\nmeter = "a"\n')
    assert told(shown_cases(page(None), silent, watch(at), now_s=NOW_S)) == []


def test_a_jump_that_a_collector_saw_needs_a_fault_even_one_that_has_ended(metered) -> None:
    meters, zone = metered(), ZoneInfo("Asia/Ho_Chi_Minh")
    events = [("a", "reset", 1_790_000_000_000), ("a", "timeout", 0), ("b", "glitch", 0)]
    assert told(event_cases(events[1:], meters, zone)) == [None]
    assert told(event_cases(events, meters, zone)) == [
        "event reset of a at 2026-09-21 21:13: seen, but did not happen"
    ]
    board = meters["a"].board
    number = board.add(Placed(read_fault({"kind": "reset", "meter": "a"}), When(begin_s=0.0)))
    assert told(event_cases(events, meters, zone)) == []
    board.remove(number)
    assert told(event_cases(events, meters, zone)) == []


def test_who_was_never_asked_is_told() -> None:
    unit = SimpleNamespace(meters=[SimpleNamespace(name="pump")])
    bus = SimpleNamespace(units={1: unit, 2: unit}, asked=Counter({1: 3}))
    servers: Any = SimpleNamespace(buses={"127.0.0.1:502": bus})
    assert told(asked_cases(servers)) == [None, "pump: nobody asked unit 2"]


def test_a_junit_file_counts_and_names_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    write_junit(path, "suite", [Case("good"), Case("bad", 'said <1> & "2"')], took_s=1.5)
    suite = Xml.parse(path).getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failed = {c.get("name"): c.find("failure") for c in suite.findall("testcase")}
    assert failed["good"] is None
    assert failed["bad"].get("message") == 'said <1> & "2"'
    with pytest.raises(UsageError, match="--junit"):
        write_junit(tmp_path / "no" / "out.xml", "suite", [], took_s=0)


@pytest.mark.parametrize(("text", "seconds"), [("10m", 600), ("60s", 60), ("2min", 120)])
def test_minutes_may_be_written_as_ci_systems_do(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


def test_a_length_is_no_time() -> None:
    with pytest.raises(UsageError, match="--for 10km"):
        duration_s("10km")


@pytest.mark.parametrize(
    ("until", "begin", "speed", "left_s"),
    [
        (date(2025, 1, 1), (2025, 1, 1, 10), 60.0, 14 * 60),
        (date(2025, 1, 1), (2025, 1, 3, 0), 60.0, None),  # over before it begins
        (date(2025, 1, 1), (2025, 1, 1, 10), 0.0, None),
        (None, (2025, 1, 1, 10), 60.0, None),
    ],
)
def test_a_run_ends_by_itself_when_the_time_of_its_scenario_is_over(
    until: date | None, begin: tuple[int, ...], speed: float, left_s: float | None, at: Any
) -> None:
    clock = SimulatedClock(at(*begin), speed, lambda: 0.0, 0.0)
    plant = SimpleNamespace(zone=ZoneInfo("Asia/Ho_Chi_Minh"))
    scenario: Any = SimpleNamespace(file=SimpleNamespace(until=until), plant=plant)
    nothing: Any = None
    assert Served(scenario, nothing, Watch(clock, NOW_S), nothing).left_s() == left_s


def test_a_collector_that_is_not_there_is_told_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    scenario: Any = SimpleNamespace(plant=SimpleNamespace(id="mill"))
    look_for_collector("http://127.0.0.1:1", scenario, None)
    said = capsys.readouterr().err
    assert "does not answer yet" in said
    assert said.endswith("compared at Ctrl-C\n")
    with pytest.raises(UsageError, match="is not an address"):
        look_for_collector("127.0.0.1:1", scenario, None)
