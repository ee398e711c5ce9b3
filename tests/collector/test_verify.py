"""From a CSV file to a verdict, through the commands that a consultant types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collector.import_commands import import_main
from collector.plan_commands import plan_main
from collector.verify_commands import verify_main

PUBLISHED = Path(__file__).parent.parent / "cases" / "published" / "doe-acme-rochester.json"
DOE = json.loads(PUBLISHED.read_text(encoding="utf-8"))

PLANT = """\
[plant]
id = "acme"
name = "Acme"
timezone = "America/New_York"
[resources.electricity]
unit = "MMBTU"
[resources.gas]
unit = "MMBTU"
[products.production]
unit = "piece"
[drivers.temperature]
unit = "degF"
[plans.electricity]
baseline = ["2007-01-01", "2007-12-31"]
drivers = ["production", "temperature"]
by = "month"
[plans.gas]
baseline = ["2007-01-01", "2007-12-31"]
drivers = ["production", "temperature"]
by = "month"
[claims.less-electricity]
resource = "electricity"
since = "2009-01-01"
until = "2009-12-31"
saves = "5 %"
[claims.less-gas]
resource = "gas"
since = "2009-01-01"
until = "2009-12-31"
saves = "5 %"
"""


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """A plant without meters, and its 36 published months as a CSV file beside it."""
    head = "month,electricity [MMBTU],gas [MMBTU],production [piece],temperature [degF]"
    lines = [head, *(",".join(map(str, row)) for row in DOE["rows"])]
    (tmp_path / "months.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "plant.toml").write_text(PLANT, encoding="utf-8")
    return tmp_path / "plant.toml"


def verified(plant: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    capsys.readouterr()
    assert verify_main([str(plant), "--json"]) == 0
    return {claim["claim"]: claim for claim in json.loads(capsys.readouterr().out)}


def import_months(plant: Path, *options: str) -> int:
    return import_main([str(plant), str(plant.parent / "months.csv"), *options])


def test_the_published_plant_comes_out_as_published(plant, capsys) -> None:
    """DOE's tool published these coefficients, p-values and R²; the modelled year to 1e-6."""
    assert import_months(plant) == 0
    assert plan_main(["lock", str(plant)]) == 0
    claims = verified(plant, capsys)
    published = DOE["published"]
    electricity, gas = claims["less-electricity"]["model"], claims["less-gas"]["model"]

    for model, wanted in (
        (electricity, published["electricity_2007"]),
        (gas, published["gas_2007"]),
    ):
        assert model["drivers"] == wanted["drivers"]
        assert list(model["coefficients"].values()) == pytest.approx(
            wanted["coefficients"], rel=1e-9
        )
        assert list(model["p_values"].values())[1:] == pytest.approx(wanted["p_values"], rel=1e-9)
        for key in ("r2", "adjusted_r2", "f_p"):
            assert model[key] == pytest.approx(wanted[key], rel=1e-9), key
    assert electricity["standard_errors"]["production"] == pytest.approx(
        published["electricity_2007"]["standard_error_production"], rel=1e-9
    )

    expected = [claims[name]["expected"] for name in ("less-electricity", "less-gas")]
    actual = [claims[name]["actual"] for name in ("less-electricity", "less-gas")]
    assert expected == pytest.approx(list(published["modelled_2009"].values()), rel=1e-6)
    assert sum(actual) / sum(expected) == pytest.approx(published["senpi"]["2009"], rel=1e-6)


def test_a_saving_smaller_than_its_interval_is_undecided(plant, capsys) -> None:
    import_months(plant)
    plan_main(["lock", str(plant)])
    claim = verified(plant, capsys)["less-electricity"]
    assert claim["verdict"] == "undecided"
    assert claim["saving_low"] < 0 < claim["saving"]
    assert claim["shown_percent"] == 0


def test_without_a_lock_nothing_is_expected_of_the_reporting_period(plant, capsys) -> None:
    import_months(plant)
    for claim in verified(plant, capsys).values():
        assert claim["reason_key"] == "plan-open"
        assert claim["expected"] is claim["saving"] is claim["shown_percent"] is None
        assert claim["model"] is None


