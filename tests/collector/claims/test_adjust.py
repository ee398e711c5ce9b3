"""Non-routine adjustments: entered with a name and a reason, judged with, and printed."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.claims.adjust_commands import adjust_main
from collector.claims.adjusting import added
from collector.entries.commands import import_main
from collector.entry_points import plan_main, verify_main
from collector.ledger import Adjustment, Ledger
from collector.ledger.schema import MIGRATIONS
from plant.calendar import days, months
from plant.check import load_plant

PLANT = """\
[plant]
id = "mill"
name = "Mill"
[resources.electricity]
[resources.water]
[products.starch]
[plans.electricity]
baseline = ["2025-01-01", "2025-12-31"]
drivers = ["starch"]
[claims.drying]
resource = "electricity"
since = "2026-01-01"
until = "2026-04-30"
saves = "4 %"
"""
FIRST, EVENT, EVENT_DAYS = date(2025, 1, 1), date(2026, 3, 1), 30
PER_DAY = 1500.0
WHOLE = [
    "--resource", "electricity", "--from", "2026-03-01", "--to", "2026-03-30", "--amount",
    "45 MWh", "--reason", "a second line was tried", "--author", "Lan",
]  # fmt: skip


@pytest.fixture
def mill(paper: Any) -> Path:
    """A plant that saved 6 %, and ran a second line for 30 days of March."""
    random = np.random.default_rng(5)
    made, scatter = random.normal([100, 0], [15, 250], (365 + 120, 2)).T
    day = np.arange(made.size)
    used = (3000 + 70 * made + scatter) * np.where(day >= 365, 0.94, 1)
    event = (EVENT - FIRST).days
    used += PER_DAY * ((day >= event) & (day < event + EVENT_DAYS))
    paper.write_days("date,electricity [kWh],starch [t]", FIRST, used, made)
    paper.describe(PLANT)
    assert paper.enter() == 0
    assert paper.lock() == 0
    file: Path = paper.file
    return file


def verified(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    verify_main([str(file), "--json"])
    (claim,) = json.loads(capsys.readouterr().out)
    found: dict[str, Any] = claim
    return found


def test_a_bend_turned_into_an_adjustment_decides_the_claim(mill, capsys) -> None:
    """The over-use of March hides the saving; its bends are dated; adjusted, the claim holds."""
    before = verified(mill, capsys)
    assert before["verdict"] != "proven"
    begins, ends = (date.fromisoformat(bend["period"]) for bend in before["bends"])
    assert abs((begins - EVENT).days) <= 1
    assert abs((ends - EVENT).days - EVENT_DAYS) <= 1

    assert adjust_main([str(mill), *WHOLE]) == 0
    after = verified(mill, capsys)
    assert after["verdict"] == "proven"
    assert after["bends"] == []
    assert after["adjustment"] == pytest.approx(45_000)
    assert after["expected"] == pytest.approx(before["expected"] + 45_000)
    assert after["saving"] == pytest.approx(before["saving"] + 45_000)
    assert after["saving_low"] == pytest.approx(before["saving_low"] + 45_000)
    (told,) = after["adjustments"]
    assert (told["author"], told["reason"]) == ("Lan", "a second line was tried")
    assert told["counted"] == pytest.approx(45_000)
    assert any("rests on the adjustments" in one for one in after["warnings"])

    assert (told["amount"], told["unit"]) == (45_000, "kWh")
    assert told["entered"].startswith("20")
    assert after["plan"]["state"] == "locked", "an adjustment is no amendment"


@pytest.mark.parametrize("amount", ["60.000 kWh", "-60,000 kWh", "1.234.567 kWh", "1e30 kWh"])
def test_an_amount_that_may_be_another_is_not_entered(mill, capsys, amount: str) -> None:
    entry = [*WHOLE]
    entry[entry.index("45 MWh")] = amount
    assert adjust_main([str(mill), *entry]) == 2
    assert "--amount" in capsys.readouterr().err
    assert verified(mill, capsys)["adjustments"] == []


def test_verify_prints_every_adjustment_in_both_languages(mill, capsys) -> None:
    adjust_main([str(mill), *WHOLE])
    capsys.readouterr()
    verify_main([str(mill)])
    said = capsys.readouterr().out
    assert "of it counted" not in said
    assert "adjusted by +45,000.0 kWh from 2026-03-01 to 2026-03-30, by Lan on" in said
    assert "a second line was tried" in said
    verify_main([str(mill), "--lang", "vi"])
    assert "điều chỉnh +45.000,0 kWh" in capsys.readouterr().out


def test_what_an_adjustment_has_on_days_that_are_left_out_is_told_beside_it(mill, capsys) -> None:
    days = mill.parent / "amounts.csv"
    text = re.sub(r"(?m)^2026-03-10,[^,]*,", "2026-03-10,,", days.read_text(encoding="utf-8"))
    days.write_text(text, encoding="utf-8")
    (mill.parent / "data" / "ledger.sqlite").unlink()
    assert import_main([str(mill), str(days)]) == 0
    plan_main(["lock", str(mill)])
    adjust_main([str(mill), *WHOLE])
    found = verified(mill, capsys)
    (told,) = found["adjustments"]
    assert (told["amount"], told["counted"]) == (45_000, pytest.approx(43_500))
    assert found["adjustment"] == pytest.approx(told["counted"])
    verify_main([str(mill)])
    wanted = "adjusted by +45,000.0 kWh (+43,500.0 kWh of it counted) from 2026-03-01"
    assert wanted in capsys.readouterr().out
    verify_main([str(mill), "--lang", "vi"])
    assert "+45.000,0 kWh (đã tính +43.500,0 kWh) từ" in capsys.readouterr().out


def test_vietnamese_has_one_style_of_numbers_and_no_english_reason(mill, capsys) -> None:
    """A point that lacks its consumption is left out in the reader's language too."""
    days = mill.parent / "amounts.csv"
    lines = days.read_text(encoding="utf-8").split("\n")
    name, _, made = lines[40].split(",")
    days.write_text("\n".join([*lines[:40], f"{name},,{made}", *lines[41:]]), encoding="utf-8")
    (mill.parent / "data" / "ledger.sqlite").unlink()
    assert import_main([str(mill), str(days)]) == 0
    plan_main(["lock", str(mill)])
    adjust_main([str(mill), *WHOLE])
    capsys.readouterr()
    verify_main([str(mill), "--lang", "vi"])
    said = capsys.readouterr().out
    assert "1 điểm của kỳ cơ sở bị loại: thiếu số liệu tiêu thụ." in said
    assert "is missing" not in said
    numbers = re.findall(r"\d[\d.,]*\d", re.sub(r"\d{4}-\d\d-\d\d", "", said))
    assert len(numbers) > 8
    assert all(re.fullmatch(r"\d{1,3}(\.\d{3})*(,\d+)?|\d+(,\d+)?", one) for one in numbers), (
        numbers
    )


