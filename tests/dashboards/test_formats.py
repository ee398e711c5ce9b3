"""Numbers, units and dates as a reader of either language writes them."""

from datetime import date

import pytest

from dashboards import formats


@pytest.mark.parametrize(
    ("value", "english", "vietnamese"),
    [
        (1234567.4, "1,234,567", "1.234.567"),
        (642.0, "642", "642"),
        (1234.5, "1,235", "1.235"),
        (87.65, "87.7", "87,7"),
        (1.005, "1.01", "1,01"),
        (999_999_999_999_999.4, "999,999,999,999,999", "999.999.999.999.999"),
        (1e15, "1.00 × 10¹⁵", "1,00 × 10¹⁵"),
        (1.125e15, "1.13 × 10¹⁵", "1,13 × 10¹⁵"),
        (-9.996e299, "−1.00 × 10³⁰⁰", "−1,00 × 10³⁰⁰"),
        (1e308, "1.00 × 10³⁰⁸", "1,00 × 10³⁰⁸"),
        (1e-300, "0.00", "0,00"),
        (99.96, "100", "100"),
        (53.81, "53.8", "53,8"),
        (9.996, "10.0", "10,0"),
        (6.418, "6.42", "6,42"),
        (0.0, "0", "0"),
        (-0.001, "0.00", "0,00"),
        (-12.34, "−12.3", "−12,3"),
        (None, "–", "–"),
        (float("nan"), "–", "–"),
    ],
)
def test_a_number_has_three_significant_digits_and_its_languages_separators(
    value: float | None, english: str, vietnamese: str
) -> None:
    assert formats.number(value, "en") == english
    assert formats.number(value, "vi") == vietnamese


def test_units_are_typeset_but_never_translated() -> None:
    assert formats.unit("m3/h") == "m³/h"
    assert formats.unit("tCO2e") == "tCO₂e"
    assert formats.unit("degC day") == "°C day"
    assert formats.quantity(15.1, "m3/t", "vi") == "15,1 m³/t"


def test_dates_are_written_as_each_language_does() -> None:
    assert formats.day(date(2026, 3, 2), "en") == "2 Mar 2026"
    assert formats.day(date(2026, 3, 2), "vi") == "02/03/2026"
    assert formats.month(date(2026, 3, 1), "en") == "Mar 26"
    assert formats.month(date(2026, 3, 1), "vi") == "3/26"
    assert formats.percent(5.25, "vi") == "5,3 %"
