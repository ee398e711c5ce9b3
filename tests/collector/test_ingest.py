"""What becomes of a pack: stored and said so, or set aside with the reason, whatever arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from collector.checks import Message, Refused, Roster
from collector.ingest import Answer, Change, Ingest
from collector.ledger import Intake, Ledger, Sender
from collector.stats import Stats
from collector.store import COUNTER, GAUGE, Latest, Samples, Series
from collector.store.sqlite import SqliteStore
from collector.worker import commit_each
from plant.calendar import SLOT_MS
from plant.chain import Head, brief
from plant.check import load_plant
from plant.description import Plant
from plant.errors import StoreError
from plant.reading import Event, Reading
from plant.wire import Pack, Status, Topic, encode_pack

NOW = 1_780_000_000_000
ENERGY = Series(COUNTER, "mill", ("incomer", "energy"))
POWER = Series(GAUGE, "mill", ("incomer", "power"))


def pack_of(*readings: Reading, events: list[Event] | None = None, plant: str = "mill") -> bytes:
    return encode_pack(Pack(plant, list(readings), events or []), {})


def energy(offset_ms: int = 0, value: float = 1.0) -> Reading:
    return Reading("incomer", "energy", NOW + offset_ms, value)


def message(
    payload: bytes, seq: Any = 1, outbox: str = "box", topic: str = "mill/yard/readings"
) -> Message:
    properties = {"outbox": outbox, "seq": str(seq), "config": "abc"}
    return Message(f"cleanline/v1/{topic}", payload, properties, NOW)


@dataclass
class Bench:
    """An ingest over real SQLite files, with a clock that stands still."""

    store: SqliteStore
    ledger: Ledger
    stats: Stats
    ingest: Ingest

    def commit(self, *messages: Message) -> tuple[list[Answer], list[Change]]:
        return self.ingest.commit(messages)

    def values(self, series: Series = ENERGY) -> list[float]:
        return self.store.read(series, 0, end_ms=2**62).values.tolist()


@pytest.fixture
def bench(plant: Plant, tmp_path: Path) -> Iterator[Bench]:
    store, ledger, stats = SqliteStore(tmp_path / "s.sqlite"), Ledger(tmp_path), Stats()
    rosters = {"mill": Roster.of(plant)}
    ingest = Ingest(rosters, store, ledger=ledger, stats=stats, clock=lambda: NOW)
    yield Bench(store, ledger, stats, ingest)
    store.close()
    ledger.close()


def test_a_sound_pack_is_stored_and_its_exact_number_is_said(bench: Bench) -> None:
    pack = pack_of(energy(0, 5.5), Reading("incomer", "power", NOW, 1200.0))
    ((topic, stored),), _ = bench.commit(message(pack, seq=7))
    assert topic == Topic("mill", "yard", "stored")
    assert (stored.outbox, stored.stored, stored.aside, stored.time_ms) == (
        "box",
        [(7, 7)],
        [],
        NOW,
    )
    assert bench.values() == [5.5]
    assert bench.values(POWER) == [1200.0]


def test_a_value_that_no_plant_can_have_is_told_as_an_event_and_not_stored(bench: Bench) -> None:
    power = [Reading("incomer", "power", NOW + i, v) for i, v in enumerate((1e308, -1e300, 1e-300))]
    ((_, stored),), _ = bench.commit(message(pack_of(*power, energy(0, 2.0**64))))
    assert stored.stored == [(1, 1)]
    assert bench.values(POWER) == [1e-300]
    assert bench.values(ENERGY) == [2.0**64]
    told = bench.ledger.journal.events("mill")[::-1]
    assert [(found.event.point, found.event.kind, found.event.text) for found in told] == [
        ("power", "rejected", "1e+308 is more than any plant has"),
        ("power", "rejected", "-1e+300 is more than any plant has"),
    ]


def test_packs_of_one_commit_are_said_as_ranges_for_each_outbox(bench: Bench) -> None:
    messages = [message(pack_of(energy(i)), seq) for i, seq in enumerate((3, 1, 2, 5))]
    other = message(pack_of(energy(9)), 1, outbox="other")
    answers, _ = bench.commit(*messages, other)
    assert {a.stored.outbox: a.stored.stored for a in answers} == {
        "box": [(1, 3), (5, 5)],
        "other": [(1, 1)],
    }


def test_an_answer_says_which_packs_it_is_about(bench: Bench) -> None:
    """A number alone may stand for a pack of somebody else's."""
    sound, odd = message(pack_of(energy()), 1), message(b"[", 2)
    hashes = [
        brief(Head("box", seq, "abc", "").hash_of(one.payload))
        for seq, one in ((1, sound), (2, odd))
    ]
    ((_, stored),), _ = bench.commit(sound, odd)
    assert stored.packs == [(1, hashes[0]), (2, hashes[1])]
    assert stored.aside[0][0] == 2
    (answer,) = bench.ingest.greeting()
    assert answer.stored.packs == [(1, hashes[0])], "what was set aside is not kept by its hash"