def test_its_negative_takes_an_adjustment_back_and_both_stay_readable(mill, capsys) -> None:
    before = verified(mill, capsys)
    adjust_main([str(mill), *WHOLE])
    adjust_main([str(mill), *[word.replace("45 MWh", "-45 MWh") for word in WHOLE]])
    after = verified(mill, capsys)
    assert after["expected"] == pytest.approx(before["expected"])
    assert len(after["adjustments"]) == 2
    adjust_main([str(mill)])
    assert capsys.readouterr().out.count("by Lan") == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("electricity", "steam", "no resource 'steam'"),
        ("electricity", "water", "no claim on water"),
        ("2026-03-01", "2026-04-01", "let it end on or after its start"),
        ("2026-03-01", "yesterday", "is not a date"),
        ("2026-03-30", "2026-02-30", "is not a date"),
        ("45 MWh", "45 m3", "does not convert to kWh"),
        ("45 MWh", "much", "is not a number with a unit"),
    ],
)
def test_an_adjustment_that_makes_no_sense_is_one_line_and_nothing_is_entered(
    mill, capsys, old, new, says
) -> None:
    words = [new if word == old else word for word in WHOLE]
    capsys.readouterr()
    assert adjust_main([str(mill), *words]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    adjust_main([str(mill), "--json"])
    assert json.loads(capsys.readouterr().out) == []


def test_an_adjustment_without_a_reason_or_outside_every_claim_is_refused(mill, capsys) -> None:
    assert adjust_main([str(mill), *WHOLE[:8]]) == 2
    assert "--reason" in capsys.readouterr().err
    early = [word.replace("2026-03", "2025-03") for word in WHOLE]
    assert adjust_main([str(mill), *early]) == 2
    assert "reporting period" in capsys.readouterr().err


def test_days_share_an_adjustment_evenly_and_periods_take_theirs(mill) -> None:
    """31 days over a month's end: each day has a 31st, each month its days'."""
    zone = load_plant(mill).zone
    first, last = date(2026, 1, 20), date(2026, 2, 19)
    one = Adjustment(1, "electricity", first, last, 310.0, "kWh", "Lan", "why", 0)
    by_day = added([one], list(days(date(2026, 1, 1), date(2026, 3, 1), zone)), zone)
    by_month = added([one], list(months(date(2026, 1, 1), date(2026, 3, 1), zone)), zone)
    assert by_day.sum() == pytest.approx(310)
    assert set(np.round(by_day, 9)) == {0.0, 10.0}
    assert by_month == pytest.approx([120, 190])


def test_a_ledger_of_the_first_schema_is_brought_up_to_date(tmp_path) -> None:
    """Its locks stay, and adjustments can be entered."""
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.executescript(MIGRATIONS[0])
        connection.execute("PRAGMA user_version = 1")
        connection.execute("INSERT INTO locks VALUES (1, 'p', 'e', 'h', '{}', 5, 'a', 'r', 0)")
    connection.close()
    ledger = Ledger(tmp_path)
    assert ledger.locks.history("p", "e")[0].hash == "h"
    day = date(2026, 1, 1)
    ledger.adjustments.add("p", Adjustment(0, "e", day, day, 1.0, "kWh", "a", "r", 9))
    assert ledger.adjustments.history("p", "e")[0].id == 1
    assert ledger.revision("p") == (0, 1, 1)
    ledger.close()
