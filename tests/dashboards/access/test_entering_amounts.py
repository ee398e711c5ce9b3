"""Entering amounts over HTTP: by whom, what is said, and what the page and the log then hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboards.access import Role

pytestmark = pytest.mark.slow

ROUTE = "/api/v1/plants/north/amounts"
DAY = "2026-02-01"


@pytest.fixture
def ana(site: Any) -> Any:
    """The site; ana is an engineer."""
    site.add_user("ana", north=Role.engineer)
    site.cookie = site.log_in("ana").cookie
    return site


def _post(site: Any, **changes: Any) -> tuple[int, Any]:
    amount = {"quantity": "starch", "day": DAY, "value": 41.5, "unit": "t"} | changes
    answer = site.call(
        ROUTE,
        method="POST",
        json=amount,
        cookie=site.cookie,
        sec_fetch_site="same-origin",
        content_type="application/json",
    )
    return answer.status, json.loads(answer.body)


def test_an_engineer_enters_an_amount_and_sees_it(ana: Any) -> None:
    assert _post(ana) == (201, {"outcome": "new"})
    page = json.loads(ana.call("/api/v1/plants/north/entries", cookie=ana.cookie).body)
    (entry,) = page["entered"]
    assert (entry["quantity"], entry["value"], entry["author"]) == ("starch", 41.5, "ana")
    assert (entry["first_day"], entry["last_day"], entry["corrected_ms"]) == (DAY, DAY, None)


def test_a_correction_is_a_new_entry_with_a_reason(ana: Any) -> None:
    _post(ana)
    status, told = _post(ana, value=42)
    assert status == 422
    assert "say why it is corrected" in told["detail"]
    assert _post(ana, value=42, reason="read again") == (201, {"outcome": "corrected"})
    page = json.loads(ana.call("/api/v1/plants/north/entries", cookie=ana.cookie).body)
    new, old = page["entered"]
    assert (new["value"], new["reason"], new["corrected_ms"]) == (42, "read again", None)
    assert (old["value"], old["corrected_ms"]) == (41.5, ana.now_ms)
    csv = ana.call("/api/v1/plants/north/entries/entered.csv?lang=vi", cookie=ana.cookie)
    assert "đã được sửa" in csv.body.decode()


def test_the_audit_log_says_what_was_entered_by_whom_from_where(ana: Any) -> None:
    _post(ana)
    _post(ana, quantity="none")  # refused: nothing was changed
    line = ana.ledger.audit.newest()[0]
    assert (line.who, line.address, line.plant) == ("ana", "127.0.0.1", "north")
    assert line.detail == f"starch {DAY}: 41.5 t, new"
    assert [one.action for one in ana.ledger.audit.newest()].count(line.action) == 1


NO_AMOUNTS: list[dict[str, Any]] = [
    {"quantity": "flour"},
    {"unit": "kWh"},
    {"day": "2026-02-30"},
    {"day": "2999-01-01"},
    {"value": "many"},
    {"value": None},
    {"shift": "night"},
    {"more": 1},
]


def test_what_is_no_amount_is_refused(ana: Any) -> None:
    for changes in NO_AMOUNTS:
        assert _post(ana, **changes)[0] == 422, changes
        assert ana.ledger.amounts.history("north") == [], changes


def test_a_unit_as_it_is_typeset_is_understood(ana: Any) -> None:
    assert _post(ana, quantity="electricity", value=3, unit="MWh")[0] == 201
    assert ana.ledger.amounts.history("north")[0].amount.value == 3000


def test_a_viewer_reads_the_page_and_enters_nothing(ana: Any) -> None:
    ana.add_user("bob", north=Role.viewer)
    ana.cookie = ana.log_in("bob").cookie
    assert _post(ana)[0] == 403
    page = ana.call("/plants/north/entries?lang=vi", cookie=ana.cookie)
    assert page.status == 200
    assert b'data-role="viewer"' in page.body
    assert "Nhập một lượng" in page.body.decode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "a secret"])
def test_what_does_not_fit_is_told_and_not_sent_back(ana: Any, value: Any) -> None:
    """NaN and infinity are no JSON: to send them back would be a fault of ours."""
    status, told = _post(ana, value=value)
    assert status == 422
    assert told["detail"][0]["loc"] == ["body", "value"]
    assert "secret" not in str(told)
