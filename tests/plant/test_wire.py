"""Packs, answers and statuses survive the wire; what is not one is refused with the reason."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant.errors import WireError
from plant.reading import Event, Reading
from plant.senml import Pack, decode_pack, encode_pack
from plant.wire import MeterHealth, Status, Stored, parse_topic, ranges

NOW = 1_790_000_000_123
UNITS = {("incomer", "energy"): "kWh", ("well", "volume"): "m3"}

readings = st.builds(
    Reading,
    st.sampled_from(["incomer", "well"]),
    st.sampled_from(["energy", "volume"]),
    st.integers(0, 4_102_444_800_000),
    st.floats(allow_nan=False, allow_infinity=False),
)
events = st.builds(
    Event,
    st.just("incomer"),
    st.just("health"),
    st.integers(0, 4_102_444_800_000),
    st.sampled_from(["timeout", "ok"]),
    st.text(max_size=30),
)


@given(st.lists(readings, max_size=20), st.lists(events, max_size=5))
def test_a_pack_comes_out_as_it_went_in(some_readings, some_events) -> None:
    pack = Pack("kontum-starch", some_readings, some_events)
    assert decode_pack(encode_pack(pack, UNITS)) == pack


def test_a_pack_is_senml_with_the_secondary_units_declared() -> None:
    records = json.loads(encode_pack(Pack("p", [Reading("incomer", "energy", NOW, 1.5)]), UNITS))
    assert records == [
        {
            "bn": "p/",
            "bt": NOW // 1000,
            "bver": 26,
            "n": "incomer/energy",
            "u": "kWh",
            "t": 0.123,
            "v": 1.5,
        }
    ]


def test_a_pack_of_another_sender_may_use_base_values_and_full_names() -> None:
    payload = b'[{"bn":"p/m/","bt":100,"bv":10,"n":"a","v":1},{"n":"b","v":2,"t":0.5}]'
    assert decode_pack(payload).readings == [
        Reading("m", "a", 100_000, 11.0),
        Reading("m", "b", 100_500, 12.0),
    ]


def test_a_pack_may_name_one_point_once_and_be_of_an_older_version() -> None:
    """RFC 8428, 5.1.3 (a base name that is whole) and the version of 5.1.2, in our names."""
    payload = b"""[{"bn":"p/m/humidity","bt":1.320067464e+09,"bver":5,"bu":"%RH","v":21.2},
        {"t":10,"v":21.3},{"t":20,"v":21.4},{"t":25,"vs":"ok: dry"}]"""
    pack = decode_pack(payload)
    at = 1_320_067_464_000
    assert pack.readings == [
        Reading("m", "humidity", at, 21.2),
        Reading("m", "humidity", at + 10_000, 21.3),
        Reading("m", "humidity", at + 20_000, 21.4),
    ]
    assert pack.events == [Event("m", "humidity", at + 25_000, "ok", "dry")]
    assert pack.units == {("m", "humidity"): "%RH"}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"{}", "a list of records"),
        (b"[1]", "a list of records"),
        (b'[{"n":"p/m/a","v":NaN}]', "NaN is not a number"),
        (b'[{"n":"p/m/a","v":Infinity}]', "not a number"),
        (b'[{"n":"p/m/a","v":1e999}]', "not a number"),
        (b'[{"n":"p/m/a"}]', "neither v nor vs"),
        (b'[{"n":"p/m/a","v":"1"}]', "not SenML"),
        (b'[{"n":"p/m","v":1}]', "is not <plant>/<meter>/<point>"),
        (b'[{"n":"p/m/a","v":1},{"n":"q/m/a","v":1}]', "several plants"),
        (b'[{"bver":99,"n":"p/m/a","v":1}]', "SenML version"),
        (b'[{"bver":"5","n":"p/m/a","v":1}]', "not SenML"),
        (b'[{"bn":"p/m/a","s":5}]', "neither v nor vs"),
        (b'[{"n":"p/m/a","v":1,"reset_":1}]', "not understood: 'reset_'"),
        (b'[{"n":"p/m/a","v":1,"t":1e400}]', "not"),
        (b"[" * 100_000, "not JSON"),
        (b'[{"n":"p/m/a","v":1,"reset\\u005f":1}]', "not understood: 'reset_'"),
        (b'[{"n":"p/m/a","vs":"x: \\ud800"}]', "not JSON"),
        (b'[{"n":"p/m/a","vs":"x: \xed\xa0\x80"}]', "not JSON"),
        ('[{"n":"p/m/a","v":true}]'.encode("utf-16"), "not JSON"),
        (b'[{"n":"p/m/a","v":true}]', "no numbers"),
        (b'[{"n":"p/m/a","v":1,"bt":false}]', "no numbers"),
        # Multiplied by 1000 as times are, four megabytes of these would be all the memory.
        (b'[{"n":"p/m/a","v":1,"bt":"x","t":"y"}]', "concatenate"),
        (b'[{"n":"p/m/a","v":1,"bt":[0],"t":[0]}]', "concatenate"),
        (b'[{"n":"p/m/a","v":1,"bt":' + b"9" * 400 + b"}]", "too large"),
    ],
)
def test_what_is_not_a_sound_pack_is_refused_with_the_reason(payload, reason) -> None:
    with pytest.raises(WireError, match=reason):
        decode_pack(payload)


def test_escapes_that_are_whole_characters_and_words_in_events_are_taken() -> None:
    events = [Event("m", "a", 5000, "ok", "nước 💧 true \\u")]
    assert decode_pack(encode_pack(Pack("p", [], events), {})).events == events


def test_a_status_of_half_a_character_is_refused() -> None:
    """A page that shows it could not be written."""
    told = Status("online", "\ud800", 1).encode()
    for payload in (told, told.replace(b"\\ud800", b"\xed\xa0\x80")):
        with pytest.raises(WireError, match="not a status"):
            Status.decode(payload)


@pytest.mark.parametrize("name", ["time", "depth", "offset", "meters"])
def test_a_status_of_numbers_that_nothing_can_count_is_refused(name: str) -> None:
    """One of a gateway would else keep the metrics of all from being written."""
    huge = 10**400
    told = json.loads(Status("online", "b", 1, {}, 3, -12).encode())
    told[name] = {"m": ["ok", huge, ""]} if name == "meters" else huge
    with pytest.raises(WireError, match="not a status: a number of 1329 bits"):
        Status.decode(json.dumps(told).encode())


@given(st.binary(max_size=200))
def test_no_bytes_make_the_decoder_fail_otherwise(payload: bytes) -> None:
    with suppress(WireError):
        decode_pack(payload)


@given(st.sets(st.integers(1, 60)))
def test_ranges_hold_exactly_the_numbers(numbers: set[int]) -> None:
    found = ranges(numbers)
    assert {n for a, b in found for n in range(a, b + 1)} == numbers
    assert all(b + 1 < c for (_, b), (c, _) in pairwise(found))


def test_stored_is_exact_and_frees_what_was_set_aside() -> None:
    stored = Stored("abc", [(1, 3), (7, 7)], [(5, "not JSON")], NOW)
    assert Stored.decode(stored.encode()) == stored
    assert stored.numbers() == {1, 2, 3, 5, 7}
    with pytest.raises(WireError, match="not a `stored` message"):
        Stored.decode(b'{"outbox":"x"}')


def test_a_status_tells_each_meters_health_and_since_when() -> None:
    status = Status(
        "online", "boot", NOW, {"m": MeterHealth("timeout", NOW, "no answer")}, 3, -12, "cfg"
    )
    assert Status.decode(status.encode()) == status
    with pytest.raises(WireError, match="not a status"):
        Status.decode(b"[]")


def test_topics_are_read_and_written() -> None:
    topic = parse_topic("cleanline/v1/p/g/readings")
    assert (topic.plant, topic.gateway, topic.leaf) == ("p", "g", "readings")
    assert str(topic) == "cleanline/v1/p/g/readings"
    with pytest.raises(WireError):
        parse_topic("cleanline/v2/p/g/readings")
