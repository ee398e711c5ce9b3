"""From a CSV file to a verdict, through the commands that a consultant types."""

from __future__ import annotations

import json

import pytest

from collector.entry_points import plan_main, verify_main
from collector.evidence.commands import evidence_main
from collector.ledger import Ledger


def test_the_published_plant_comes_out_as_published(acme, doe) -> None:
    """DOE's tool published these coefficients, p-values and R²; the modelled year to 1e-6."""
    assert acme.enter() == 0
    assert acme.lock() == 0
    claims = acme.verified()
    published = doe["published"]
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


def test_a_saving_smaller_than_its_interval_is_undecided(acme) -> None:
    acme.enter()
    acme.lock()
    claim = acme.verified()["less-electricity"]
    assert claim["verdict"] == "undecided"
    assert claim["saving_low"] < 0 < claim["saving"]
    assert claim["shown_percent"] == 0


def test_without_a_lock_nothing_is_expected_of_the_reporting_period(acme) -> None:
    acme.enter()
    for claim in acme.verified().values():
        assert claim["reason_key"] == "plan-open"
        assert claim["expected"] is claim["saving"] is claim["shown_percent"] is None
        assert claim["model"] is None


def test_a_plan_that_was_changed_after_its_lock_shows_nothing_until_it_is_amended(
    acme, capsys
) -> None:
    acme.lock()
    acme.enter()
    acme.change(('until = "2009-12-31"', 'until = "2009-06-30"'), count=1)
    claims = acme.verified()
    assert claims["less-electricity"]["reason_key"] == "plan-changed"
    assert claims["less-electricity"]["expected"] is None
    assert claims["less-gas"]["expected"] is not None, "the other plan is as it was"

    assert acme.lock() == 2
    assert "--reason" in capsys.readouterr().err
    assert acme.lock("--reason", "the line was sold in July") == 0
    claim = acme.verified()["less-electricity"]
    assert claim["expected"] is not None
    first, amendment = claim["plan"]["locks"]
    assert first["readings_known"] == 0
    assert amendment["readings_known"] > 0, "the amendment knew what it was judging"
    assert amendment["reason"] == "the line was sold in July"


