"""Registers become values and values registers, as makers and the standard say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant.codec import Rejected, decode, encode, pack, unpack
from plant.models import WORDS, find_model, library
from plant.points import Part, Point


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
        limits = Part(address=0, type=kind).limits
        assert limits is not None
        number = data.draw(st.integers(*limits))
    assert unpack(pack(number, kind, order), kind, order) == number


# Registers written by hand from makers' numbers: (model, point, function, {address: word}, value).
# Addresses and words are worked out from the makers' tables, not taken from config/meters.
# 230.0 as float32 is 0x43660000; 3.6 MWh = 3 600 000 Wh = 0x36EE80, as float32 0x4A5BBA00;
# 12345.67 kWh at 0.01 kWh is 1 234 567 = 0x12D687; "pulse counter" 70 000 = 1 x 65 536 + 4 464;
# 1 234 567.8 kWh at 0.1 kWh is 12 345 678 = 0xBC614E; a million as float64 is 0x412E848000000000;
# 0.5 = 0x3F000000, 1234.5 = 0x449A5000, 12.5 = 0x41480000, 10 000 = 0x461C4000.
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
    # Eastron: input register 30073 of the SDM120, 30389 (resettable) of the SDM72.
    ("eastron-sdm120", "energy", 4, {0x48: 0x449A, 0x49: 0x5000}, 1234.5),
    ("eastron-sdm120", "power", 4, {0x0C: 0x4366, 0x0D: 0}, 230.0),
    ("eastron-sdm72", "energy", 4, {72: 0x449A, 73: 0x5000}, 1234.5),
    ("eastron-sdm72", "energy_partial", 4, {388: 0x3F00, 389: 0}, 0.5),
    # Schneider: L2's import at 3522 in the manual is one watt-hour.
    ("schneider-iem3155", "energy_l2", 3, {3521: 0, 3522: 0, 3523: 0, 3524: 1}, 0.001),
    ("schneider-iem3150", "energy", 3, {3203: 0, 3204: 0, 3205: 0x0036, 3206: 0xEE80}, 3600.0),
    # ABB: net energy of -0.01 kWh, and L3's import.
    ("abb-a43", "energy_net", 3, dict.fromkeys(range(20488, 20492), 0xFFFF), -0.01),
    ("abb-a43", "energy_l3", 3, {21608: 0, 21609: 0, 21610: 0x0012, 21611: 0xD687}, 12345.67),
    ("abb-b24", "current_l2", 3, {23310: 0, 23311: 1250}, 12.5),
    # Siemens: tariff 1 a million watt-hours, tariff 2 a quarter of it, two exponents lower.
    (
        "siemens-pac3200",
        "energy",
        3,
        {801: 0x412E, 802: 0x8480, 803: 0, 804: 0, 805: 0x410E, 806: 0x8480, 807: 0, 808: 0},
        1250.0,
    ),
    ("siemens-pac3200", "power", 3, {65: 0x4812, 66: 0x7C00}, 150_000.0),
    ("siemens-pac3200", "frequency", 3, {55: 0x4248, 56: 0}, 50.0),
    # Carlo Gavazzi, low word first: import at 0x42 with RS485, at 0x34 with Ethernet; -1500.0 W.
    ("carlo-gavazzi-em24", "energy", 4, {66: 0x614E, 67: 0x00BC}, 1234567.8),
    ("carlo-gavazzi-em24-e1", "energy", 4, {52: 0x614E, 53: 0x00BC}, 1234567.8),
    ("carlo-gavazzi-em340", "energy_export", 4, {78: 0x614E, 79: 0x00BC}, 1234567.8),
    ("carlo-gavazzi-em340", "power", 4, {40: 0xC568, 41: 0xFFFF}, -1500.0),
    ("carlo-gavazzi-em24", "power_factor_l3", 4, {52: 0xFC7C}, -0.9),
    ("carlo-gavazzi-em24-e1", "frequency", 4, {51: 499}, 49.9),
    # Janitza: floats of Wh.
    ("janitza-umg604", "energy", 3, {9851: 0x4A5B, 9852: 0xBA00}, 3600.0),
    ("janitza-umg96rm-e", "energy", 3, {19068: 0x4A5B, 19069: 0xBA00}, 3600.0),
    ("janitza-umg96rm-e", "power", 3, {19026: 0x4812, 19027: 0x7C00}, 150_000.0),
    # SunSpec 203 at 40070: W 18 and W_SF 22; TotWhImp 46 and TotWh_SF 54: 65 536 x 10^-1 Wh.
    ("sunspec-meter", "power", 3, {40088: 1500, 40092: 2}, 150_000.0),
    ("sunspec-meter", "power_l3", 3, {40091: 0xFFFE, 40092: 1}, -20.0),
    ("sunspec-meter", "energy", 3, {40116: 1, 40117: 0, 40124: 0xFFFF}, 6.5536),
    # SunSpec 213: TotWhImp 68 as float32.
    ("sunspec-meter-float", "energy", 3, {40138: 0x4A5B, 40139: 0xBA00}, 3600.0),
    # MAG 8000: 123 456 and 500 000 000 thousand-millionths.
    (
        "siemens-mag8000",
        "volume",
        3,
        {3017: 0x0001, 3018: 0xE240, 3019: 0x1DCD, 3020: 0x6500},
        123_456.5,
    ),
    ("siemens-mag8000", "flow", 3, {3002: 0x4148, 3003: 0}, 12.5),
    # Promag 53: the order is what register 4915 says; 1-0-3-2 is low word first.
    ("endress-promag53", "volume", 3, {4915: 3, 2610: 0x4000, 2611: 0x461C}, 10_000.0),
    ("endress-promag53", "volume", 3, {4915: 1, 2610: 0x461C, 2611: 0x4000}, 10_000.0),
    ("endress-promag53", "volume", 3, {4915: 0, 2610: 0x0040, 2611: 0x1C46}, 10_000.0),
    ("endress-promag53", "volume", 3, {4915: 0x0200, 2610: 0x1C46, 2611: 0x0040}, 10_000.0),
    ("endress-promag300", "flow", 3, {2009: 0x0000, 2010: 0x4148}, 12.5),
    # Krohne: input registers 30002 and 30028.
    ("krohne-ifc300", "flow", 4, {2: 0x3F00, 3: 0}, 0.5),
    ("krohne-ifc300", "volume_3", 4, {28: 0x40C3, 29: 0x8800, 30: 0, 31: 0}, 10_000.0),
    # ADS counts from 40000.
    ("ads-triton", "volume", 3, {70: 0x449A, 71: 0x5000}, 1234.5),
    ("ads-flowshark", "flow", 3, {1: 0x3F00, 2: 0}, 0.5),
    # Quality: 40005 of the TSS sc, 25 mg/L as 0.025 g/L in the NITRATAX.
    ("hach-tss", "tss", 3, {4: 0x449A, 5: 0x5000}, 1234.5),
    ("hach-nitratax", "nitrate_n", 3, {0: 0x3CCC, 1: 0xCCCD, 2: 1}, 25.0),
    ("boqu-bh485-nh", "ammonium_n", 3, {16: 0x4148, 17: 0}, 12.5),
    ("supmea-tss", "turbidity", 3, {0: 0, 1: 12345}, 123.45),
    ("supmea-tss", "tss", 3, {2: 0, 3: 456}, 45.6),
    ("yokogawa-flxa402-ph", "ph", 3, {6: 0x40E8, 7: 0}, 7.25),
    # Pulse counters: 30007-30008 low word first; third word of the input image; 30-31 high, low.
    ("icpdas-m7084", "count3", 4, {6: 4464, 7: 1}, 70_000.0),
    ("wago-750-638", "count2", 4, {3: 65_535}, 65_535.0),
    ("saia-pcd7-h104d", "count2", 3, {30: 1, 31: 4464}, 70_000.0),
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
    step = 10.0**description.exponent.usual if description.exponent else 0.0
    decoded = decode(description, encode(description, value))
    assert decoded == pytest.approx(value, rel=1e-6, abs=step / 2)


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


def test_a_scale_factor_that_is_not_implemented_makes_no_value_of_zero() -> None:
    """SunSpec: 0x8000 in a scale factor. 10^-32768 would make every power 0 W."""
    power = find_model("sunspec-meter").points["power"]
    assert decode(power, {(3, 40088): 1500, (3, 40092): 0x8000}) == Rejected(
        "10^-32768 is no scale (register 40092)"
    )


def test_an_accumulator_of_zero_is_not_implemented() -> None:
    """SunSpec acc32: a meter without an export counter must not report an export of 0."""
    export = find_model("sunspec-meter").points["energy_export"]
    assert isinstance(decode(export, {(3, 40108): 0, (3, 40109): 0, (3, 40124): 0}), Rejected)
    assert decode(export, {(3, 40108): 0, (3, 40109): 1, (3, 40124): 0}) == 0.001


def test_sunspec_integers_that_are_not_implemented_are_rejected() -> None:
    """int16 0x8000: -32,768 W would be a plausible export."""
    power = find_model("sunspec-meter").points["power"]
    assert isinstance(decode(power, {(3, 40088): 0x8000, (3, 40092): 0}), Rejected)


def test_a_byte_order_that_the_model_does_not_know_is_rejected() -> None:
    """Not read in some order: the value would be plausible now and then."""
    volume = find_model("endress-promag53").points["volume"]
    assert decode(volume, {(3, 4915): 7, (3, 2610): 0x461C, (3, 2611): 0x4000}) == Rejected(
        "byte order 7 is not in the model"
    )


def test_a_device_with_an_order_register_shows_the_factorys_order() -> None:
    volume = find_model("endress-promag53").points["volume"]
    assert encode(volume, 10_000.0) == {(3, 4915): 3, (3, 2610): 0x4000, (3, 2611): 0x461C}


def test_both_tariffs_are_consumption() -> None:
    """A program that reads only tariff 1 sees a plant that does not work by night."""
    energy = find_model("siemens-pac3200").points["energy"]
    day = {(3, 801 + i): word for i, word in enumerate(pack(0.0, "float64"))}
    night = {(3, 805 + i): word for i, word in enumerate(pack(2_000_000.0, "float64"))}
    assert decode(energy, day | night) == 2000.0


def test_a_sixteen_bit_counter_wraps_at_65_536() -> None:
    count = find_model("wago-750-638").points["count1"]
    assert count.wraps_at == 65_536
    assert decode(count, encode(count, 65_536.0 + 7)) == 7


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [("bit", 0, 1), ("int16", -32_768, 32_767), ("uint32", 0, 4_294_967_295), ("bcd16", 0, 9999),
     ("bcd32", 0, 99_999_999), ("int64", -(2**63), 2**63 - 1)],
)  # fmt: skip
def test_a_type_holds_the_numbers_that_its_bits_make(kind, least, most) -> None:
    assert Part(address=0, type=kind).limits == (least, most)


@pytest.mark.parametrize(
    ("words", "order", "value"),
    [
        ([0x0012, 0x3456], "ABCD", 1234.56),
        ([0x3456, 0x0012], "CDAB", 1234.56),
        ([0x5634, 0x1200], "DCBA", 1234.56),
        ([0x0012, 0x345A], "ABCD", Rejected("NaN")),
        ([0xFFFF, 0xFFFF], "ABCD", Rejected("NaN")),
    ],
)
def test_four_bits_are_a_decimal_digit_and_no_digit_is_no_number(words, order, value) -> None:
    """CJ/T 188 water meters: 00123456 in packed decimals, two of them behind the point."""
    volume = Point(
        function=3, address=0, type="bcd32", order=order, factor=0.01, unit="m3", kind="counter"
    )
    assert decode(volume, {(3, place): word for place, word in enumerate(words)}) == value
    assert volume.wraps_at == 1_000_000
    assert decode(volume, encode(volume, 1_000_000.07)) == 0.07


def test_registers_of_four_decimal_digits_each_add_up() -> None:
    """Schneider PM800, PowerLogic "mod10": 1234 5678 9012 Wh, low register first."""
    parts = [Part(address=i, type="uint16", factor=10.0 ** (4 * i)) for i in range(4)]
    energy = Point(
        function=3, parts=tuple(parts), unit="kWh", factor=0.001, kind="counter", modulus=1e13
    )
    words = {(3, 0): 9012, (3, 1): 5678, (3, 2): 1234, (3, 3): 0}
    assert decode(energy, words) == 123_456_789.012
    assert energy.wraps_at == 1e13


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
