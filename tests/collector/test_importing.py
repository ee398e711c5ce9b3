"""Amounts from CSV: right ones are taken whole, a file with a fault not at all."""

from __future__ import annotations

from datetime import date

import pytest

from collector.importing import parse_csv
from collector.ledger import Amount, Entry
from plant.check import check_plant
from plant.errors import ImportFileError, PlantFileError
from plant.toml_file import parse_toml

PLANT = check_plant(
    parse_toml(
        '[plant]\nid = "p"\nname = "P"\n[resources.electricity]\n[resources.gas]\nunit = "MMBTU"\n'
        '[products.starch]\nunit = "t"\n[drivers.temperature]\nunit = "degC"\n',
        "plant.toml",
        PlantFileError,
    )
)


def amounts(text: str) -> list[tuple[str, str, str, float]]:
    cells = parse_csv(text, "a.csv", PLANT).cells
    return [
        (c.amount.quantity, str(c.amount.first_day), str(c.amount.end_day), c.amount.value)
        for c in cells
    ]


def faults(text: str, known: list[Entry] | None = None) -> list[str]:
    with pytest.raises(ImportFileError) as caught:
        parse_csv(text, "a.csv", PLANT, known=known or [])
    return [str(problem) for problem in caught.value.problems]


def test_days_with_several_columns_and_an_empty_cell_that_is_missing() -> None:
    text = "date,electricity [kWh],starch [t]\n2025-01-01,100,5\n2025-01-02,,6\n"
    assert amounts(text) == [
        ("electricity", "2025-01-01", "2025-01-02", 100),
        ("starch", "2025-01-01", "2025-01-02", 5),
        ("starch", "2025-01-02", "2025-01-03", 6),
    ]


def test_an_amount_that_no_plant_can_have_is_a_fault() -> None:
    (fault,) = faults("date,electricity [kWh]\n2025-01-01,1e308\n2025-01-02,1e-300\n")
    assert "an amount that a plant can have" in fault


def test_months_cover_the_calendar_month() -> None:
    assert amounts("month,starch [t]\n2024-02,5\n2024-12,6\n") == [
        ("starch", "2024-02-01", "2024-03-01", 5),
        ("starch", "2024-12-01", "2025-01-01", 6),
    ]


def test_a_span_ends_before_its_last_day() -> None:
    assert amounts("from,to,starch [t]\n2025-01-01,2025-01-08,5\n") == [
        ("starch", "2025-01-01", "2025-01-08", 5)
    ]


def test_a_bill_covers_the_days_after_the_last_reading_up_to_its_own() -> None:
    text = "reading-date,electricity [kWh]\n2025-01-05,\n2025-02-04,300\n2025-03-06,310\n"
    assert amounts(text) == [
        ("electricity", "2025-01-06", "2025-02-05", 300),
        ("electricity", "2025-02-05", "2025-03-07", 310),
    ]


def test_the_first_bill_is_not_taken_and_that_is_said() -> None:
    parsed = parse_csv("reading-date,electricity [kWh]\n2025-01-05,9\n", "a.csv", PLANT)
    assert parsed.cells == []
    assert "a.csv:2" in parsed.notes[0]


def test_units_are_converted_and_the_spreadsheets_of_half_the_world_are_read() -> None:
    assert amounts("date,electricity [MWh],starch [kg]\n2025-01-01,1.5,2500\n") == [
        ("electricity", "2025-01-01", "2025-01-02", 1500),
        ("starch", "2025-01-01", "2025-01-02", 2.5),
    ]
    assert amounts("\ufeffdate;electricity [kWh]\r\n2025-01-01;1,5\r\n")[0][3] == 1.5


def test_a_temperature_is_converted_with_the_zero_of_its_scale() -> None:
    text = "date,temperature [{}]\n2025-01-01,{}\n"
    for unit, value in (("degF", 68), ("°F", 68), ("K", 293.15), ("degC", 20)):
        assert amounts(text.format(unit, value))[0][3] == pytest.approx(20, rel=1e-14), unit


def test_a_temperature_may_be_below_zero_an_amount_may_not() -> None:
    assert amounts("date,temperature [degC]\n2025-01-01,-4\n")[0][3] == -4
    (told,) = faults("date,starch [t]\n2025-01-01,-4\n")
    assert "a.csv:2: starch: found '-4'" in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a.csv:1: file: found nothing"),
        ("when,starch [t]\n", "a.csv:1: when: found 'when', wanted date, month"),
        ("date,starsh [t]\n", "did you mean 'starch'?"),
        ("date,starch\n", "wanted its unit in brackets, such as starch [t]"),
        ("date,starch [kWh]\n", "wanted a unit that converts to t"),
        ("date,starch [t],starch [kg]\n2025-01-01,1,1\n", "found two columns"),
        ("date,starch [t]\n2025-13-01,5\n", "a.csv:2: date: found '2025-13-01'"),
        ("month,starch [t]\n2025-1,5\n", "a.csv:2: month: found '2025-1'"),
        ("date,starch [t]\n2025-01-01,five\n", "a.csv:2: starch: found 'five'"),
        ("date,starch [t]\n2025-01-01,nan\n", "a.csv:2: starch: found 'nan'"),
        ("date,starch [t]\n2025-01-01,1_000\n", "a.csv:2: starch: found '1_000'"),
        ("date,starch [t]\n2025-01-01,1,5\n", "a.csv:2: row: found 3 cells, wanted 2"),
        ("from,to,starch [t]\n2025-01-08,2025-01-08,5\n", "a day after 2025-01-08"),
        ("from,starch [t]\n2025-01-08,5\n", "from,to"),
        ("date,starch [t]\n2025-01-01,1\n2025-01-01,2\n", "a.csv:3: starch: found 2025-01-01"),
        ("from,to,starch [t]\n2025-01-01,2025-01-09,5\n2025-01-08,2025-01-20,5\n", "is in line 2"),
        ("reading-date,starch [t]\n2025-02-01,\n2025-01-01,5\n", "after the reading before it"),
    ],
)
def test_a_fault_is_told_with_line_and_column(text: str, says: str) -> None:
    (told,) = faults(text)
    assert says in told


