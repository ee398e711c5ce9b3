"""Data of others, through the commands that a consultant types; statsmodels is the oracle."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

PUBLISHED = Path(__file__).parents[2] / "cases" / "published"
HEAD = """\
[plant]
id = "p"
name = "P"
timezone = "{zone}"
[resources.{resource}]
unit = "t"
"""
PLAN = """\
[plans.{resource}]
baseline = ["{first}", "{last}"]
drivers = {drivers}
by = "{by}"
{keys}
[claims.less]
resource = "{resource}"
since = "{since}"
until = "{until}"
saves = "5 %"
"""


def plant(
    drivers: list[str], when: list[date], *, resource="used", by="day", zone="UTC", keys=""
) -> str:
    """A plant file: first and last day of the baseline, then of the claim."""
    first, last, since, until = when
    text = HEAD.format(zone=zone, resource=resource)
    text += "".join(f'[drivers.{name}]\nunit = "1"\n' for name in drivers)
    names = json.dumps(drivers)
    return text + PLAN.format(
        resource=resource, first=first, last=last, since=since, until=until, drivers=names, by=by,
        keys=keys,
    )  # fmt: skip


def agrees(candidate: dict[str, Any], frame: pd.DataFrame, resource: str) -> None:
    """A candidate says of its drivers what statsmodels says."""
    names = candidate["drivers"]
    fitted = sm.OLS(frame[resource], sm.add_constant(frame[names])).fit()
    for key, wanted in (
        ("coefficients", fitted.params),
        ("standard_errors", fitted.bse),
        ("p_values", fitted.pvalues),
    ):
        found = [candidate[key][name] for name in ("intercept", *names)]
        assert found == pytest.approx(wanted.to_numpy(), rel=1e-8), (names, key)
    assert candidate["r2"] == pytest.approx(fitted.rsquared, abs=1e-10)
    assert candidate["adjusted_r2"] == pytest.approx(fitted.rsquared_adj, abs=1e-10)
    assert candidate["f_p"] == pytest.approx(fitted.f_pvalue, rel=1e-6)


@pytest.mark.parametrize(
    "name", ["steam-of-a-plant", "steam-and-ambient", "hald-cement", "ammonia-oxidation"]
)
def test_every_candidate_of_a_published_table_is_what_its_book_and_statsmodels_say(
    paper, name
) -> None:
    """Rows as days; those of Hald sum to a constant, nearly: a condition that is still borne."""
    case = json.loads((PUBLISHED / f"{name}.json").read_text(encoding="utf-8"))
    resource, *drivers = case["columns"]
    table = np.array(case["rows"], dtype=float)
    first = date(2025, 1, 1)
    end = first + timedelta(days=len(table))
    when = [first, end - timedelta(days=1), end, end + timedelta(days=len(table) - 1)]
    paper.describe(plant(drivers, when, resource=resource))
    units = ",".join(["date", f"{resource} [t]", *(f"{driver} [1]" for driver in drivers)])
    paper.write_days(units, first, *np.vstack([table, 0.9 * table]).T)
    assert paper.enter() == 0
    assert paper.lock() == 0
    model = paper.claim()["model"]
    frame = pd.DataFrame(table, columns=case["columns"])
    fitted = [one for one in model["candidates"] if one["drivers"] and one["coefficients"]]
    assert len(fitted) == 2 ** len(drivers) - 1
    for candidate in fitted:
        agrees(candidate, frame, resource)
    by_drivers = {", ".join(one["drivers"]): one for one in fitted}
    for key, wanted in case["published"].items():
        found = [by_drivers[key]["coefficients"][n] for n in ("intercept", *key.split(", "))]
        assert found == pytest.approx(wanted["coefficients"], abs=1e-4)
        assert by_drivers[key]["r2"] == pytest.approx(wanted["r2"], abs=1e-4)


def test_bills_read_on_any_day_are_fitted_as_their_days_spread_over_months(paper) -> None:
    """Twenty-seven bills of 26 to 35 days, production by the month, two products."""
    random = np.random.default_rng(6)
    first, end = date(2023, 12, 13), date(2026, 2, 20)
    read = [first]
    while read[-1] < end:
        read.append(read[-1] + timedelta(days=int(random.integers(26, 36))))
    months = [f"{2024 + i // 12}-{i % 12 + 1:02}" for i in range(25)]
    made = np.column_stack([random.uniform(300, 500, 25), random.uniform(80, 200, 25)])
    used = [float(random.uniform(25_000, 40_000)) for _ in read[1:]]
    used = [round(value, 1) for value in used]
    text = plant([], [date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31)],
                 by="month", keys="intercept = true")  # fmt: skip
    text = text.replace("drivers = []", 'drivers = ["ale", "stout"]')
    paper.describe(text.replace("[plans", "[products.ale]\n[products.stout]\n[plans", 1))
    paper.write("reading-date,used [t]", [(read[0], None), *zip(read[1:], used, strict=True)])
    assert paper.enter() == 0
    paper.write("month,ale [t],stout [t]", zip(months, *made.T, strict=True), "made.csv")
    assert paper.enter(name="made.csv") == 0
    assert paper.lock() == 0
    claim = paper.claim()

    by_day = pd.Series(dtype=float)
    for before, at, value in zip(read[:-1], read[1:], used, strict=True):
        days = pd.date_range(before + timedelta(days=1), at)
        by_day = pd.concat([by_day, pd.Series(value / len(days), index=days)])
    by_month = by_day.groupby(by_day.index.strftime("%Y-%m")).sum().loc[months]
    frame = pd.DataFrame({"used": by_month, "ale": made[:, 0], "stout": made[:, 1]})
    for candidate in claim["model"]["candidates"][:3]:
        agrees(candidate, frame.iloc[:12], "used")
    assert claim["actual"] == pytest.approx(by_month.iloc[12:24].sum(), rel=1e-12)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns"])
def test_a_buildings_days_with_a_change_point_are_what_a_search_by_statsmodels_finds(
    paper, zone
) -> None:
    """Cooling above a temperature, in degF on paper and degC in the plan; both changes of clock."""
    random = np.random.default_rng(12)
    first, n = date(2024, 1, 1), 366
    celsius = (
        12 - 11 * np.cos(2 * np.pi * np.arange(n + 365) / 365.25) + random.normal(0, 3, n + 365)
    )
    used = 40 + 2.4 * np.maximum(celsius - 15.5, 0) + random.normal(0, 2, n + 365)
    used[n:] *= 0.9
    when = [first, date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31)]
    text = plant(["air"], when, zone=zone, keys='change_point = { air = "above" }')
    paper.describe(text.replace('unit = "1"', 'unit = "degC"'))
    paper.write_days("date,used [t],air [degF]", first, used, celsius * 9 / 5 + 32)
    assert paper.enter() == 0
    assert paper.lock() == 0
    claim = paper.claim()
    model = claim["model"]

    def squares(at: float) -> float:
        return float(sm.OLS(used[:n], sm.add_constant(np.maximum(celsius[:n] - at, 0))).fit().ssr)

    bend = model["coefficients"]["air change point"]
    assert model["sse"] <= min(squares(at) for at in np.arange(5, 20, 0.05)) * (1 + 1e-12)
    assert model["sse"] == pytest.approx(squares(bend), rel=1e-9)
    assert abs(bend - 15.5) < 1
    assert (model["n"], claim["points"]) == (366, 365)
    assert claim["saving_low_percent"] < 10 < claim["saving_high_percent"]
    assert claim["verdict"] == "proven"


def test_a_furnace_saved_what_the_bills_of_a_household_say(paper) -> None:
    """Bills of 28 to 36 days with their mean temperature, heads as a utility writes them."""
    case = json.loads((PUBLISHED / "household-gas.json").read_text(encoding="utf-8"))
    read = [date.fromisoformat(row[0]) for row in case["rows"]]
    when = [date(2003, 3, 1), date(2004, 8, 31), date(2005, 8, 1), date(2007, 1, 31)]
    text = plant(["air"], when, resource="gas", by="month", keys='change_point = { air = "below" }')
    text = text.replace('unit = "1"', 'unit = "degF"').replace('unit = "t"', 'unit = "m3"')
    paper.describe(text.replace('saves = "5 %"', 'saves = "10 %"'))
    rows = [(f"{at:%m/%d/%Y}", row[2], row[1]) for at, row in zip(read, case["rows"], strict=True)]
    paper.write("Bill,CCF,Mean temp", rows)
    heads = ("Bill=reading-date", "CCF=gas [ft3]", "Mean temp=air [degF]")
    assert paper.enter(*(word for head in heads for word in ("--map", head))) == 0
    assert paper.lock() == 0
    claim = paper.claim()
    model = claim["model"]

    by_day = pd.DataFrame(index=pd.date_range(read[0] + timedelta(days=1), read[-1]))
    for before, at, row in zip(read[:-1], read[1:], case["rows"][1:], strict=True):
        days = pd.date_range(before + timedelta(days=1), at)
        by_day.loc[days, "gas"], by_day.loc[days, "air"] = row[2] / len(days), row[1]
    months = by_day.groupby(by_day.index.strftime("%Y-%m")).agg({"gas": "sum", "air": "mean"})
    base, after = months.loc["2003-03":"2004-08"], months.loc["2005-08":"2007-01"]
    below = np.maximum(model["coefficients"]["air change point"] - base["air"], 0)
    fitted = sm.OLS(base["gas"], sm.add_constant(below)).fit()
    ft3 = 0.028316846592
    assert model["n"] == len(base) == 18
    assert model["coefficients"]["intercept"] == pytest.approx(fitted.params["const"] * ft3)
    assert model["coefficients"]["air"] == pytest.approx(fitted.params["air"] * ft3)
    assert model["sse"] == pytest.approx(fitted.ssr * ft3**2)
    around = np.arange(55, 70, 0.2)
    least = min(
        sm.OLS(base["gas"], sm.add_constant(np.maximum(at - base["air"], 0))).fit().ssr
        for at in around
    )
    assert fitted.ssr <= least * (1 + 1e-12)
    assert claim["actual"] == pytest.approx(after["gas"].sum() * ft3)
    assert claim["verdict"] == "proven"
    assert claim["saving_low_percent"] < 15.8 < claim["saving_high_percent"]
