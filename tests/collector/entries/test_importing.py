"""Amounts from CSV: right ones are taken whole, a file with a fault not at all."""

from __future__ import annotations

from datetime import date

import pytest

from collector.entries.importing import Ways, parse_csv, parse_table
from collector.entries.oddities import oddities
from collector.entries.sheets import csv_table
from collector.ledger import Amount, Entry
from plant.check import check_plant
from plant.errors import ImportFileError, PlantFileError, UsageError
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
        ("month,starch [t]\n2025-13,5\n", "a.csv:2: month: found '2025-13'"),
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
    rows = "".join(f"2025-03-{day:02},x\n" for day in range(1, 32))
    with pytest.raises(ImportFileError) as caught:
        parse_csv("date,electricity [kWh]\n" + rows, "a.csv", PLANT)
    assert len(caught.value.problems) == 31
    lines = str(caught.value).splitlines()
    assert len(lines) == 11
    assert lines[-1].endswith("electricity: 21 more of this kind, up to line 32")


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
    ("form", "cells", "first_days"),
    [
        ("date", ("1/3/2025", "13/3/2025"), ("2025-03-01", "2025-03-13")),
        ("date", ("1/3/2025", "1/14/2025"), ("2025-01-03", "2025-01-14")),
        ("date", ("31.12.2025 00:00", "1-1-2026"), ("2025-12-31", "2026-01-01")),
        ("date", ("2025-01-03 00:00", "2025/1/4"), ("2025-01-03", "2025-01-04")),
        ("month", ("1/2025", "2025/2", "2025-03-01"), ("2025-01-01", "2025-02-01", "2025-03-01")),
        ("month", ("01/02/2025", "01/03/2025"), ("2025-02-01", "2025-03-01")),
        ("month", ("2/1/2025", "3/1/2025"), ("2025-02-01", "2025-03-01")),
        ("date", ("1/3/2025", "13/1/2025", "1/14/2025"), None),  # both orders
        ("date", ("1/3/2025", "2/3/2025"), None),  # of March, or January and February
        ("date", ("31/12/25",), None),
        ("date", ("2025-01-03 14:00",), None),
        ("date", ("30/2/2025",), None),
        ("month", ("13/2025",), None),
        ("month", ("2025-01-02",), None),
        ("month", ("01/02/2025", "02/01/2025"), None),  # no one order makes months of both
    ],
)
def test_dates_of_other_forms_are_read_where_their_column_tells_the_order(
    form, cells, first_days
) -> None:
    text = f"{form};electricity [kWh]\n" + "".join(f"{cell};1\n" for cell in cells)
    if first_days is None:
        assert all(told.startswith("a.csv:") for told in faults(text))
    else:
        assert tuple(amount[1] for amount in amounts(text)) == first_days


def test_whoever_gives_a_file_may_say_its_order_of_dates() -> None:
    table = csv_table("date;starch [t]\n1/3/2025;5\n")
    assert "or --dates day-first or month-first" in faults("date;starch [t]\n1/3/2025;5\n")[0]
    for begins, day in ((True, "2025-03-01"), (False, "2025-01-03")):
        ways = Ways(begins_with_day=begins)
        (cell,) = parse_table(table, "a.csv", PLANT, ways=ways).cells
        assert str(cell.amount.first_day) == day


def test_days_that_were_imported_before_are_counted_once() -> None:
    january = Amount("starch", date(2025, 1, 1), date(2025, 2, 1), 100.0, "t")
    known = [Entry(1, january, "b.csv", "a", "", 0, None)]
    (told,) = faults("date,starch [t]\n2025-01-31,5\n", known)
    assert "imported before" in told
    assert amounts("month,starch [t]\n2025-01,90\n")[0][3] == 90, "its very days: a correction"
    parse_csv("month,starch [t]\n2025-01,90\n", "a.csv", PLANT, known=known)


HEAD = "date;electricity [kWh];starch [t]\n"


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        ("1.234,50;5", [1234.5, 5]),
        ("1,234.50;5", [1234.5, 5]),
        ("1 234,5;5", [1234.5, 5]),
        ("1\u00a0234,5;5", [1234.5, 5]),
        ("1\u202f234\u202f567;5", [1234567, 5]),
        ("1'234'567.5;5", [1234567.5, 5]),
        ("1\u2019234;5", [1234, 5]),
        ("1.612.000;5", [1612000, 5]),
        ("612.000,50;612.000", [612000.5, 612000]),  # the first tells of the second
        ("612.000;5,5", [612000, 5.5]),
        ("590,400;5,5", [590.4, 5.5]),
        ("2.988;5.5", [2.988, 5.5]),
        ("0.512;0,512", None),  # both marks in one file
        ("5.5;5,5", None),
        ("612.000;5", None),
        ("590,400;5", None),
        ("12.34,5;1", None),
        ("1.234 567;1", None),
        ("12,34,567;1", None),
        ("1,234.5.6;1", None),
        ("6.12E+05;1", None),  # what a narrow cell left of a number
    ],
)
def test_a_number_of_a_spreadsheet_is_read_surely_or_refused(cells: str, values) -> None:
    text = HEAD + f"2025-01-01;{cells}\n"
    if values is None:
        assert all(told.startswith("a.csv:2: ") for told in faults(text))
    else:
        assert [amount[3] for amount in amounts(text)] == values


