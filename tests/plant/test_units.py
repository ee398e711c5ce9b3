"""Units are parsed, compared and converted exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant.errors import UnitError
from plant.units import convert, convert_level, fits, is_known, parse_quantity, parse_unit, ratio


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (1, "MWh", "kWh", 1000),
        (1, "kWh", "MJ", 3.6),
        (24, "m3/day", "m3/h", 1),
        (1, "MGD", "m3/h", 157.725491),
        (1, "MMBTU", "GJ", 1.05505585262),
        (100, "L/kg", "m3/t", 100),
        (3, "m³", "m3", 3),
        (3, "kL", "m3", 3),
        (10, "therm", "MMBTU", 1),
        (1, "ccf", "m3", 2.8316846592),
        (1000, "lb", "kg", 453.59237),
        (286, "MJ/hl", "kWh/m3", 286 / 3.6 * 10),
        # NIST SP 811, appendix B.8: BTU(IT), hp of 550 ft lbf/s, ton of refrigeration, psi, barrel,
        # gallons, short and long ton, coal equivalent of 7 Gcal(IT).
        (1, "kBTU", "kJ", 1055.05585262),
        (1, "dth", "therm", 10),
        (1, "hp", "W", 745.69987158227022),
        (1, "RT", "BTU/h", 12000),
        (1, "RT", "kW", 3.516852842067),
        (1, "psi", "kPa", 6.894757293168),
        (1, "bbl", "L", 158.987294928),
        (1, "imp-gal", "L", 4.54609),
        (1, "short-ton", "kg", 907.18474),
        (1, "long-ton", "kg", 1016.0469088),
        (1, "tce", "GJ", 29.3076),
        (1, "ktoe", "TJ", 41.868),
        (1, "TOE", "Mcal", 10000),
        (1, "Mcf", "m3", 28.316846592),
        (500, "gCO2/kWh", "tCO2/MWh", 0.5),
        (1, "tấn", "lbs", 1 / 0.00045359237),
        (7, "m3/day", "m3/week", 49),
    ],
)
def test_known_conversions(value: float, unit: str, to: str, expected: float) -> None:
    assert convert(value, unit, to) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [(68, "degF", "degC", 20), (-40, "degC", "degF", -40), (0, "degC", "K", 273.15),
     (20, "degC", "°C", 20), (18, "degF day", "degC day", 10), (3, "MWh", "kWh", 3000)],
)  # fmt: skip
def test_a_level_is_converted_with_the_zero_of_its_scale_and_degree_days_are_not(
    value, unit, to, expected
) -> None:
    assert convert_level(value, unit, to) == pytest.approx(expected, rel=1e-14)


UNITS = ["kWh", "MJ", "MMBTU", "Wh", "kcal", "toe"]


@given(st.sampled_from(UNITS), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_a_conversion_by_a_detour_is_exactly_the_direct_one(a: str, b: str, c: str) -> None:
    assert ratio(a, b) * ratio(b, c) == ratio(a, c)


def test_a_unit_that_measures_another_thing_is_refused() -> None:
    with pytest.raises(UnitError, match="measure different things"):
        convert(1, "kWh", "m3")
    assert not fits("kWh", "kvarh")


@pytest.mark.parametrize(
    ("unit", "to", "meant"),
    [("kWh/ton", "kWh/t", "short-ton"), ("m3/month", "m3/day", "28 to 31"), ("L", "gallons", "US")],
)
def test_what_may_be_several_units_is_told_and_never_guessed(unit, to, meant) -> None:
    with pytest.raises(UnitError, match=f"write .*{meant}"):
        ratio(unit, to)


def test_a_plant_may_have_units_of_its_own() -> None:
    assert parse_unit("kWh/crate").dimension == (("crate", -1), ("energy", 1))
    assert fits("crate", "crate")
    assert not is_known("crate")


@pytest.mark.parametrize("text", ["", "kWh//t t", "3", "m^x", "/"])
def test_what_is_no_unit_is_refused(text: str) -> None:
    with pytest.raises(UnitError):
        parse_unit(text)


@pytest.mark.parametrize(
    ("text", "like", "value"),
    [("5s", "s", 5), ("5min", "s", 300), ("0.5 %", "%", 0.5), ("1100 m3/day", "m3/day", 1100)],
)
def test_quantities_are_read_with_or_without_a_space(text: str, like: str, value: float) -> None:
    assert parse_quantity(text, like).to(like) == value


@pytest.mark.parametrize("text", ["five s", "5", "5 kWh", "", "s"])
def test_a_quantity_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(UnitError):
        parse_quantity(text, like="s")
