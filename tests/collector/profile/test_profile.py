"""What a plant takes for each unit of product, by month: sums by hand, RECP, balances, texts."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from collector.entries.commands import import_main
from collector.profile.commands import profile_main
from collector.profile.text import WORDS
from tests.collector.profile.asking import HEAD, asked, column

MONTHS = (
    HEAD
    + """\
[products.starch]
[resources.electricity]
price = [{{ from = "2024-01-01", value = 2000, per = "kWh" }},
         {{ from = "2025-07-11", value = 3000, per = "kWh" }}]
co2e = "vn-grid"
[resources.water]
[resources.wastewater]
[resources.coal]
calorific = "20 GJ/t"
co2e = "anthracite"
[resources.root]
unit = "t"
[drivers.evaporation]
unit = "m3"
[plans.electricity]
baseline = ["2024-01-01", "2024-12-31"]
drivers = ["starch"]
"""
)
COLUMNS = (
    "electricity [kWh],water [m3],wastewater [m3],coal [t],root [t],starch [t],evaporation [m3]"
)


@pytest.fixture
def by_month(tmp_path: Path) -> Path:
    """24 months of 1,000 t: each year 200,000 then 180,000 kWh a month, water 15,000 m3."""
    file = tmp_path / "plant.toml"
    file.write_text(MONTHS.format(zone="Asia/Ho_Chi_Minh"), encoding="utf-8")
    lines = [f"month,{COLUMNS}"]
    for year, used, out in ((2024, 200_000, 12_000), (2025, 180_000, 13_200)):
        lines += [f"{year}-{m:02},{used},15000,{out},10,4000,1000,1500" for m in range(1, 13)]
    (tmp_path / "m.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert import_main([str(file), str(tmp_path / "m.csv")]) == 0
    return file


YEAR = ("--from", "2025-01-01", "--to", "2025-12-31")


def test_every_resource_for_each_tonne(by_month, capsys) -> None:
    found = asked(by_month, capsys, *YEAR)
    per = {
        (c["quantity"], c["kind"]): (c["total_specific"]["starch"], c["unit"])
        for c in found["quantities"]
    }
    assert per["electricity", "amount"] == (pytest.approx(180), "kWh")
    assert per["electricity", "energy"] == (pytest.approx(648), "MJ")
    assert per["water", "amount"] == (pytest.approx(15), "m3")
    assert per["wastewater", "amount"] == (pytest.approx(13.2), "m3")
    assert per["coal", "amount"] == (pytest.approx(0.01), "t")
    assert per["coal", "energy"] == (pytest.approx(200), "MJ")
    assert per["coal", "co2e"] == (pytest.approx(98_300 * 200 / 1e6 / 1000), "tCO2e")
    assert per["root", "amount"] == (pytest.approx(4), "t")
    assert per["energy", "energy"] == (pytest.approx(848), "MJ")
    assert per["electricity", "co2e"][0] == pytest.approx(0.18 * 0.6592)
    assert [p["period"] for p in found["periods"]] == [f"2025-{m:02}" for m in range(1, 13)]


def test_a_price_that_changes_within_a_month_counts_from_its_day(by_month, capsys) -> None:
    """Ten days of July at 2,000, 21 at 3,000."""
    cost = column(asked(by_month, capsys, *YEAR), "electricity", "cost")
    assert cost["values"][5] == pytest.approx(180_000 * 2000)
    assert cost["values"][6] == pytest.approx(180_000 * (10 * 2000 + 21 * 3000) / 31)
    assert cost["values"][7] == pytest.approx(180_000 * 3000)


def test_recp_is_productivity_up_and_pollution_down_against_the_baseline_year(
    by_month, capsys
) -> None:
    recp = {one["quantity"]: one for one in asked(by_month, capsys, *YEAR)["recp"]}
    assert recp["energy"]["kind"] == "productivity"
    assert recp["energy"]["change_percent"] == pytest.approx(100 * ((720 + 200) / 848 - 1))
    assert recp["energy"]["is_better"] is True
    assert recp["water"]["change_percent"] == pytest.approx(0, abs=1e-9)
    assert recp["water"]["is_better"] is None
    assert recp["wastewater"]["kind"] == "intensity"
    assert recp["wastewater"]["change_percent"] == pytest.approx(10)
    assert recp["wastewater"]["is_better"] is False
    assert recp["root"]["what"] == "material"
    assert recp["co2e"]["is_better"] is True


def test_the_sectors_norm_stands_beside_the_own_figure_in_its_unit_with_its_source(
    by_month, capsys
) -> None:
    norms = asked(by_month, capsys, *YEAR)["norms"]
    energy = next(n for n in norms if n["quantity"] == "energy")
    assert (energy["value"], energy["unit"]) == (2527, "MJ/t")
    assert energy["own"] == pytest.approx(848)
    assert "biogas" in energy["boundary"]
    assert "Tran" in energy["source"]
    assert [n["own"] for n in norms if n["quantity"] == "wastewater"] == [pytest.approx(13.2)]


def test_water_in_is_told_from_where_it_goes_and_what_is_not_known(by_month, capsys) -> None:
    (water,) = asked(by_month, capsys, *YEAR)["balances"]
    assert water["whole"] == pytest.approx(12 * 15_000)
    assert water["parts"] == {
        "wastewater": pytest.approx(12 * 13_200), "evaporation": pytest.approx(12 * 1500)
    }  # fmt: skip
    assert water["unexplained"] == pytest.approx(12 * 300)
    assert water["unexplained_percent"] == pytest.approx(2)
    assert water["not_known"] == ["product-water"]


def test_water_that_the_plant_file_estimates_is_in_the_balance(by_month, capsys) -> None:
    estimates = "".join(
        f'[estimates.{name}]\nflow = "{flow}"\namount = "{amount}"\nper = "{per}"\nsource = "x"\n'
        for name, flow, amount, per in (
            ("juice", "in", "2 m3/t", "starch"),
            ("wet", "out", "500 L/t", "starch"),
            ("lagoon", "evaporated", "0.01 m3/m3", "wastewater"),
        )
    )
    by_month.write_text(by_month.read_text(encoding="utf-8") + estimates, encoding="utf-8")
    (water,) = asked(by_month, capsys, *YEAR)["balances"]
    assert water["whole"] == pytest.approx(12 * 17_000)
    assert water["parts"]["wet"] == pytest.approx(12 * 500)
    assert water["parts"]["lagoon"] == pytest.approx(12 * 132)
    assert water["unexplained"] == pytest.approx(12 * (17_000 - 13_200 - 1500 - 500 - 132))
    assert water["not_known"] == []


def test_a_month_that_is_not_known_is_none_and_in_no_sum(by_month, capsys) -> None:
    """Electricity of March lacks; the year's figure is of eleven months, not of twelve."""
    text = by_month.with_name("m.csv").read_text(encoding="utf-8")
    by_month.with_name("m.csv").write_text(
        text.replace("2025-03,180000,", "2025-03,,"), encoding="utf-8"
    )
    (by_month.parent / "data" / "ledger.sqlite").unlink()
    import_main([str(by_month), str(by_month.with_name("m.csv"))])
    one = column(asked(by_month, capsys, *YEAR), "electricity")
    assert one["values"][2] is None
    assert one["qualities"][2] == "missing"
    assert one["periods_known"] == {"starch": 11}
    assert one["total_specific"]["starch"] == pytest.approx(180)


