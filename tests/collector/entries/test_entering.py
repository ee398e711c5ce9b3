"""Amounts that a person enters: by day or shift, checked, corrected with a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.entries.entering import Asked, enter
from collector.entries.importing import parse_csv
from collector.ledger import Ledger
from collector.read import Amounts
from collector.store import open_store
from plant.calendar import days, shifts
from plant.check import load_plant
from plant.errors import ImportFileError, UsageError

NOW_MS = 1_773_150_000_000  # 2026-03-10 in the plant's zone
TODAY, BEFORE = date(2026, 3, 10), date(2026, 3, 9)
PLANT = """
[plant]
id = "mill"
name = "Mill"
[shifts]
early = "06:00"
late = "18:00"
[products.starch]
unit = "t"
[products.residue]
unit = "t"
[products.both]
unit = "t"
weights = { starch = 1.0, residue = 0.5 }
[resources.electricity]
[drivers.outside]
unit = "degC"
"""


class Mill:
    """A plant without meters, and what people enter."""

    def __init__(self, folder: Path) -> None:
        (folder / "plant.toml").write_text(PLANT)
        self.plant = load_plant(folder / "plant.toml")
        self.ledger = Ledger(folder)
        self.amounts = Amounts(self.plant, open_store(None, folder), ledger=self.ledger)

    def enter(self, quantity: str, day: date, value: float, **more: Any) -> str:
        reason = more.pop("reason", "")
        asked = Asked(quantity, day, value, **{"unit": "t", **more})
        told = {"author": "ana", "reason": reason, "now_ms": NOW_MS}
        return enter(self.plant, asked, ledger=self.ledger, **told)

    def day(self, quantity: str, day: date) -> float:
        span = next(days(day, date(day.year, day.month, day.day + 1), self.plant.zone))
        return float(self.amounts.totals(quantity, [span]).values[0])


@pytest.fixture
def mill(tmp_path: Path) -> Mill:
    """A plant that makes starch in two shifts."""
    return Mill(tmp_path)


def test_an_amount_is_stored_in_the_plants_unit_with_its_author(mill: Mill) -> None:
    assert mill.enter("starch", BEFORE, 41_500, unit="kg") == "new"
    (entry,) = mill.ledger.amounts.history("mill")
    assert (entry.amount.value, entry.amount.unit, entry.author) == (41.5, "t", "ana")
    assert (entry.source, entry.entered_ms) == ("entered by hand", NOW_MS)
    assert mill.day("starch", BEFORE) == 41.5


def test_a_correction_needs_a_reason_and_the_old_one_stays_readable(mill: Mill) -> None:
    mill.enter("starch", BEFORE, 41.5)
    with pytest.raises(UsageError, match=r"known as 41\.5 t .*say why"):
        mill.enter("starch", BEFORE, 43)
    assert mill.enter("starch", BEFORE, 43, reason="the scale was read twice") == "corrected"
    assert mill.enter("starch", BEFORE, 43) == "unchanged"
    old, new = mill.ledger.amounts.history("mill")
    assert (old.amount.value, new.amount.value, new.replaces) == (41.5, 43, old.id)
    assert new.reason == "the scale was read twice"
    assert mill.day("starch", BEFORE) == 43


def test_the_shifts_of_a_day_make_up_the_day_once_all_are_known(mill: Mill) -> None:
    mill.enter("starch", BEFORE, 20, shift="early")
    assert np.isnan(mill.day("starch", BEFORE))
    mill.enter("starch", BEFORE, 22, shift="late")
    assert mill.day("starch", BEFORE) == 42
    mill.enter("starch", BEFORE, 23, shift="late", reason="a bag was forgotten")
    assert mill.day("starch", BEFORE) == 43


def test_a_shift_that_was_entered_is_known_as_a_shift(mill: Mill) -> None:
    mill.enter("starch", BEFORE, 22, shift="late")
    spans = list(shifts(BEFORE, TODAY, mill.plant.shifts, mill.plant.zone))
    found = mill.amounts.parts("starch", spans)
    assert np.isnan(found.values[0])
    assert (found.values[1], found.origins[1]) == (22, "imported")


def test_a_product_of_several_is_made_up_of_what_was_entered(mill: Mill) -> None:
    mill.enter("starch", BEFORE, 40)
    mill.enter("residue", BEFORE, 10)
    assert mill.day("both", BEFORE) == 45


@pytest.mark.parametrize(
    ("quantity", "day", "value", "more", "wanted"),
    [
        ("flour", BEFORE, 1, {}, "no quantity 'flour'; known: starch"),
        ("both", BEFORE, 1, {}, "no quantity 'both'"),  # it is computed
        ("starch", date(2026, 3, 11), 1, {}, "has not begun"),
        ("starch", BEFORE, 1, {"unit": "kWh"}, "converts to t"),
        ("starch", BEFORE, 1, {"unit": "sacks"}, "converts to t"),
        ("starch", BEFORE, -1, {}, "cannot be negative"),
        ("starch", BEFORE, 1e300, {}, "no number to count with"),
        ("starch", BEFORE, 1, {"shift": "noon"}, "no shift 'noon'; known: early, late"),
        ("outside", BEFORE, 30, {"unit": "degC", "shift": "late"}, "by day, not by shift"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    mill: Mill, quantity: str, day: date, value: float, more: dict[str, str], wanted: str
) -> None:
    with pytest.raises(UsageError, match=wanted):
        mill.enter(quantity, day, value, **more)
    assert mill.ledger.amounts.history("mill") == []


def test_a_temperature_may_be_negative(mill: Mill) -> None:
    assert mill.enter("outside", BEFORE, -3, unit="degC") == "new"


def test_a_day_is_not_counted_beside_its_shifts_nor_beside_its_month(mill: Mill) -> None:
    mill.enter("starch", BEFORE, 20, shift="early")
    with pytest.raises(UsageError, match=r"would count twice.*shift early"):
        mill.enter("starch", BEFORE, 42)
    known = mill.ledger.amounts.standing("mill")
    with pytest.raises(ImportFileError, match="imported before"):
        parse_csv("date,starch [t]\n2026-03-09,42\n", "a.csv", mill.plant, known=known)
    parsed = parse_csv("month,residue [t]\n2026-02,900\n", "a.csv", mill.plant)
    rows = [(cell.amount, "a.csv") for cell in parsed.cells]
    mill.ledger.amounts.enter("mill", rows, author="bob", reason="", entered_ms=0)
    with pytest.raises(UsageError, match="to before 2026-03-01 is known"):
        mill.enter("residue", date(2026, 2, 3), 1)
