"""The API keeps to its own document: whatever is asked, no fault of ours and nothing undeclared."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks, openapi
from schemathesis.specs.openapi import checks as declared

from dashboards.access import Access
from dashboards.access.door import Door
from dashboards.app import create_app
from dashboards.serve import Server, board_of, listen
from dashboards.source import PlantSource

DOCUMENT: dict[str, Any] = create_app({}, Access(Door(), None, lambda: 0)).openapi()
ENDLESS = "/api/v1/events"
SLOW = r"/report/"  # made anew for each request, which takes seconds
KEPT = [
    checks.not_a_server_error,
    declared.status_code_conformance,
    declared.content_type_conformance,
    declared.response_headers_conformance,
    declared.response_schema_conformance,
    declared.unsupported_method,
]


def _known(document: dict[str, Any]) -> dict[str, Any]:
    """The document with what this plant has in place of any text: else all would be 404.

    What else may be asked of a page is left to the other test: each answer is computed anew.
    """
    names: dict[str, Any] = {
        "plant": {"enum": ["mill"]},
        "table": {"enum": ["periods", "meters", "nothing"]},
        "chart": {"enum": ["nothing"]},
        "resource": {"enum": ["electricity", "nothing"]},
    }
    paths = {
        path: {
            method: route
            | {
                "parameters": [
                    given | {"schema": names.get(given["name"], given["schema"])}
                    for given in route.get("parameters", [])
                    if given["required"] or given["name"] in ("lang", "resource")
                ]
            }
            for method, route in routes.items()
        }
        for path, routes in document["paths"].items()
    }
    return document | {"paths": paths}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the API of a mill of half a year is served."""
    mill = sys.modules["pages_mill"].Mill(tmp_path_factory.mktemp("openapi") / "mill")
    source = PlantSource(mill.plant, mill.store, ledger=mill.ledger)
    board = board_of(source, lambda: mill.now_ms)
    access = Access(Door(), mill.ledger, lambda: mill.now_ms)
    server = Server({"mill": board}, listen("127.0.0.1", 0), access=access)
    yield server.address.rstrip("/")
    server.close()
    mill.close()


def few(examples: int) -> settings:
    """So many requests to each route, the same ones each time."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def _ask_each_route(schema: Any, address: str) -> int:
    """Ask a few things of every route; how many routes there were.

    In a loop and not as parameters: cases would else be thought of whenever tests are collected.
    """
    asked = 0
    for found in schema.get_all_operations():

        @few(8)
        @given(case=found.ok().as_strategy())
        def keeps_to_the_document(case: schemathesis.Case) -> None:
            case.call_and_validate(base_url=address, checks=KEPT)

        keeps_to_the_document()
        asked += 1
    return asked


@pytest.mark.slow
def test_every_answer_about_a_plant_is_as_the_document_says(address: str) -> None:
    schema = openapi.from_dict(_known(DOCUMENT)).exclude(path=ENDLESS).exclude(path_regex=SLOW)
    assert _ask_each_route(schema, address) > 20


@pytest.mark.slow
def test_every_answer_to_anything_is_as_the_document_says(address: str) -> None:
    assert _ask_each_route(openapi.from_dict(DOCUMENT).exclude(path=ENDLESS), address) > 20


def test_every_route_has_a_summary_a_description_and_says_what_it_answers() -> None:
    routes = [route for routes in DOCUMENT["paths"].values() for route in routes.values()]
    assert len(routes) > 20
    for route in routes:
        assert route["summary"].strip(), route
        assert not route["summary"].endswith("."), route
        assert route["description"].endswith("."), route
        good = next(answer for status, answer in route["responses"].items() if status[0] == "2")
        schemas = [kind.get("schema") for kind in good["content"].values()]
        assert {} not in schemas, route