def test_several_products_are_one_equivalent_by_weights_that_are_told(tmp_path, capsys) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(
        HEAD.format(zone="UTC") + '[products.lager]\nunit = "hl"\n[products.stout]\nunit = "hl"\n'
        '[products.beer]\nunit = "hl"\nweights = { lager = 1, stout = 1.5 }\n'
        "[resources.electricity]\n",
        encoding="utf-8",
    )
    (tmp_path / "m.csv").write_text(
        "month,electricity [kWh],lager [hl],stout [hl]\n2025-01,1000,60,40\n", encoding="utf-8"
    )
    assert import_main([str(file), str(tmp_path / "m.csv")]) == 0
    found = asked(file, capsys, "--from", "2025-01-01", "--to", "2025-01-31")
    (product,) = found["products"]
    assert (product["product"], product["weights"]) == ("beer", {"lager": 1, "stout": 1.5})
    assert column(found, "electricity")["total_specific"] == {"beer": pytest.approx(1000 / 120)}
    assert any("1.5 x stout" in note for note in found["notes"])


def test_a_batch_is_what_was_imported_with_its_own_period(tmp_path, capsys) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(
        HEAD.format(zone="UTC") + "[products.starch]\n[resources.water]\n", encoding="utf-8"
    )
    (tmp_path / "b.csv").write_text(
        "from,to,water [m3],starch [t]\n2025-01-02,2025-01-05,30,2\n2025-01-07,2025-01-08,9,1\n",
        encoding="utf-8",
    )
    assert import_main([str(file), str(tmp_path / "b.csv")]) == 0
    found = asked(file, capsys, "--from", "2025-01-01", "--to", "2025-01-31", "--by", "batch")
    assert [p["period"] for p in found["periods"]] == [
        "2025-01-02/2025-01-04", "2025-01-07/2025-01-07"
    ]  # fmt: skip
    assert column(found, "water")["specific"]["starch"] == [15, 9]


