"""What a collector says against the truth of a scenario."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plant.calendar import day_start_ms
from plant.errors import CleanlineError, UsageError
from simulators import check_command
from simulators.comparison import Seen, SeenAmount, differences
from simulators.expected import Amount, Expected, expected
from simulators.scenario import Scenario, load_scenario
from simulators.seen import seen_by

pytestmark = pytest.mark.slow

MONTHS = {"electricity": {"2025-01": Amount(1000.0, 1002.0, 0.001, "kWh")}}
SAVING = {"saving": 50.0, "share": 0.05, "unit": "kWh"}


@pytest.fixture
def told() -> Callable[[str], Expected]:
    """Makes a scenario's truth with the lines of its [truth] table."""
    scenario = load_scenario(Path("nothing-saved"))

    def make(**truth: Any) -> Expected:
        content = scenario.file.truth.model_validate(truth)
        file = scenario.file.model_copy(update={"truth": content})
        return Expected(MONTHS, {"electricity": SAVING}, replace(scenario, file=file))

    return make


def said(value: float | None, *, is_estimated: bool = False) -> Seen:
    return Seen(months={"electricity": {"2025-01": SeenAmount(value, is_estimated)}})


def test_what_the_meters_counted_is_right_and_nothing_beside_it(told) -> None:
    assert differences(told(), said(1002.0)) == []
    assert differences(told(), said(1002.0009)) == []
    (line,) = differences(told(), said(1000.0))
    assert line == "electricity 2025-01: said 1,000.000 kWh, metered 1,002.000 (-0.200 %)"


def test_a_month_that_could_be_known_must_be(told) -> None:
    assert "not known" in differences(told(), said(None))[0]
    unknown = told(unknown={"electricity": ["2025-01"]})
    assert differences(unknown, said(None)) == []
    assert differences(unknown, said(900.0)) != [], "but a number must still be right"


def test_an_estimate_may_be_off_and_a_wrong_meter_cannot_be_seen_through(told) -> None:
    assert differences(told(), said(950.0, is_estimated=True)) == []
    assert differences(told(), said(850.0, is_estimated=True)) != []
    assert differences(told(wrong={"electricity": ["2025-01"]}), said(500.0)) == []


def test_a_verdict_must_be_one_of_the_right_ones(told) -> None:
    truth = told(verdicts={"electricity": ["proven", "plausible"]})
    for verdict, differs in (("proven", 0), ("plausible", 0), ("refuted", 1), (None, 1)):
        seen = Seen(claims={"electricity": {"verdict": verdict}})
        assert len(differences(truth, seen)) == differs
    (line,) = differences(truth, Seen(claims={"electricity": {"verdict": "refuted"}}))
    assert line.endswith("right is proven or plausible; 5.00 % was saved")
    assert differences(truth, Seen()) == ["claim electricity: nothing was said of it"]


@pytest.mark.parametrize(
    ("low", "high", "differs"), [(40, 60, 0), (51, 60, 1), (30, 49, 1), (None, None, 1)]
)
def test_an_interval_holds_the_true_saving(told, low, high, differs) -> None:
    seen = Seen(claims={"electricity": {"saving_low": low, "saving_high": high}})
    assert len(differences(told(covered=["electricity"]), seen)) == differs


def test_events_are_seen_when_they_happen_and_not_otherwise(told, at) -> None:
    truth = told(events=[{"meter": "incomer", "kind": "reset", "at": "2025-01-10T08:00"}])
    near, far = (int(at(2025, 1, day, 9) * 1000) for day in (10, 13))

    def found(*events: tuple[str, str, int]) -> list[str]:
        return differences(truth, Seen(events=events))

    assert found(("incomer", "reset", near)) == []
    assert found(("incomer", "reset", near), ("intake", "timeout", far)) == []
    assert found() == ["event reset of incomer at 2025-01-10 08:00: not seen"]
    assert len(found(("incomer", "reset", far))) == 2
    assert len(found(("intake", "reset", near))) == 2
    assert differences(truth, Seen(events=None)) == [], "nobody could be asked"


def test_the_truth_of_a_month_is_what_the_process_made_of_it(kontum: Scenario, at) -> None:
    """Metered differs from true by the meter's own error, which is within its class."""
    start_ms, end_ms = int(at(2024, 1, 15) * 1000), int(at(2024, 3, 20) * 1000)
    truth = expected(kontum, start_ms, end_ms)
    assert list(truth.months["electricity"]) == ["2024-02"], "whole months only"
    month = truth.months["electricity"]["2024-02"]
    assert month.metered / month.true == pytest.approx(1, abs=0.002)
    assert month.metered != month.true


def test_what_a_collector_holds_is_read_from_its_first_reading_to_its_last(
    kontum: Scenario, at, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"2025-{month:02}-01" for month in (1, 2, 3)]
    amounts = [None, 7.0, None]
    water = [
        {"first": d, "amount": a, "estimated": False} for d, a in zip(days, amounts, strict=True)
    ]
    slots = [{"first": d, "quarter_hours": n} for d, n in zip(days, (0, 2688, 1), strict=True)]
    held = {
        "quantities": [{"quantity": "water", "months": water}],
        "meters": [{"meter": "intake", "months": slots}],
        "events": [{"meter": "intake", "kind": "reset", "time_ms": 5}],
    }
    monkeypatch.setattr("simulators.seen.asked", lambda *_: held)
    claim = {"claim": "x", "verdict": "proven"}
    page = {"tiles": [{"claims": [claim]}]}
    between = int(at(2025, 1, 1) * 1000), int(at(2025, 4, 1) * 1000)
    seen = seen_by("", kontum, between, page=page, is_whole=False)
    assert seen.months == {"water": {"2025-02": SeenAmount(7.0)}}
    assert seen.slots == {"intake": {"2025-02": 2688}}
    assert (seen.events, seen.claims) == ([("intake", "reset", 5)], {"x": claim})
    whole = seen_by("", kontum, between, page=page, is_whole=True)
    assert whole.months["water"]["2025-03"] == SeenAmount(None)
    assert list(whole.slots["intake"]) == ["2025-01", "2025-02", "2025-03"]


def test_the_command_says_what_differs_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three claims of which nothing was saved, one of them called proven."""
    scenario = load_scenario(Path("nothing-saved"))
    end_ms = day_start_ms(scenario.file.until, scenario.plant.zone)
    truth = expected(scenario, end_ms - 86_400_000, end_ms).claims
    claims = [
        {"claim": name, "verdict": "refuted", "saving_low": row["saving"] - 1, "saving_high": 1}
        for name, row in truth.items()
    ]
    told = tmp_path / "claims.json"
    told.write_text(json.dumps(claims))
    assert check_command.main(["nothing-saved", "--verified", str(told)]) == 0
    claims[0]["verdict"] = "proven"
    told.write_text(json.dumps(claims))
    capsys.readouterr()
    assert check_command.main(["nothing-saved", "--verified", str(told)]) == 1
    line = capsys.readouterr().out
    assert line == "claim electricity: said proven, right is refuted; 0.00 % was saved\n"


def test_a_collector_that_is_not_there_is_said_in_one_line(free_port, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(CleanlineError, match="is the collector of this plant there") as failed:
        check_command.main(["nothing-saved", "--url", url])
    assert not isinstance(failed.value, urllib.error.URLError)
    with pytest.raises(UsageError, match="cleanline verify --json"):
        check_command.main(["nothing-saved", "--verified", str(tmp_path / "none.json")])
