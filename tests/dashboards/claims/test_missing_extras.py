"""A file that cannot be made here is not offered; the page says what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards import extras
from dashboards.claims.show import link


def _without(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    def find(name: str) -> Any:
        return None if name in packages else object()

    monkeypatch.setattr(extras, "find_spec", find)


def test_a_report_without_its_extra_is_no_link_and_says_which_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _without(monkeypatch, "weasyprint")
    assert link("/r", "report.xlsx", "en").href == "/r/report.xlsx?lang=en"
    pdf = link("/r", "report.pdf", "vi")
    assert pdf.href is None
    assert "'.[pdf]'" in pdf.note
    _without(monkeypatch, "openpyxl", "weasyprint")
    shown = {name: link("/r", name, "en") for name in ("report.html", "evidence.zip")}
    assert "'.[report]'" in shown["report.html"].note
    assert shown["evidence.zip"].href


def test_a_table_offers_only_the_files_that_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    _without(monkeypatch, "openpyxl", "matplotlib")
    assert extras.offered("csv", "xlsx", "svg") == "csv"
    _without(monkeypatch)
    assert extras.offered("csv", "xlsx", "svg") == "csv xlsx svg"
