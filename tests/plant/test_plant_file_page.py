"""docs/plant-file.md shows every key, in a file that is sound."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from plant.check import load_plant
from plant.description import Plant

PAGE = Path(__file__).parents[2] / "docs" / "plant-file.md"
(SHOWN,) = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)


def test_the_file_on_the_page_is_sound(tmp_path: Path) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(SHOWN, encoding="utf-8")
    assert load_plant(file).id == "tan-an-rice"


def test_every_key_that_there_is_stands_on_the_page() -> None:
    schema = Plant.model_json_schema()
    parts: list[dict[str, Any]] = [schema, *schema["$defs"].values()]
    keys = {key for part in parts for key in part.get("properties", {})}
    assert len(keys) > 80
    assert keys - _keys(tomllib.loads(SHOWN)) - {"below"} == set()
    assert "`below = 15`" in SHOWN


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()
