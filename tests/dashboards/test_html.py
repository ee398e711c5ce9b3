"""Pages are filled with texts that cannot become markup and data that cannot become script."""

import pytest

from dashboards import html
from dashboards.catalogue import PAGES

ASKED = ("lang", "theme", "mode", "static", "name", "plant", "page", "position", "who", "role")
FILES = ("files",)
LINKS = ("to_en", "to_vi")
PLACES = ("now", *(page.name for page in PAGES))
VALUES = (
    dict.fromkeys((*ASKED, *FILES, *LINKS), "x")
    | {"is_en": "true", "is_vi": "false"}
    | {f"{part}_{place}": "x" for part in ("at", "on") for place in PLACES}
)


def test_a_name_cannot_become_markup() -> None:
    page = html.fill("now", "en", VALUES | {"name": "<b>&"}, data={"view": "{}", "words": "{}"})
    assert "<b>&" not in page
    assert "&lt;b&gt;&amp;" in page


def test_data_cannot_end_their_script_element() -> None:
    evil = '{"name": "</script><script>alert(1)</script> {{close}} {{@name}}"}'
    page = html.fill("now", "en", VALUES, data={"view": evil, "words": "{}"})
    assert "<script>alert" not in page
    assert "\\u003c/script>" in page
    assert "{{close}} {{@name}}" in page  # data are never a template


def test_a_page_that_asks_for_an_unknown_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        html.fill("now", "en", {}, data={})
