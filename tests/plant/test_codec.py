"""Registers become values and values registers, as makers and the standard say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant.codec import Rejected, decode, encode, pack, unpack
from plant.models import WORDS, find_model, library


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("ABCD", [0x0A0B, 0x0C0D]),
        ("CDAB", [0x0C0D, 0x0A0B]),
        ("BADC", [0x0B0A, 0x0D0C]),
        ("DCBA", [0x0D0C, 0x0B0A]),
    ],
)
def test_the_four_orders_lay_out_a_number_as_the_table_says(order, words) -> None:
    assert pack(0x0A0B0C0D, "uint32", order) == words
    assert unpack(words, "uint32", order) == 0x0A0B0C0D


@given(
    st.sampled_from([t for t in WORDS if t != "bit"]),
    st.sampled_from(["ABCD", "CDAB", "BADC", "DCBA"]),
    st.data(),
)
def test_what_is_packed_unpacks_to_the_same(kind, order, data) -> None:
    if kind.startswith("float"):
        number = data.draw(st.floats(width=int(kind[5:]), allow_nan=False))
    else:
        bits = int(kind.removeprefix("u").removeprefix("int"))
        low, high = (
            (0, 2**bits - 1) if kind[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        )
        number = data.draw(st.integers(low, high))
    assert unpack(pack(number, kind, order), kind, order) == number


# Registers written by hand from makers' numbers: (model, point, function, {address: word}, value).
# 230.0 as float32 is 0x43660000; 3.6 MWh = 3 600 000 Wh = 0x36EE80; 12345.67 kWh at 0.01 kWh is
# 1 234 567 = 0x12D687; "pulse counter" 70 000 = 1 x 65 536 + 4 464.
BY_HAND = [
    ("eastron-sdm630", "voltage_l1", 4, {0x0000: 0x4366, 0x0001: 0x0000}, 230.0),
    ("eastron-sdm630", "energy", 4, {0x0048: 0x461C, 0x0049: 0x4000}, 10000.0),
    ("schneider-iem3155", "energy", 3, {3203: 0, 3204: 0, 3205: 0x0036, 3206: 0xEE80}, 3600.0),
    ("schneider-pm5560", "power", 3, {3059: 0x42C8, 3060: 0x0000}, 100.0),
    ("abb-b23", "energy", 3, {0x5000: 0, 0x5001: 0, 0x5002: 0x0012, 0x5003: 0xD687}, 12345.67),
    ("abb-b23", "power", 3, {0x5B14: 0xFFFF, 0x5B15: 0xD8F0}, -100.0),
    ("advantech-adam6050", "count0", 3, {0: 4464, 1: 1}, 70000.0),
    (
        "tuf-2000m",
        "volume",
        3,
        {8: 0xD687, 9: 0x0012, 10: 0x0000, 11: 0x3F00, 91: 0x5250, 1437: 0, 1438: 3},
        1234567.5,
    ),
    ("siemens-mag6000", "volume", 3, {3014: 0x40C3, 3015: 0x8800, 3016: 0, 3017: 0}, 10000.0),
    ("hach-uvas", "cod", 3, {0: 0x3E99, 1: 0x999A, 2: 1}, 300.0),
]


@pytest.mark.parametrize(("model", "point", "function", "words", "value"), BY_HAND)
def test_registers_written_by_hand_decode_to_the_makers_value(
    model, point, function, words, value
) -> None:
    registers = {(function, address): word for address, word in words.items()}
    decoded = decode(find_model(model).points[point], registers)
    assert decoded == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize(
    ("model", "point"), [(m.id, p) for m in library().values() for p in m.points]
)
def test_every_shipped_point_decodes_what_it_encodes(model: str, point: str) -> None:
    description = find_model(model).points[point]
    value = min(42.0, description.most or 42.0) if description.kind == "gauge" else 1234.0
    if description.exponent:
        registers = encode(description, value, exponent=-description.exponent.add)
    else:
        registers = encode(description, value)
    assert decode(description, registers) == pytest.approx(value, rel=1e-6)


def test_a_counter_register_wraps_as_the_device_does() -> None:
    count = find_model("advantech-adam6050").points["count0"]
    assert count.wraps_at == 2.0**32
    assert decode(count, encode(count, 2.0**32 + 5)) == 5


def test_a_tenth_is_a_tenth() -> None:
    energy = find_model("abb-b23").points["energy"]
    assert decode(energy, encode(energy, 0.07)) == 0.07
    assert decode(energy, encode(energy, 99_999_999.99)) == 99_999_999.99


def test_nan_sentinels_and_weak_signals_are_rejected_never_zero() -> None:
    sdm, abb, tuf = (find_model(m) for m in ("eastron-sdm630", "abb-b23", "tuf-2000m"))
    nan = {(4, 0x48): 0x7FC0, (4, 0x49): 0}
    assert decode(sdm.points["energy"], nan) == Rejected("NaN")
    absent = {(3, 0x5004 + i): 0xFFFF for i in range(4)}
    assert isinstance(decode(abb.points["energy_export"], absent), Rejected)
    flow = encode(tuf.points["flow"], 12.0) | {(3, 91): 10}
    assert decode(tuf.points["flow"], flow) == Rejected("signal too weak (register 91 = 0x000a)")


def test_an_unknown_unit_code_is_rejected() -> None:
    cod = find_model("hach-uvas").points["cod"]
    assert decode(cod, encode(cod, 100.0) | {(3, 2): 9}) == Rejected(
        "unit code 9 is not in the model"
    )


def test_a_missing_register_is_an_error_not_a_value() -> None:
    with pytest.raises(KeyError):
        decode(find_model("eastron-sdm630").points["energy"], {(4, 0x48): 0})


@given(st.integers(0, 2**31 - 1))
def test_an_integer_and_its_fraction_add_up(thousandths: int) -> None:
    volume = find_model("tuf-2000m").points["volume"]
    value = thousandths / 1000
    decoded = decode(volume, encode(volume, value, exponent=3))
    assert isinstance(decoded, float)
    assert math.isclose(decoded, value, abs_tol=1e-6)