def test_thousands_are_written_one_way_in_a_column_or_it_is_asked() -> None:
    told = faults(HEAD + "2025-01-01;1.234;5,5\n2025-01-02;1500,5;5\n")
    assert "wanted thousands written as 1500,5 in line 3 is, or --decimal" in told[0]


def test_what_is_taken_on_the_word_of_another_cell_is_said() -> None:
    parsed = parse_csv(HEAD + "2025-01-01;612.000;5,5\n", "a.csv", PLANT)
    (note,) = parsed.notes
    assert note.startswith(
        "a.csv:2: electricity [kWh]: 612.000 is read as 612000, as 5,5 in line 2"
    )
    assert not parse_csv(HEAD + "2025-01-01;612.000;5.5\n", "a.csv", PLANT).notes


@pytest.mark.parametrize("cell", ["2.988", "612.000", '"2,988"'])
def test_a_column_that_may_be_thousands_is_refused_where_no_cell_tells(cell: str) -> None:
    (told,) = faults(f"date,starch [t]\n2025-01-01,{cell}\n")
    assert "--decimal" in told


@pytest.mark.parametrize("other", ["0.512", "2.98", "1234.567"])
def test_three_decimals_are_read_without_a_word_where_another_cell_tells(other: str) -> None:
    parsed = parse_csv(f"date,starch [t]\n2025-01-01,56.718\n2025-01-02,{other}\n", "a", PLANT)
    assert parsed.cells[0].amount.value == 56.718
    assert not parsed.notes


def test_a_head_alone_is_refused() -> None:
    (told,) = faults("date,starch [t]\n")
    assert "found a head alone, wanted a row of amounts below it" in told


@pytest.mark.parametrize(("mark", "value"), [(".", 612), (",", 612000)])
def test_whoever_gives_a_file_may_say_its_decimal_mark(mark: str, value: float) -> None:
    text = "date;starch [t]\n2025-01-01;612.000\n"
    assert "--decimal . (612) or --decimal , (612000)" in faults(text)[0]
    (cell,) = parse_table(csv_table(text), "a.csv", PLANT, ways=Ways(decimal=mark)).cells
    assert cell.amount.value == value


def test_columns_of_others_are_named_left_out_and_found_below_their_titles() -> None:
    text = (
        "BÁO CÁO THÁNG, KON TUM\nSTT;Ngày;Điện\u00a0(kWh);Ghi chú\n1;31/01/2025;1.234,5;nghỉ Tết\n"
        "2;01/02/2025;900;\n"
    )
    names = {"Ngày": "date", "Điện (kWh)": "electricity [kWh]", "STT": "", "Ghi chú": ""}
    parsed = parse_table(csv_table(text), "a.csv", PLANT, ways=Ways(names=names))
    assert [(str(c.amount.first_day), c.amount.value) for c in parsed.cells] == [
        ("2025-01-31", 1234.5),
        ("2025-02-01", 900),
    ]
    assert parsed.notes == ["a.csv:1: above the head, not read"]
    with pytest.raises(ImportFileError, match="Ghi chú"):
        parse_table(csv_table(text), "a.csv", PLANT, ways=Ways(names={"Ngày": "date", "STT": ""}))
    with pytest.raises(UsageError, match="did you mean 'Ngày'"):
        parse_table(csv_table(text), "a.csv", PLANT, ways=Ways(names={"Ngay": "date"}))


def test_what_a_person_should_look_at_once_more_is_said_and_not_dropped() -> None:
    values = [float(100 + at) for at in range(40)]
    values[5], values[10:12], values[20], values[30] = 1500.0, [220.0, 0.0], 0.0, values[29]
    rows = "".join(f"{date.fromordinal(739000 + at)},{value}\n" for at, value in enumerate(values))
    cells = parse_csv("date,starch [t]\n" + rows, "a.csv", PLANT).cells
    assert len(cells) == 40
    assert [line.split(": ", 2)[2] for line in oddities(cells, "a.csv")] == [
        "1500.0 t of 2024-04-29: more than 10 times the usual",
        "220.0 t of 2024-05-04: about twice the usual beside a day without any: two in one?",
        "0.0 t of 2024-05-05, 0.0 t of 2024-05-14: nothing made or used, or not known? empty if so",
        "129.0 t of 2024-05-24: the same as the row before it: entered twice?",
    ]  # fmt: skip
    assert not list(oddities(cells[:2], "a.csv"))


def test_of_three_amounts_one_that_is_far_off_is_seen() -> None:
    rows = "".join(f"2025-01-0{i},{v}\n" for i, v in enumerate((0, 1000, 1010, 990000), start=1))
    parsed = parse_csv("date,electricity [kWh]\n" + rows, "a.csv", PLANT)
    told = [line.split(": ")[2] for line in oddities(parsed.cells, "a.csv")]
    assert told == ["990000 kWh of 2025-01-04", "0 kWh of 2025-01-01"]


def test_a_bill_that_is_missing_between_others_is_asked_for() -> None:
    """The next one is spread over its days too, where it is of its own days alone."""
    read = ["01-31", "03-01", "03-31", "04-30", "05-31", "07-31", "08-31"]
    rows = "".join(f"2025-{day},{300 + at}\n" for at, day in enumerate(read))
    parsed = parse_csv("reading-date,electricity [kWh]\n" + rows, "a.csv", PLANT)
    (told,) = oddities(parsed.cells, "a.csv")
    assert told.startswith("a.csv:7: electricity: 305 kWh of 2025-06-01: more days than usual")
