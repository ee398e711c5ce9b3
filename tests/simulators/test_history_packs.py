"""The packs of a written past, and the window through which they go."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from plant.codec import Image, Place, decode
from plant.senml import decode_pack
from plant.wire import Stored
from simulators.metering import simulated_meters
from simulators.packs import History
from simulators.registers import UnitRegisters
from simulators.scenario import Scenario
from simulators.window import RESEND_S, Window

pytestmark = pytest.mark.slow

At = Callable[..., float]
SLOT_MS = 900_000


@pytest.fixture
def history(kontum: Scenario, at: At) -> History:
    """Eight days of the shipped plant."""
    return History(kontum, "yard", int(at(2024, 2, 1) * 1000), int(at(2024, 2, 9) * 1000))


def test_the_same_history_is_the_same_bytes(history: History, kontum: Scenario) -> None:
    """Outbox id, numbers and payloads."""
    again = History(kontum, "yard", history.start_ms, history.end_ms)
    assert again.outbox == history.outbox
    assert list(again.packs()) == list(history.packs())


def test_another_span_is_another_outbox(history: History, kontum: Scenario) -> None:
    """A number is never used twice for other content."""
    other = History(kontum, "yard", history.start_ms, history.end_ms + SLOT_MS)
    assert other.outbox != history.outbox


def test_packs_count_from_one_and_hold_every_meter_at_every_slot(history: History) -> None:
    """Each meter once a slot, both edges included, no pack above half a megabyte."""
    packs = list(history.packs())
    assert [pack.seq for pack in packs] == list(range(1, history.count + 1))
    assert max(len(pack.payload) for pack in packs) < 500_000
    readings = [r for pack in packs for r in decode_pack(pack.payload).readings]
    assert len(readings) == sum(pack.readings for pack in packs) == 16 * (8 * 96 + 1)
    by_meter: dict[str, list[int]] = {}
    for reading in readings:
        by_meter.setdefault(reading.meter, []).append(reading.time_ms)
    assert set(by_meter) == set(history.scenario.plant.meters)
    for times in by_meter.values():
        assert times[0] == history.start_ms
        assert times[-1] == history.end_ms
        assert all(b - a == SLOT_MS for a, b in pairwise(times))


def test_a_span_within_slots_holds_only_their_edges(kontum: Scenario, at: At) -> None:
    """From 10:07 to 10:33 are 10:15 and 10:30."""
    start_ms, end_ms = int(at(2024, 2, 1, 10, 7) * 1000), int(at(2024, 2, 1, 10, 33) * 1000)
    slots = list(History(kontum, "yard", start_ms, end_ms).slots_ms)
    edges = [int(at(2024, 2, 1, 10, minute) * 1000) for minute in (15, 30)]
    assert slots == edges


def test_what_was_written_is_what_the_registers_showed(history: History, kontum: Scenario) -> None:
    """Each meter's last reading, against its registers decoded at that instant."""
    *_, last = history.packs()
    readings = {r.meter: r for r in decode_pack(last.payload).readings}
    meters = simulated_meters(kontum, kontum.timeline())
    for name, meter in meters.items():
        sharing = [m for m in meters.values() if m.meter.bus == meter.meter.bus]
        unit = UnitRegisters(m for m in sharing if m.meter.unit_id == meter.meter.unit_id)
        point = meter.model.points[readings[name].point]
        image: dict[Place, int] = {}
        for part in point.everything:
            words = unit.read(
                point.function, part.address, part.words, at_s=readings[name].time_ms / 1000
            )
            taken = Image()
            taken.add(point.function, part.address, words)
            image |= taken.words
        assert decode(point, image) == readings[name].value, name


def test_at_most_thirty_two_packs_wait() -> None:
    """The next is sent when one is settled."""
    window = Window()
    for seq in range(1, 33):
        assert window.has_room
        window.send(seq, now_s=0.0)
    assert not window.has_room
    assert window.settle(Stored("o", [(3, 4)])) == [3, 4]
    assert window.has_room


def test_a_pack_that_waited_half_a_minute_is_due_again_once() -> None:
    """Counted from when it was sent last."""
    window = Window()
    window.send(1, now_s=0.0)
    window.send(2, now_s=10.0)
    assert window.due(now_s=RESEND_S - 0.1) == []
    assert window.due(now_s=RESEND_S) == [1]
    window.send(1, now_s=RESEND_S)
    assert window.due(now_s=RESEND_S) == []


def test_what_is_said_twice_is_counted_once() -> None:
    """`stored` comes again for a duplicate."""
    window = Window()
    window.send(1, now_s=0.0)
    window.send(2, now_s=0.0)
    window.settle(Stored("o", [(1, 1)]))
    window.settle(Stored("o", [(1, 2)]))
    assert window.stored == 2


def test_what_is_set_aside_is_settled_with_its_reason() -> None:
    """It would come back for ever otherwise."""
    window = Window()
    window.send(1, now_s=0.0)
    assert window.settle(Stored("o", [], [(1, "future")])) == [1]
    assert (window.stored, window.aside) == (0, {1: "future"})
