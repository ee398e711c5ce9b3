"""Bad input in the files that a person writes: a line, or an undecided verdict without number."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.entries.commands import import_main
from collector.entry_points import plan_main, verify_main

PLANT = """\
[plant]
id = "mill"
name = "Mill"
[products.starch]
[resources.electricity]
[plans.electricity]
baseline = ["{first}", "{last}"]
drivers = ["starch"]
[claims.less]
resource = "electricity"
since = "{since}"
until = "{until}"
saves = "5 %"
"""
WHEN = {"first": "2025-01-01", "last": "2025-02-28", "since": "2025-03-01", "until": "2025-03-31"}
NUMBERS = (
    "saving", "saving_low", "saving_high", "expected", "actual", "shown_percent", "saving_percent",
)  # fmt: skip


def days(**change: Any) -> list[str]:
    """Ninety days of a mill; a change replaces what a column holds in the days that it names."""
    random = np.random.default_rng(1)
    lines = ["date,electricity [kWh],starch [t]"]
    for number in range(90):
        made = random.normal(100, 15)
        row = {"electricity": 300 + 7 * made + random.normal(0, 20), "starch": made}
        for name, (wanted, value) in change.items():
            row[name] = value if number in wanted else row[name]
        told = ",".join("" if row[n] is None else str(row[n]) for n in ("electricity", "starch"))
        lines.append(f"{date(2025, 1, 1) + timedelta(number)},{told}")
    return lines


def judged(folder: Path, lines: list[str], capsys: pytest.CaptureFixture[str], **when: str) -> Any:
    """The claim as verify tells it, or the line on standard error."""
    file = folder / "plant.toml"
    file.write_text(PLANT.format(**(WHEN | when)), encoding="utf-8")
    (folder / "d.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    steps = (
        lambda: import_main([str(file), str(folder / "d.csv")]),
        lambda: plan_main(["lock", str(file)]),
        lambda: verify_main([str(file), "--json"]),
    )
    for step in steps:
        capsys.readouterr()
        code = step()
        told = capsys.readouterr()
        if code == 2:
            assert "Traceback" not in told.err
            return told.err
    (claim,) = json.loads(told.out)
    return claim


ALL, BASELINE, REPORTING = range(90), range(59), range(59, 90)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "when", "key"),
    [
        ({}, {"first": "2025-02-27"}, "few-baseline-points"),
        ({"starch": (BASELINE, 100.0)}, {}, "constant-driver"),
        ({"starch": (ALL, 0.0)}, {}, "zero-driver"),
        ({"starch": (BASELINE, 0.0)}, {}, "zero-driver"),
        ({"electricity": (BASELINE, 0.0)}, {}, "zero-consumption"),
        ({"electricity": (BASELINE, 5.0)}, {}, "constant-consumption"),
        ({"electricity": (REPORTING, 0.0)}, {}, "zero-actual"),
        ({"electricity": (REPORTING, None)}, {}, "no-reporting-points"),
        ({"starch": (REPORTING, None)}, {}, "no-reporting-points"),
        ({"electricity": (BASELINE, None)}, {}, "few-baseline-points"),
        ({"electricity": (range(59, 70), None)}, {}, "hole"),
        ({}, {"since": "2026-01-01", "until": "2026-01-31"}, "no-reporting-points"),
    ],
)
def test_data_that_allow_no_number_are_undecided_and_say_why(
    tmp_path, capsys, change, when, key
) -> None:
    claim = judged(tmp_path, days(**change), capsys, **when)
    assert claim["verdict"] == "undecided"
    assert claim["reason_key"] == key
    assert claim["reason"]
    if key != "hole":
        assert all(claim[name] is None for name in NUMBERS)


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ({"since": "2025-02-01"}, "a day after the baseline's last"),
        ({"since": "2024-01-01", "until": "2024-03-31"}, "a day after the baseline's last"),
        ({"first": "2025-03-31"}, "last day is after its first"),
        ({"until": "2025-02-01"}, "until"),
    ],
)
def test_periods_that_do_not_follow_one_another_are_one_line(tmp_path, capsys, when, says) -> None:
    told = judged(tmp_path, days(), capsys, **when)
    assert isinstance(told, str)
    assert says in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("electricity [kWh]", "electricity [m3]", "m3"),
        ("starch [t]", "starch [kWh]", "kWh"),
        ("2025-01-05,", "2025-01-04,", "2025-01-04"),
        ("2025-01-05,", "2025-01-05,nan,", ""),
        ("2025-01-05,", "2025-13-05,", "2025-13-05"),
    ],
)
def test_units_dates_and_numbers_that_do_not_fit_are_told_with_their_line(
    tmp_path, capsys, old, new, says
) -> None:
    """Nothing of the file is taken."""
    lines = [line.replace(old, new) for line in days()]
    told = judged(tmp_path, lines, capsys)
    assert isinstance(told, str), told
    assert says in told
    assert "d.csv" in told


@pytest.mark.parametrize("word", ["nan", "NaN", "inf", "-inf", "1e999"])
def test_a_word_for_no_number_is_refused(tmp_path, capsys, word) -> None:
    told = judged(tmp_path, days(electricity=([40], word)), capsys)
    assert isinstance(told, str)
    assert "d.csv" in told


@pytest.mark.parametrize("value", [1e300, 1e154, 1e61])
def test_an_amount_that_no_plant_can_have_is_refused_where_it_is_entered(
    tmp_path, capsys, value
) -> None:
    told = judged(tmp_path, days(electricity=([70], value)), capsys)
    assert isinstance(told, str)
    assert "d.csv" in told


def test_amounts_too_small_to_be_any_are_undecided(tmp_path, capsys) -> None:
    claim = judged(tmp_path, days(electricity=(REPORTING, 1e-195)), capsys)
    assert (claim["verdict"], claim["reason_key"]) == ("undecided", "magnitude")


@pytest.mark.parametrize("ask", [(plan_main, "power"), (plan_main, "show"), (verify_main,)])
def test_who_only_asks_of_a_fresh_plant_makes_no_data_folder(
    ask: tuple[Any, ...], tmp_path: Path
) -> None:
    (tmp_path / "plant.toml").write_text(PLANT.format(**WHEN))
    command, *words = ask
    assert command([*words, str(tmp_path / "plant.toml")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["plant.toml"]
