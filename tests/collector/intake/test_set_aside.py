"""What cannot be stored is kept aside with its reason, and never costs what can."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collector.intake.checks import Message, Refused, Roster
from collector.intake.ingest import Ingest
from collector.intake.worker import commit_each
from collector.store import COUNTER, Samples, Series
from plant.check import load_plant
from plant.reading import Event, Reading
from plant.senml import Pack, encode_pack

from .bench import NOW, POWER, Bench, energy, message, pack_of

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


def test_a_pack_that_breaks_the_store_is_set_aside_and_the_others_are_stored(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_on_power(rows: dict[Series, Samples]) -> dict[Series, Samples]:
        if POWER in rows:
            raise OverflowError("too large")
        return {}

    monkeypatch.setattr(bench.store, "add", break_on_power)
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


def test_a_message_that_cannot_even_be_kept_is_let_go_and_the_others_are_stored(
    bench: Bench,
) -> None:
    """The thread that commits must not end by it."""
    odd = message(pack_of(energy()), 1)._replace(
        properties={"outbox": "box", "seq": "1", "config": "\ud800"}
    )
    answers, _ = commit_each(bench.ingest, [odd, message(pack_of(energy()), 2)])
    assert [answer.stored.stored for answer in answers] == [[(2, 2)]]


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