def test_a_pack_that_comes_again_is_said_again_and_is_stored_once(bench: Bench) -> None:
    pack = message(pack_of(energy()))
    first, _ = bench.commit(pack)
    again, _ = bench.commit(pack, pack)
    assert first == again
    assert bench.values() == [1.0]
    counts = bench.stats
    assert (counts.packs, counts.stored_packs, counts.readings, counts.duplicates) == (3, 1, 1, 2)


def test_after_the_line_was_down_the_last_numbers_seen_are_said_again(bench: Bench) -> None:
    for seq in (1, 2, 3, 7, 8):
        bench.commit(message(pack_of(energy(seq)), seq))
    (answer,) = bench.ingest.greeting()
    assert answer.topic == Topic("mill", "yard", "stored")
    assert (answer.stored.outbox, answer.stored.stored) == ("box", [(7, 8)])
    bench.commit(*(message(pack_of(energy(seq)), seq) for seq in range(9, 200)))
    assert bench.ingest.greeting()[0].stored.stored == [(167, 199)]
    for outbox in "abcd":
        bench.commit(message(pack_of(energy(500)), 1, outbox=outbox))
    greeted = {answer.stored.outbox for answer in bench.ingest.greeting()}
    assert greeted == set("abcd"), "of all outboxes that a gateway ever had, the newest"


def test_the_first_reading_of_an_instant_stands_and_another_is_told(bench: Bench) -> None:
    """Nothing that was stored is ever altered by what comes later."""
    bench.commit(message(pack_of(energy(0, 5.0), energy(1000, 7.0)), 1))
    altered = pack_of(energy(0, 6.0), energy(1000, 8.0), energy(2000, 9.0))
    (answer,), (change,) = bench.commit(message(altered, 2), message(pack_of(energy(0, 5.0)), 3))
    assert answer.stored.stored == [(2, 3)], "it would come for ever"
    assert bench.values() == [5.0, 7.0, 9.0]
    (told,) = (one for one in bench.ledger.journal.events("mill") if one.event.kind == "conflict")
    assert (told.gateway, *told.event[:3]) == ("yard", "incomer", "energy", NOW)
    assert told.event.text == "5.0 stands; pack 2 of outbox box says 6.0, and 1 more"
    assert change.latest[ENERGY] == Latest(NOW + 2000, 9.0, 0)


def test_of_two_packs_that_differ_in_one_commit_the_first_stands(bench: Bench) -> None:
    _, (change,) = bench.commit(*(message(pack_of(energy(0, seq)), seq) for seq in (1, 2, 3)))
    assert bench.values() == [1.0]
    texts = {told.event.text for told in bench.ledger.journal.events("mill")}
    assert texts == {f"1.0 stands; pack {n} of outbox box says {n}.0" for n in (2, 3)}
    assert change.latest[ENERGY].value == 1.0


def test_numbers_never_seen_are_known_for_each_outbox(bench: Bench) -> None:
    bench.commit(*(message(pack_of(energy(i)), i) for i in (2, 3, 7)))
    bench.commit(message(b"rubbish", 5))
    (told,) = bench.ledger.journal.completeness("mill")
    assert (told.gateway, told.outbox, told.last) == ("yard", "box", 7)
    assert told.never_seen == [(1, 1), (4, 4), (6, 6)]