def test_the_csv_has_a_line_for_each_figure_and_the_text_says_the_same(by_month, capsys) -> None:
    assert profile_main([str(by_month), *YEAR, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    january = [r for r in rows if r["period"] == "2025-01" and r["quantity"] == "water"]
    assert [(r["amount"], r["specific"], r["unit"]) for r in january] == [("15000.0", "15.0", "m3")]
    assert profile_main([str(by_month), *YEAR]) == 0
    said = capsys.readouterr().out
    assert "water: 15 m3/t of starch (12 periods known)" in said
    assert "productivity of energy" in said
    assert "(better)" in said
    assert "unexplained 3,600.0 (2.0 %), not known: product-water" in said


def test_the_text_is_told_in_vietnamese_too(by_month, capsys) -> None:
    assert profile_main([str(by_month), *YEAR, "--lang", "vi"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("mill: từ 2025-01-01 đến 2025-12-31 theo tháng\n")
    assert "water: 15 m3/t starch (12 kỳ có số liệu)" in said
    assert "chưa giải thích được 3.600,0 (2,0 %), chưa biết: product-water" in said
    assert not {"better", "periods", "own", "known", "unexplained"} & set(re.findall(r"\w+", said))


def test_every_word_of_a_profile_is_in_both_languages() -> None:
    assert WORDS["en"].keys() == WORDS["vi"].keys()


def test_unless_days_are_named_the_last_twelve_months_that_are_known_are_told(
    by_month, capsys
) -> None:
    """Imported years ago; and a water balance of which no part is known leaves out the equals."""
    text = by_month.read_text(encoding="utf-8").replace("[resources.wastewater]", "")
    lone = by_month.with_name("lone.toml")
    lone.write_text(text.replace("[drivers.evaporation]", "[drivers.product-water]"), "utf-8")
    capsys.readouterr()
    assert profile_main([str(lone)]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("mill: 2025-01-01 to 2025-12-31 by month\n")
    assert "water: 180,000.0 m3 unexplained, not known: product-water, evaporation" in told.out
    assert "nothing is known from 2026-01-01 on, so 2025-12-31 is the last day told" in told.err
    assert profile_main([str(lone), "--to", "2024-12-31"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--by", "shift"), "no [shifts]"),
        (("--by", "batch", "--from", "2019-01-01", "--to", "2019-02-01"), "no batch"),
        (("--from", "2025-02-01", "--to", "2025-01-01"), "end on or after its start"),
    ],
)
def test_what_cannot_be_told_is_one_line(by_month, capsys, words, says) -> None:
    capsys.readouterr()
    assert profile_main([str(by_month), *words]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