def test_a_plan_that_was_changed_after_its_lock_shows_nothing_until_it_is_amended(
    plant, capsys
) -> None:
    plan_main(["lock", str(plant)])
    import_months(plant)
    text = plant.read_text(encoding="utf-8")
    plant.write_text(text.replace('until = "2009-12-31"', 'until = "2009-06-30"', 1), "utf-8")
    claims = verified(plant, capsys)
    assert claims["less-electricity"]["reason_key"] == "plan-changed"
    assert claims["less-electricity"]["expected"] is None
    assert claims["less-gas"]["expected"] is not None, "the other plan is as it was"

    assert plan_main(["lock", str(plant)]) == 2
    assert "--reason" in capsys.readouterr().err
    assert plan_main(["lock", str(plant), "--reason", "the line was sold in July"]) == 0
    claim = verified(plant, capsys)["less-electricity"]
    assert claim["expected"] is not None
    first, amendment = claim["plan"]["locks"]
    assert first["readings_known"] == 0
    assert amendment["readings_known"] > 0, "the amendment knew what it was judging"
    assert amendment["reason"] == "the line was sold in July"


def test_moving_a_comment_or_adding_a_resource_leaves_the_lock_alone(plant, capsys) -> None:
    import_months(plant)
    plan_main(["lock", str(plant)])
    text = plant.read_text(encoding="utf-8")
    plant.write_text("# checked\n" + text + "[resources.water]\n", encoding="utf-8")
    assert verified(plant, capsys)["less-gas"]["plan"]["state"] == "locked"


@pytest.mark.slow
def test_a_claim_before_its_end_has_an_interval_and_no_verdict(plant, capsys) -> None:
    text = plant.read_text(encoding="utf-8")
    plant.write_text(text.replace('until = "2009-12-31"', 'until = "2109-12-31"'), "utf-8")
    plan_main(["lock", str(plant)])
    import_months(plant)
    claim = verified(plant, capsys)["less-gas"]
    assert claim["verdict"] is None
    assert claim["reason_key"] == "so-far"
    assert claim["saving_low"] < claim["saving"] < claim["saving_high"]


def test_a_dry_run_stores_nothing_and_a_second_import_changes_nothing(plant, capsys) -> None:
    assert import_months(plant, "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["stored"] is False
    import_months(plant, "--json")
    assert json.loads(capsys.readouterr().out)["new"] == 144
    import_months(plant, "--json")
    counts = json.loads(capsys.readouterr().out)
    assert (counts["new"], counts["corrected"], counts["unchanged"]) == (0, 0, 144)


def test_a_corrected_amount_needs_a_reason(plant, capsys) -> None:
    import_months(plant)
    file = plant.parent / "months.csv"
    file.write_text(file.read_text("utf-8").replace("28724.0", "28725.0"), "utf-8")
    assert import_months(plant) == 2
    assert "give a reason (--reason" in capsys.readouterr().err
    assert import_months(plant, "--reason", "scale was off", "--json") == 0
    assert json.loads(capsys.readouterr().out)["corrected"] == 1


def test_a_file_with_one_bad_row_leaves_nothing_behind(plant, capsys) -> None:
    file = plant.parent / "months.csv"
    file.write_text(file.read_text("utf-8").replace("2008-05,", "2008-5,"), "utf-8")
    assert import_months(plant) == 2
    assert "months.csv:18: month: found '2008-5'" in capsys.readouterr().err
    plan_main(["lock", str(plant)])
    assert verified(plant, capsys)["less-gas"]["reason_key"] == "few-baseline-points"


def test_a_refuted_claim_is_exit_1(plant, capsys) -> None:
    text = plant.read_text(encoding="utf-8")
    for old, new in (("5 %", "60 %"), ("2009-01-01", "2008-01-01"), ("2009-12-31", "2008-06-30")):
        text = text.replace(old, new)
    plant.write_text(text, encoding="utf-8")
    import_months(plant)
    plan_main(["lock", str(plant)])
    assert verify_main([str(plant), "--lang", "vi"]) == 1
    assert "bị bác bỏ" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["lock", "{plant}", "--plan", "gass"], ["lock", "nowhere.toml"]],
)
def test_a_wrong_name_is_one_line_and_exit_2(plant, arguments, capsys) -> None:
    arguments = [a.replace("{plant}", str(plant)) for a in arguments]
    try:
        code = plan_main(arguments)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_text_tells_when_the_plan_was_locked_and_what_was_known_then(plant, capsys) -> None:
    import_months(plant)
    plan_main(["lock", str(plant), "--author", "An"])
    text = plant.read_text(encoding="utf-8")
    plant.write_text(text.replace('until = "2009-12-31"', 'until = "2009-11-30"', 1), "utf-8")
    plan_main(["lock", str(plant), "--author", "Binh", "--reason", "the line was sold"])
    capsys.readouterr()
    verify_main([str(plant), "--claim", "less-electricity"])
    told = capsys.readouterr().out
    assert "by An, 36 readings of the reporting period known then" in told
    assert "by Binh, 36 readings of the reporting period known then: the line was sold" in told