BAD = {
    "malformed: not JSON": (b"\xff\x00", "not JSON"),
    "malformed: not a list": (b'{"n": 1}', "not SenML"),
    "malformed: NaN": (b'[{"n":"mill/incomer/energy","t":1780000000,"v":NaN}]', "NaN"),
    "malformed: infinite": (b'[{"n":"mill/incomer/energy","t":1780000000,"v":1e999}]', "inf"),
    "malformed: no value": (b'[{"n":"mill/incomer/energy","t":1780000000}]', "neither v nor vs"),
    "foreign": (pack_of(energy(), plant="other"), "names plant 'other'"),
    "future": (pack_of(energy(301_000)), "301 s ahead"),
    "past": (pack_of(energy(-NOW)), "before the year 2000"),
    "unknown: meter": (pack_of(Reading("nobody", "energy", NOW, 1.0)), "nobody/energy is no point"),
    "unknown: point": (pack_of(Reading("incomer", "ph", NOW, 1.0)), "incomer/ph is no point"),
    "unknown: another gateway's": (pack_of(Reading("well", "count0", NOW, 1.0)), "no point of"),
    "unknown: event": (pack_of(events=[Event("no", "health", NOW, "ok", "")]), "no is no meter"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_pack_is_set_aside_with_its_reason_and_never_stored(bench: Bench, case: str) -> None:
    payload, reason = BAD[case]
    (answer,), _ = bench.commit(message(payload, 4))
    assert answer.stored.stored == []
    ((seq, said),) = answer.stored.aside
    assert seq == 4
    assert reason in said
    (kept,) = bench.ledger.journal.quarantine("mill")
    assert (kept.gateway, kept.seq, kept.reason, kept.payload) == ("yard", 4, said, payload)
    assert bench.stats.aside == {case.split(":", maxsplit=1)[0]: 1}
    assert bench.store.series("mill") == []


def test_a_good_pack_beside_a_bad_one_is_stored(bench: Bench) -> None:
    (answer,), _ = bench.commit(message(b"[", 1), message(pack_of(energy()), 2))
    assert answer.stored.stored == [(2, 2)]
    assert [seq for seq, _ in answer.stored.aside] == [1]
    assert bench.values() == [1.0]


def test_a_reading_just_within_the_tolerance_for_clocks_is_stored(bench: Bench) -> None:
    (answer,), _ = bench.commit(message(pack_of(energy(300_000))))
    assert answer.stored.stored == [(1, 1)]


@pytest.mark.parametrize(
    "properties",
    [{}, {"outbox": "box"}, {"seq": "1"}, {"outbox": "a/b", "seq": "1"}]
    + [{"outbox": "box", "seq": seq} for seq in ("x", "-1", "0", "1.5", "9" * 30, "²")],
)
def test_a_pack_that_does_not_say_who_it_is_is_kept_aside(
    bench: Bench, properties: dict[str, str]
) -> None:
    pack = Message("cleanline/v1/mill/yard/readings", pack_of(energy()), properties, NOW)
    answers, _ = bench.commit(pack)
    assert answers == []
    assert bench.stats.aside == {"unidentified": 1}
    assert len(bench.ledger.journal.quarantine("mill")) == 1
    assert bench.store.series("mill") == []


def test_a_gateway_that_the_plant_file_lacks_is_set_aside(bench: Bench) -> None:
    (answer,), _ = bench.commit(message(pack_of(energy()), topic="mill/stranger/readings"))
    assert "stranger" in answer.stored.aside[0][1]


@pytest.mark.parametrize(
    "topic",
    [
        "cleanline/v1/else/g/readings",
        "weather",
        "cleanline/v1/mill",
        "cleanline/v1/mill//readings",
        "cleanline/v1/mill/nhà máy/readings",
        "cleanline/v1/mill/a\nb/readings",
        f"cleanline/v1/mill/{'g' * 60_000}/readings",
        "cleanline/v1/mill/stranger/status",
    ],
    ids=lambda topic: topic[:40],
)
def test_a_message_on_a_topic_that_is_not_ours_is_counted_and_ignored(
    bench: Bench, topic: str
) -> None:
    assert bench.commit(Message(topic, b"x", {}, NOW)) == ([], [])
    assert bench.stats.aside == {"stray": 1}
    assert bench.ledger.journal.quarantine("mill") == []


def test_what_a_pack_says_of_itself_is_kept_aside_no_longer_than_agents_say_it(
    bench: Bench,
) -> None:
    """The payloads in quarantine are bounded; what stands beside them must be so too."""
    said = {"outbox": "box", "seq": "1", "prev": "x" * 60_000, **{f"p{n}": "y" for n in range(999)}}
    bench.commit(Message("cleanline/v1/mill/yard/readings", pack_of(energy()), said, NOW))
    (aside,) = bench.ledger.journal.quarantine("mill")
    assert aside.kind == "malformed"
    assert len(aside.said) < 400


def test_a_status_beyond_any_that_an_agent_sends_is_ignored(bench: Bench) -> None:
    huge = Status("online", boot="b" * 2_000_000).encode()
    assert bench.commit(Message("cleanline/v1/mill/yard/status", huge, {}, NOW)) == ([], [])
    assert bench.ledger.journal.statuses("mill") == {}


def test_events_are_kept_once_however_often_their_pack_comes(bench: Bench) -> None:
    event = Event("incomer", "health", NOW, "timeout", "no answer in 1 s")
    pack = message(pack_of(energy(), events=[event]))
    bench.commit(pack)
    bench.commit(pack)
    assert [e.event for e in bench.ledger.journal.events("mill")] == [event]


def test_a_status_is_kept_and_told(bench: Bench) -> None:
    status = Status("online", boot="b1", time_ms=NOW, outbox_depth=3)
    topic = "cleanline/v1/mill/yard/status"
    _, changes = bench.commit(Message(topic, status.encode(), {}, NOW))
    assert bench.ledger.journal.statuses("mill") == {"yard": (NOW, status)}
    assert [c.status_of for c in changes] == ["yard"]
    bench.commit(Message(topic, b"", {}, NOW), Message(topic, b"{}", {}, NOW))
    assert bench.ledger.journal.statuses("mill") == {"yard": (NOW, status)}


def test_the_newest_reading_of_each_point_is_told_after_the_commit(bench: Bench) -> None:
    pack = pack_of(energy(-5000, 1.0), energy(0, 3.0), energy(-9000, 0.5))
    _, (change,) = bench.commit(message(pack))
    assert change.latest == {ENERGY: Latest(NOW, 3.0, 0)}


def test_slots_of_consuming_counters_are_marked_for_derivation(bench: Bench) -> None:
    reading = Reading("incomer", "power", NOW - 10 * SLOT_MS, 1.0)
    bench.commit(message(pack_of(energy(), energy(-SLOT_MS), reading)))
    slot = NOW // SLOT_MS
    assert bench.ledger.derivation.take("mill") == {"incomer": [(slot - 1, slot)]}


class Failing:
    """A store that refuses, or breaks on one series."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def add(self, rows: dict[Series, Samples]) -> dict[Series, Samples]:
        if POWER in rows or isinstance(self.error, StoreError):
            raise self.error
        return {}


def test_nothing_is_said_nor_counted_seen_when_the_store_refuses(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.store, "add", Failing(StoreError("disk full")).add)
    with pytest.raises(StoreError):
        bench.commit(message(pack_of(energy())))
    assert bench.ledger.journal.completeness("mill") == []


def test_a_pack_that_breaks_the_store_is_set_aside_and_the_others_are_stored(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.store, "add", Failing(OverflowError("too large")).add)
    power = Reading("incomer", "power", NOW, 1.0)
    packs = [message(pack_of(energy()), 1), message(pack_of(power), 2), message(pack_of(), 3)]
    answers, _ = commit_each(bench.ingest, packs)
    assert [a.stored.stored for a in answers] == [[(1, 1)], [], [(3, 3)]]
    assert answers[1].stored.aside == [(2, "it could not be stored: OverflowError")]


def test_packs_of_a_meter_that_the_plant_file_lacked_are_stored_once_it_is_there(
    bench: Bench, plant_file: Path
) -> None:
    """The agent was told of the new meter before the collector was; its packs are not lost."""
    text = plant_file.read_text(encoding="utf-8")
    new = text.replace("[meters.dryer]", "[meters.mixer]")
    bench.commit(message(pack_of(energy(), Reading("mixer", "energy", NOW, 3.0)), 1))
    bench.commit(message(b"rubbish", 2))
    assert bench.ingest.readmit() == 0
    plant_file.write_text(new, encoding="utf-8")
    rosters = {"mill": Roster.of(load_plant(plant_file))}
    again = Ingest(rosters, bench.store, ledger=bench.ledger, stats=bench.stats, clock=lambda: NOW)
    assert again.readmit() == 1
    assert again.readmit() == 0
    assert bench.values(Series(COUNTER, "mill", ("mixer", "energy"))) == [3.0]
    assert bench.values() == [1.0]
    assert [a.seq for a in bench.ledger.journal.quarantine("mill")] == [2]
    assert "mixer" in bench.ledger.derivation.take("mill")


def test_the_quarantine_is_bounded_and_says_what_it_let_go(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.ledger.quarantine.MOST_PACKS", 3)
    for seq in range(1, 6):
        bench.commit(message(b"rubbish", seq))
    assert [a.seq for a in bench.ledger.journal.quarantine("mill")] == [5, 4, 3]
    assert bench.ledger.journal.evicted("mill") == 2
    bench.commit(message(b"rubbish", 1, topic="mill/stranger/readings"))
    told = {(a.gateway, a.seq) for a in bench.ledger.journal.quarantine("mill")}
    assert told == {("stranger", 1), ("yard", 5), ("yard", 4)}
    monkeypatch.setattr("collector.ledger.quarantine.MOST_PACKS", 9)
    monkeypatch.setattr("collector.ledger.quarantine.MOST_BYTES", 1000)
    for seq in range(2, 6):
        bench.commit(message(b"rubbish" * 100, seq, topic="mill/stranger/readings"))
    told = {(a.gateway, a.seq) for a in bench.ledger.journal.quarantine("mill")}
    assert told == {("stranger", 5), ("yard", 5), ("yard", 4)}, "nobody crowds out the others"


def test_an_event_is_kept_with_a_text_of_bounded_length(bench: Bench) -> None:
    long = Event("incomer", "health", NOW, "k" * 99, "x" * 10**5)
    bench.commit(message(pack_of(events=[long])))
    (told,) = bench.ledger.journal.events("mill")
    assert (len(told.event.kind), told.event.text) == (64, "x" * 2000 + "...")


def test_a_message_that_cannot_even_be_kept_is_let_go_and_the_others_are_stored(
    bench: Bench,
) -> None:
    """The thread that commits must not end by it."""
    odd = message(pack_of(energy()), 1)._replace(
        properties={"outbox": "box", "seq": "1", "config": "\ud800"}
    )
    answers, _ = commit_each(bench.ingest, [odd, message(pack_of(energy()), 2)])
    assert [answer.stored.stored for answer in answers] == [[(2, 2)]]


def test_stats_are_plain_json(bench: Bench) -> None:
    bench.commit(message(pack_of(energy(-2000), energy(-1000))), message(b"[", 2))
    told = json.loads(json.dumps(bench.stats.as_json()))
    assert (told["packs"], told["stored_packs"], told["readings"]) == (2, 1, 2)
    assert told["aside"] == {"malformed": 1}
    assert told["lag_ms"] == 1000
    assert told["configs"] == {"mill/yard": "abc"}


def test_ranges_of_numbers_merge_in_any_order(bench: Bench) -> None:
    sender = Sender("mill", "yard", "box")
    journal = bench.ledger.journal
    for numbers in ([5], [1, 2], [9], [3, 4], [6, 7, 8]):
        journal.record(Intake(seen={sender: numbers}))
    assert journal.record(Intake(seen={sender: [8, 9, 10]})) == {sender: [(8, 9)]}
    (told,) = journal.completeness("mill")
    assert (told.last, told.never_seen) == (10, [])


def test_a_refusal_says_what_it_is_counted_under() -> None:
    assert Refused("future", "ahead").kind == "future"


@pytest.mark.parametrize("unit", ["Wh", "m3", "MWh"])
def test_a_unit_that_is_not_the_plant_files_is_set_aside(bench: Bench, unit: str) -> None:
    """Two copies of a plant file that drifted apart must not make kilowatts of watts."""
    record = {"bn": "mill/", "bver": 26, "n": "incomer/energy", "u": unit, "v": 1, "t": NOW / 1000}
    bench.commit(message(json.dumps([record]).encode()))
    assert bench.values() == []
    assert bench.stats.aside == {"unknown": 1}


def test_the_plant_files_unit_may_be_named_or_left_out(bench: Bench) -> None:
    named = encode_pack(Pack("mill", [energy()]), {("incomer", "energy"): "kWh"})
    bench.commit(message(named), message(pack_of(energy(1000)), 2))
    assert len(bench.values()) == 2


def test_one_point_in_two_units_is_malformed(bench: Bench) -> None:
    first = {"bn": "mill/", "bver": 26, "n": "incomer/energy", "u": "kWh", "v": 1, "t": NOW / 1000}
    bench.commit(message(json.dumps([first, {"n": "incomer/energy", "u": "Wh", "v": 1}]).encode()))
    assert bench.stats.aside == {"malformed": 1}