def test_all_faults_are_told_at_once() -> None:
    text = "date,starch [t],gas [MMBTU]\n2025-01-01,x,1\n2025-01-32,1,1\n2025-01-03,1,y\n"
    assert [line.split(": found")[0] for line in faults(text)] == [
        "a.csv:2: starch",
        "a.csv:3: date",
        "a.csv:4: gas",
    ]


def test_a_column_that_is_wrong_throughout_is_told_ten_times_and_counted() -> None:
    rows = "".join(f"{day}/3/2025,1\n" for day in range(1, 32))
    with pytest.raises(ImportFileError) as caught:
        parse_csv("date,electricity [kWh]\n" + rows, "a.csv", PLANT)
    assert len(caught.value.problems) == 31
    lines = str(caught.value).splitlines()
    assert len(lines) == 11
    assert lines[-1].endswith("date: 21 more of this kind, up to line 32")
    assert lines[0].endswith("did you mean '2025-03-01'?"), "31/3 tells that 1/3 is in March"


def test_what_a_spreadsheet_leaves_in_a_file_is_no_fault() -> None:
    """What parts its cells, and columns without anything in them; its lines are counted."""
    text = "sep=;\r\ndate;electricity [kWh];;\r\n2025-01-01;1,5;;\r\n;;;\r\n{day};2,5;;\r\n"
    found = parse_csv(text.format(day="2025-01-02"), "a.csv", PLANT)
    assert [cell.amount.value for cell in found.cells] == [1.5, 2.5]
    assert faults(text.format(day="Total"))[0].startswith("a.csv:5: date: found 'Total'")
    (told,) = faults("reading date,electricity [kwh]\n")
    assert told.endswith("did you mean 'reading-date'?")
    (told,) = faults("date,electricity [kwh]\n")
    assert told.endswith("did you mean 'kWh'?")


@pytest.mark.parametrize(
    ("form", "cells", "meant"),
    [
        ("date", ("1/3/2025", "3/13/2025"), ("2025-01-03", "2025-03-13")),
        ("date", ("1/3/2025", "3.3.2025"), (None, "2025-03-03")),  # of January, or the first
        ("date", ("13/1/2025", "1/14/2025"), ("2025-01-13", "2025-01-14")),
        ("date", ("2025-01-03 00:00", "2025/1/4"), ("2025-01-03", "2025-01-04")),
        ("month", ("1/2025", "2025/13"), ("2025-01", None)),
        ("month", ("2025-3", "13/2025"), ("2025-03", None)),
    ],
)
def test_the_date_that_was_meant_is_offered_where_the_column_tells_its_order(
    form, cells, meant
) -> None:
    rows = "".join(f"{cell},1\n" for cell in cells)
    with pytest.raises(ImportFileError) as caught:
        parse_csv(f"{form},electricity [kWh]\n{rows}", "a.csv", PLANT)
    assert tuple(problem.suggestion for problem in caught.value.problems) == meant


def test_days_that_were_imported_before_are_counted_once() -> None:
    january = Amount("starch", date(2025, 1, 1), date(2025, 2, 1), 100.0, "t")
    known = [Entry(1, january, "b.csv", "a", "", 0, None)]
    (told,) = faults("date,starch [t]\n2025-01-31,5\n", known)
    assert "imported before" in told
    assert amounts("month,starch [t]\n2025-01,90\n")[0][3] == 90, "its very days: a correction"
    parse_csv("month,starch [t]\n2025-01,90\n", "a.csv", PLANT, known=known)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("2025-01-01;612.000;5,5\n", "a.csv:2: electricity: found '612.000'"),
        ("2025-01-01;612.000;5\n", "a.csv:2: electricity: found '612.000'"),
        ("2025-01-01;590,400;5\n", "a.csv:2: electricity: found '590,400'"),
        ("2025-01-01;1.612.000;5\n", "a.csv:2: electricity: found '1.612.000'"),
        ("2025-01-01;612.000,50;5\n", "a.csv:2: electricity: found '612.000,50'"),
    ],
)
def test_a_mark_that_may_part_thousands_is_refused(rows: str, says: str) -> None:
    (told,) = faults("date;electricity [kWh];starch [t]\n" + rows)
    assert says in told


def test_the_file_itself_tells_its_decimal_mark() -> None:
    head = "date;electricity [kWh];starch [t]\n"
    comma = amounts(head + "2025-01-01;590,400;5,5\n")
    assert [amount[3] for amount in comma] == [590.4, 5.5]
    point = amounts(head + "2025-01-01;2.988;5.5\n")
    assert [amount[3] for amount in point] == [2.988, 5.5]
