"""``cleanline report`` as a consultant types it: the files, their bytes, and what is said."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from collector.evidence.check import check_file
from collector.evidence.commands import evidence_main
from dashboards.report.commands import report_main
from dashboards.report.pdf import pdf

pytestmark = pytest.mark.slow


def report(mill: Any, out: Path, *options: str) -> int:
    arguments = [str(mill.file), "--data", str(mill.data), "--out", str(out)]
    return report_main([*arguments, "--as-of", "2025-07-01", *options])


@pytest.fixture
def without_weasyprint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)


@pytest.mark.usefixtures("without_weasyprint")
def test_page_workbook_and_evidence_are_written_and_one_line_says_how_to_get_a_pdf(
    a_mill, tmp_path, capsys
) -> None:
    assert report(a_mill, tmp_path / "out") == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["evidence.zip", "report.html", "report.xlsx"]
    told = capsys.readouterr().out.splitlines()
    assert "no PDF: WeasyPrint is not installed; type in the checkout: pip install '.[pdf]'" in told


@pytest.mark.usefixtures("without_weasyprint")
def test_the_same_inputs_give_the_same_files_byte_for_byte(a_mill, tmp_path, capsys) -> None:
    report(a_mill, tmp_path / "one", "--json")
    first = json.loads(capsys.readouterr().out)
    report(a_mill, tmp_path / "two", "--json")
    assert json.loads(capsys.readouterr().out)["fingerprint"] == first["fingerprint"]
    for name in first["files"]:
        one, two = (tmp_path / folder / name for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), name


@pytest.mark.usefixtures("without_weasyprint")
def test_the_fingerprint_on_the_page_is_that_of_the_evidence_beside_it(
    a_mill, tmp_path, capsys
) -> None:
    report(a_mill, tmp_path / "out")
    checked = check_file(tmp_path / "out" / "evidence.zip")
    assert checked.fingerprint in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert evidence_main(["check", str(tmp_path / "out" / "evidence.zip")]) == 0
    assert checked.fingerprint in capsys.readouterr().out


@pytest.mark.usefixtures("without_weasyprint")
def test_the_language_is_the_one_asked_for(a_mill, tmp_path) -> None:
    report(a_mill, tmp_path / "out", "--lang", "vi")
    assert "đã chứng minh" in (tmp_path / "out" / "report.html").read_text("utf-8")


@pytest.mark.usefixtures("without_weasyprint")
def test_an_earlier_day_tells_the_claim_as_it_stood(a_mill, tmp_path) -> None:
    arguments = [str(a_mill.file), "--data", str(a_mill.data), "--out", str(tmp_path)]
    assert report_main([*arguments, "--as-of", "2025-06-01"]) == 0
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "so far" in text
    assert "proven</p>" not in text


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["{plant}"],
        ["nowhere.toml", "--out", "{out}"],
        ["{plant}", "--out", "{plant}"],
        ["{plant}", "--out", "{out}", "--as-of", "soon"],
    ],
)
def test_a_wrong_use_is_exit_2(a_mill, tmp_path, arguments, capsys) -> None:
    places = {"{plant}": str(a_mill.file), "{out}": str(tmp_path / "out")}
    try:
        code = report_main([places.get(argument, argument) for argument in arguments])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_paper_is_the_page_and_the_same_each_time(a_mill, exported, tmp_path) -> None:
    pytest.importorskip("weasyprint", exc_type=ImportError)
    text = "<!doctype html><html lang='en'><head><title>t</title></head><body>one</body></html>"
    made = pdf(text)
    assert made is not None
    assert made.startswith(b"%PDF-")
    assert pdf(text) == made
    assert pdf(text.replace("one", "two")) != made


def test_the_paper_asks_no_other_file_and_no_host(tmp_path) -> None:
    pytest.importorskip("weasyprint", exc_type=ImportError)
    secret = tmp_path / "secret.css"
    secret.write_text("body { color: red }", encoding="utf-8")
    plain = "<!doctype html><html lang='en'><head>{}<title>t</title></head><body>x</body></html>"
    link = f'<link rel="stylesheet" href="{secret.as_uri()}">'
    with_link, without = pdf(plain.format(link)), pdf(plain.format(""))
    assert with_link is not None
    assert without is not None
    assert len(with_link) == len(without)
