"""Baselines and claims are computed again when what they rest on changed, and not otherwise; while
history is still on its way nothing is expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from collector.store import INTERVAL, Series
from collector.store.protocol import samples
from dashboards.expecting import expecting
from dashboards.paging import Ask
from dashboards.performance import PAGE
from dashboards.performance.build import build as performance
from dashboards.shift.build import build as shift
from plant.calendar import SLOT_MS

PLANT = """
[plant]
id = "demo"
name = "Demo"
[products.starch]
unit = "t"
[resources.electricity]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.incomer]
bus = "yard/panel"
model = "schneider-pm5560"
resource = "electricity"
[meters.scale]
bus = "yard/panel"
unit_id = 2
model = "generic-belt-scale"
product = "starch"
[plans.electricity]
baseline = ["2026-01-01", "2026-02-09"]
drivers = ["starch"]
method = "{method}"
[claims.first]
resource = "electricity"
since = "2026-02-10"
until = "2026-02-24"
saves = "5 %"
[claims.second]
resource = "electricity"
since = "2026-02-25"
until = "2026-03-30"
saves = "5 %"
"""
FIRST, TODAY = date(2026, 1, 1), date(2026, 3, 10)


class Mill:
    """Forty days of a baseline and a month after it, as the collector brings them."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.now_ms = made.at(TODAY, 6)

    def bring(self, first: date, end: date, *, skips: tuple[date, ...] = ()) -> None:
        days = [first + timedelta(days=i) for i in range((end - first).days)]
        tonnes = {day: 2 + (day.toordinal() * 7) % 5 for day in days}
        used = {
            day: (100 + 50 * made + (day.toordinal() * 11) % 4 - 1.5)
            * (0.8 if day >= date(2026, 2, 25) else 1.0)
            for day, made in tonnes.items()
            if day not in skips
        }
        for tags, per_hour in ((("incomer", "electricity"), used), (("scale", "starch"), tonnes)):
            slots = [self.made.at(day) + SLOT_MS * i for day in per_hour for i in range(96)]
            amounts = [value / 4 for value in per_hour.values() for _ in range(96)]
            series = Series(INTERVAL, "demo", tags)
            self.made.store.write({series: samples(slots, amounts)})
        self.made.records.mark(self.now_ms, self.made.at(first))

    def baseline(self, later_s: float = 0.0, claim: str | None = None) -> Any:
        verdicts = self.made.records.verdicts
        return verdicts.baseline("electricity", self.now_ms + round(1000 * later_s), claim)

    def claims(self, later_s: float = 0.0) -> dict[str, Any]:
        found: dict[str, Any] = self.made.records.verdicts.claims(
            self.now_ms + round(1000 * later_s)
        )
        return found


@pytest.fixture
def mill(make_plant: Callable[[str], Any]) -> Mill:
    return Mill(make_plant(PLANT.replace("{method}", "forecast")))


def test_they_stand_until_a_row_that_they_rest_on_is_new(mill: Mill) -> None:
    mill.bring(FIRST, TODAY)
    mill.made.lock("electricity", mill.now_ms)
    baseline, claims = mill.baseline(), mill.claims()
    assert baseline.model is not None
    assert claims["first"].outcome.saving is not None
    records = mill.made.records
    records.mark(mill.now_ms, mill.made.at(TODAY, 5))  # of a day that still runs
    assert (mill.baseline(), mill.claims()["first"]) == (baseline, claims["first"])
    records.mark(mill.now_ms, mill.made.at(date(2026, 3, 9), 23))
    assert mill.baseline() is baseline
    assert mill.claims()["first"] is not claims["first"]
    records.mark(mill.now_ms, mill.made.at(date(2026, 2, 9), 23))
    assert mill.baseline() is not baseline
    mill.made.bring("starch", "t", {date(2026, 3, 20): 1.0})
    again = mill.claims()["first"]
    assert again is not claims["first"]
    mill.now_ms += 86_400_000
    assert mill.claims()["first"] is not again


def test_nothing_is_expected_while_history_is_arriving_and_the_pages_say_so(mill: Mill) -> None:
    mill.made.lock("electricity", mill.now_ms)
    mill.bring(date(2026, 2, 1), TODAY)
    assert mill.baseline().model is None
    assert "still arriving" in mill.baseline().why_not.text("en")
    first = mill.claims()["first"].outcome
    assert (first.verdict, first.reason.key, first.saving) == (
        "undecided",
        "history-arriving",
        None,
    )
    assert mill.claims()["second"].outcome.verdict is None
    records = mill.made.records
    page = performance(records, Ask(), mill.now_ms)
    assert page.why_not == {lang: mill.baseline().why_not.text(lang) for lang in ("en", "vi")}
    assert all(point.expected is None for point in page.points)
    turns = shift(records, Ask(), mill.now_ms).turns
    assert all(figure.expected is None for turn in turns for figure in turn.figures)
    mill.bring(FIRST, date(2026, 2, 1))
    assert mill.baseline().model is not None  # at once: nothing lacks
    assert mill.claims()["first"].outcome.saving is not None


def test_a_hole_that_nothing_fills_is_waited_for_no_longer_than_rows_come(mill: Mill) -> None:
    mill.made.lock("electricity", mill.now_ms)
    mill.bring(FIRST, TODAY, skips=(date(2026, 1, 5),))
    assert mill.baseline(59).model is None
    assert mill.baseline(61).model.fit.n == 39
    derivation = mill.made.ledger.derivation
    slot = mill.made.at(date(2026, 1, 5)) // 900_000
    derivation.touch("demo", "incomer", slots=(slot, slot + 3))
    assert mill.baseline(61).model is None
    derivation.take("demo")
    derivation.settle("demo", {"incomer": []})
    assert mill.baseline(61).model is not None


def test_each_claim_of_a_backcast_has_a_model_of_its_own(
    make_plant: Callable[[str], Any],
) -> None:
    mill = Mill(make_plant(PLANT.replace("{method}", "backcast")))
    mill.bring(FIRST, TODAY)
    mill.made.lock("electricity", mill.now_ms)
    records = mill.made.records
    shown = {
        name: performance(records, Ask(claim=name), mill.now_ms) for name in ("first", "second")
    }
    assert shown["first"].by_claims == shown["second"].by_claims == ["first", "second"]
    assert performance(records, Ask(), mill.now_ms).model == shown["first"].model
    slopes = {name: page.model.coefficients["starch"] for name, page in shown.items()}
    assert slopes["first"] == pytest.approx(50, rel=0.02)
    assert slopes["second"] == pytest.approx(40, rel=0.02)
    assert shown["second"].reporting_since == date(2026, 2, 25)
    by_day = {
        day: expecting(records, "electricity", mill.now_ms, day=day) for day in (FIRST, TODAY)
    }
    assert [one.claim for one in by_day.values()] == ["first", "second"]
    choices = PAGE.show(shown["second"], "en").choices
    labels = {tuple(one.label for one in choice.options if one.current) for choice in choices}
    assert ("second",) in labels
    told = {name: claim.outcome for name, claim in records.verdicts.claims(mill.now_ms).items()}
    for name, page in shown.items():
        assert page.model.n == told[name].model.fit.n
