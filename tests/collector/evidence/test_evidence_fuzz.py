"""Whatever a stranger writes into evidence and seals anew, the answer is one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.evidence.check import check
from collector.evidence.gather import Materials, gather
from collector.evidence.manifest import MANIFEST, digest, read_manifest
from collector.evidence.memory import MemoryStore
from collector.ledger import Amount, Ledger
from collector.plans.locked import lock_plan
from collector.statement import state
from plant.calendar import day_start_ms
from plant.check import load_plant
from plant.errors import EvidenceError

pytestmark = pytest.mark.slow

PLANT = """\
[plant]
id = "small"
name = "Small"
sector = "beer"
timezone = "Asia/Ho_Chi_Minh"
[products.beer]
unit = "hl"
[resources.electricity]
price = [{ from = "2024-01-01", value = 1800, per = "kWh" }]
co2e = "vn-grid"
[plans.electricity]
baseline = ["2023-01-01", "2023-12-31"]
drivers = ["beer"]
by = "month"
[claims.less]
resource = "electricity"
since = "2024-01-01"
until = "2024-12-31"
saves = "3 %"
"""
NASTY = st.sampled_from(
    ["", "0", "-1", "9" * 400, "1e999", "nan", '"', "'", "[", "{", "}", ",", "\n", "=", "\\", "é",
     "true", "null", "0001-01-01", "9999-12-31", "-inf", "\ufeff", "\x00", "[[" * 999, "month"]
)  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bytes]]:
    """The evidence of two years of months."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "plant.toml").write_text(PLANT, encoding="utf-8")
    plant, store, ledger = load_plant(folder / "plant.toml"), MemoryStore(), Ledger(folder)
    chance = np.random.default_rng(4)
    entries = []
    for number in range(24):
        first = date(2023 + number // 12, 1 + number % 12, 1)
        end = (first + timedelta(days=31)).replace(day=1)
        made = chance.uniform(100, 200)
        used = 500 + 7 * made + chance.normal(0, 9)
        for name, value, unit in (("beer", made, "hl"), ("electricity", used, "kWh")):
            entries.append((Amount(name, first, end, float(value), unit), "x.csv"))
    ledger.amounts.enter("small", entries, author="a", reason="", entered_ms=0)
    at_ms = day_start_ms(date(2025, 1, 1), plant.zone)
    lock_plan(plant, "electricity", ledger=ledger, store=store, author="a", reason="", now_ms=at_ms)
    made_of = state(plant, store, ledger=ledger, as_of_ms=at_ms)
    yield gather(Materials(plant, store, ledger), made_of)
    ledger.close()


def sealed(
    files: dict[str, bytes], changes: dict[str, bytes], as_of_ms: int | None = None
) -> dict[str, bytes]:
    """The files with some changed, and a manifest that fits them."""
    old = read_manifest(files)
    kept = {name: content for name, content in files.items() if name != MANIFEST} | changes
    at_ms = old.as_of_ms if as_of_ms is None else as_of_ms
    hashes = {name: digest(content) for name, content in kept.items()}
    return kept | {MANIFEST: old._replace(as_of_ms=at_ms, hashes=hashes).encode()}


@settings(max_examples=50)
@given(data=st.data())
def test_an_edit_of_a_text_never_ends_in_a_traceback(
    files: dict[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(files.keys() - {MANIFEST, "README.txt"})))
    text = files[name].decode()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 30, len(text))))
    new = data.draw(NASTY | st.text(max_size=4))
    changed = (text[:start] + new + text[end:]).encode("utf-8", "surrogatepass")
    with suppress(EvidenceError):  # anything else is a traceback, and a failed test
        check(sealed(files, {name: changed}))


@pytest.mark.parametrize("as_of_ms", [0, -1, 2**62, -(2**62), 10**30, 1_720_000_000_000])
def test_an_absurd_instant_is_answered_in_one_line(files: dict[str, bytes], as_of_ms: int) -> None:
    with pytest.raises(EvidenceError) as caught:
        check(sealed(files, {}, as_of_ms))
    assert "\n" not in str(caught.value)


def test_the_untouched_evidence_of_this_test_is_sound(files: dict[str, bytes]) -> None:
    assert check(files).numbers > 100
