"""What becomes of a pack: stored once and said so, whatever arrives and however often."""

from __future__ import annotations

import json

import pytest

from collector.intake.checks import Message
from collector.ledger import Intake, Sender
from collector.store import Latest, Samples, Series
from plant.calendar import SLOT_MS
from plant.chain import Head, brief
from plant.errors import StoreError
from plant.reading import Event, Reading
from plant.wire import Status, Topic

from .bench import ENERGY, NOW, POWER, Bench, energy, message, pack_of


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


def test_nothing_is_said_nor_counted_seen_when_the_store_refuses(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(rows: dict[Series, Samples]) -> dict[Series, Samples]:
        raise StoreError("disk full")

    monkeypatch.setattr(bench.store, "add", refuse)
    with pytest.raises(StoreError):
        bench.commit(message(pack_of(energy())))
    assert bench.ledger.journal.completeness("mill") == []


def test_an_event_is_kept_with_a_text_of_bounded_length(bench: Bench) -> None:
    long = Event("incomer", "health", NOW, "k" * 99, "x" * 10**5)
    bench.commit(message(pack_of(events=[long])))
    (told,) = bench.ledger.journal.events("mill")
    assert (len(told.event.kind), told.event.text) == (64, "x" * 2000 + "...")


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