METER = """\
[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"
[meters.main]
bus = "yard/panel"
model = "eastron-sdm630"
resource = "electricity"
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('model = "eastron-sdm630"', 'model = "eastron-sdm630"\nct = 0.93'),
        ('model = "eastron-sdm630"', 'model = "abb-b23"'),
        ("[meters.main]", "[meters.main]\nevents = [{ at = 2009-01-01T00:00:00Z, ct = 0.5 }]"),
        (METER, METER + METER[METER.index("[meters") :].replace("main]", "second]\nunit_id = 2")),
    ],
)
def test_what_counts_cannot_be_changed_after_the_lock(acme, old: str, new: str) -> None:
    acme.change(("[plans.gas]", f"{METER}[plans.gas]"))
    acme.lock()
    acme.change((METER, METER.replace("[meters.main]", '[meters.main]\nname = "Main"')), count=1)
    assert acme.verified()["less-electricity"]["plan"]["state"] == "locked", "a name is no matter"
    acme.change(('name = "Main"\n', ""), count=1)
    acme.change((old, new), count=1)
    assert acme.verified()["less-electricity"]["plan"]["state"] == "changed"
    assert acme.verified()["less-gas"]["plan"]["state"] == "locked"


def test_a_late_lock_and_a_later_correction_stand_beside_the_verdict(acme) -> None:
    acme.enter()
    acme.lock()
    file = acme.folder / "amounts.csv"
    file.write_text(file.read_text("utf-8").replace("28724.0", "28725.0"), "utf-8")
    acme.enter("--reason", "scale was off")
    said = " ".join(acme.verified()["less-gas"]["warnings"])
    assert "days after this period began" in said
    assert "1 amounts of this plan were corrected or withdrawn after it was locked" in said


def test_days_to_come_are_neither_imported_nor_told(acme, capsys) -> None:
    file = acme.folder / "amounts.csv"
    told = file.read_text("utf-8")
    file.write_text(told.replace("2009-12,", "2109-12,"), "utf-8")
    assert acme.enter() == 2
    assert "up to 2109-12-31, which is to come" in capsys.readouterr().err
    file.write_text(told, "utf-8")
    acme.enter()
    plant, out = str(acme.file), str(acme.folder / "e.zip")
    assert evidence_main(["export", plant, out, "--as-of", "2109-01-05"]) == 2
    assert "--as-of 2109-01-05: that day has not begun" in capsys.readouterr().err


def test_moving_a_comment_or_adding_a_resource_leaves_the_lock_alone(acme) -> None:
    acme.enter()
    acme.lock()
    acme.change(("[plant]", "# checked\n[plant]"), ("[resources.water]", "[resources.steam]"))
    assert acme.verified()["less-gas"]["plan"]["state"] == "locked"


@pytest.mark.slow
def test_a_claim_before_its_end_has_an_interval_and_no_verdict(acme) -> None:
    acme.change(('until = "2009-12-31"', 'until = "2109-12-31"'))
    acme.lock()
    acme.enter()
    claim = acme.verified()["less-gas"]
    assert claim["verdict"] is None
    assert claim["reason_key"] == "so-far"
    assert claim["saving_low"] < claim["saving"] < claim["saving_high"]


def test_days_of_a_claim_that_fill_no_whole_month_are_told_and_not_judged(acme, capsys) -> None:
    acme.change(('since = "2009-01-01"', 'since = "2009-01-15"'))
    acme.enter()
    acme.lock()
    left_out = "17 of the 351 days of the claim's period fill no whole month and are not judged."
    assert all(claim["points"] == 11 for claim in acme.verified().values())
    assert all(left_out in claim["warnings"] for claim in acme.verified().values())
    assert plan_main(["power", str(acme.file)]) == 0
    assert capsys.readouterr().out.count(left_out) == 2


def test_readings_that_await_derivation_are_told(acme, capsys) -> None:
    acme.enter()
    acme.lock()
    acme.verified()
    assert "not derived yet" not in capsys.readouterr().err
    ledger = Ledger(acme.folder / "data")
    ledger.derivation.touch("acme", "incomer", slots=(1_300_000, 1_300_001))
    ledger.close()
    verify_main([str(acme.file)])
    assert "figures may change" in capsys.readouterr().err


def test_a_dry_run_stores_nothing_and_a_second_import_changes_nothing(acme, capsys) -> None:
    assert acme.enter("--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["stored"] is False
    acme.enter("--json")
    assert json.loads(capsys.readouterr().out)["new"] == 144
    acme.enter("--json")
    counts = json.loads(capsys.readouterr().out)
    assert (counts["new"], counts["corrected"], counts["unchanged"]) == (0, 0, 144)


def test_a_corrected_amount_needs_a_reason(acme, capsys) -> None:
    acme.enter()
    file = acme.folder / "amounts.csv"
    file.write_text(file.read_text("utf-8").replace("28724.0", "28725.0"), "utf-8")
    assert acme.enter() == 2
    assert "give a reason (--reason" in capsys.readouterr().err
    assert acme.enter("--reason", "scale was off", "--json") == 0
    assert json.loads(capsys.readouterr().out)["corrected"] == 1


def test_a_file_with_one_bad_row_leaves_nothing_behind(acme, capsys) -> None:
    file = acme.folder / "amounts.csv"
    file.write_text(file.read_text("utf-8").replace("2008-05,", "2008-15,"), "utf-8")
    assert acme.enter() == 2
    assert "amounts.csv:18: month: found '2008-15'" in capsys.readouterr().err
    acme.lock()
    assert acme.verified()["less-gas"]["reason_key"] == "few-baseline-points"


def test_a_refuted_claim_is_exit_1(acme, capsys) -> None:
    acme.change(("5 %", "60 %"), ("2009-01-01", "2008-01-01"), ("2009-12-31", "2008-06-30"))
    acme.enter()
    acme.lock()
    assert verify_main([str(acme.file), "--lang", "vi"]) == 1
    assert "bị bác bỏ" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["lock", "{plant}", "--plan", "gass"], ["lock", "nowhere.toml"]],
)
def test_a_wrong_name_is_one_line_and_exit_2(acme, arguments, capsys) -> None:
    arguments = [a.replace("{plant}", str(acme.file)) for a in arguments]
    try:
        code = plan_main(arguments)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_text_tells_when_the_plan_was_locked_and_what_was_known_then(acme) -> None:
    acme.enter()
    acme.lock("--author", "An")
    acme.change(('until = "2009-12-31"', 'until = "2009-11-30"'), count=1)
    acme.lock("--author", "Binh", "--reason", "the line was sold")
    told = acme.said("--claim", "less-electricity")
    assert "by An, 36 readings of the reporting period known then" in told
    assert "by Binh, 36 readings of the reporting period known then: the line was sold" in told
