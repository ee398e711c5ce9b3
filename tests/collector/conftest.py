"""A small mill with two gateways and four meters; and plants that are known on paper alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.entries.commands import import_main
from collector.entry_points import plan_main, verify_main
from collector.intake.checks import Roster
from collector.intake.ingest import Ingest
from collector.ledger import Ledger
from collector.stats import Stats
from collector.store.sqlite import SqliteStore
from plant.check import load_plant
from plant.description import Plant

from .intake.bench import NOW, Bench

PLANT = """
[plant]
id = "mill"
name = "Test mill"
timezone = "Asia/Ho_Chi_Minh"

[shifts]
day = "06:00"
night = "18:00"

[products.starch]
unit = "t"

[resources.electricity]
[resources.water]

[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"

[gateways.annex.buses.panel]
tcp = "127.0.0.1:503"

[meters.incomer]
bus = "yard/panel"
unit_id = 1
model = "eastron-sdm630"
resource = "electricity"
every = "10s"

[meters.dryer]
bus = "yard/panel"
unit_id = 2
model = "eastron-sdm630"
resource = "electricity"
within = "incomer"

[meters.scale]
bus = "yard/panel"
unit_id = 3
model = "generic-belt-scale"
product = "starch"

[meters.well]
bus = "annex/panel"
unit_id = 1
model = "advantech-adam6050"
resource = "water"
pulse = "0.1 m3"
"""


@pytest.fixture
def plant_file(tmp_path: Path) -> Path:
    """A mill with two gateways and four meters."""
    path = tmp_path / "plant.toml"
    path.write_text(PLANT, encoding="utf-8")
    return path


@pytest.fixture
def plant(plant_file: Path) -> Plant:
    return load_plant(plant_file)


@pytest.fixture
def bench(plant: Plant, tmp_path: Path) -> Iterator[Bench]:
    """An ingest of the mill's packs."""
    store, ledger, stats = SqliteStore(tmp_path / "s.sqlite"), Ledger(tmp_path), Stats()
    rosters = {"mill": Roster.of(plant)}
    ingest = Ingest(rosters, store, ledger=ledger, stats=stats, clock=lambda: NOW)
    yield Bench(store, ledger, stats, ingest)
    store.close()
    ledger.close()


PUBLISHED = Path(__file__).parents[1] / "cases" / "published"
ACME_HEAD = """\
[plant]
id = "acme"
name = "Acme"
timezone = "America/New_York"
[resources.electricity]
unit = "MMBTU"
[resources.gas]
unit = "MMBTU"
[resources.water]
[products.production]
unit = "piece"
[drivers.temperature]
unit = "degF"
"""
ACME_PLAN = """\
[plans.{resource}]
baseline = ["2007-01-01", "2007-12-31"]
drivers = ["production", "temperature"]
by = "month"
{keys}
[claims.less-{resource}]
resource = "{resource}"
since = "{since}-01-01"
until = "{since}-12-31"
saves = "5 %"
"""


class OnPaper:
    """A plant file, and the commands that a consultant types about it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.file = folder / "plant.toml"
        self._capsys = capsys

    def describe(self, text: str) -> None:
        """Write the plant file."""
        self.file.write_text(text, encoding="utf-8")

    def change(self, *replaced: tuple[str, str], count: int = -1) -> None:
        """Replace texts of the plant file, all that there are or the first `count`."""
        text = self.file.read_text(encoding="utf-8")
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new, count)
        self.describe(text)

    def write(self, head: str, rows: Iterable[Sequence[object]], name: str = "amounts.csv") -> Path:
        """A CSV file beside the plant file; None is an empty cell."""
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
        (self.folder / name).write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        return self.folder / name

    def write_days(self, head: str, first: date, *columns: Iterable[object]) -> Path:
        """One row a day from the first on; columns are named by `head`, which begins with date."""
        rows = enumerate(zip(*columns, strict=True))
        return self.write(head, ((first + timedelta(days=i), *cells) for i, cells in rows))

    def enter(self, *options: str, name: str = "amounts.csv") -> int:
        """Import a file that was written."""
        return import_main([str(self.file), str(self.folder / name), *options])

    def lock(self, *options: str) -> int:
        """Lock the plans."""
        return plan_main(["lock", str(self.file), *options])

    def power(self) -> dict[str, Any]:
        """The one entry of `plan power --json`."""
        self._capsys.readouterr()
        assert plan_main(["power", str(self.file), "--json"]) == 0
        (found,) = json.loads(self._capsys.readouterr().out)
        return dict(found)

    def said(self, *options: str) -> str:
        """What `verify` says."""
        self._capsys.readouterr()
        assert verify_main([str(self.file), *options]) in (0, 1)
        return self._capsys.readouterr().out

    def verified(self) -> dict[str, dict[str, Any]]:
        """The claims of `verify --json` by name."""
        return {claim["claim"]: claim for claim in json.loads(self.said("--json"))}

    def claim(self) -> dict[str, Any]:
        """The one claim."""
        (claim,) = self.verified().values()
        return claim


@pytest.fixture
def paper(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> OnPaper:
    """A plant without meters, still to be described."""
    return OnPaper(tmp_path, capsys)


@pytest.fixture(scope="session")
def doe() -> dict[str, Any]:
    """DOE's published plant: 36 months, and what its tool made of them."""
    text = (PUBLISHED / "doe-acme-rochester.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


class Acme(OnPaper):
    """That plant, with its months in a file beside it; the plans' keys are a test's to choose."""

    def plan(self, keys: str = "", since: int = 2009) -> None:
        """Write the plant file: a plan and a claim of 5 % for electricity and gas each."""
        plans = [
            ACME_PLAN.format(resource=resource, keys=keys, since=since)
            for resource in ("electricity", "gas")
        ]
        self.describe(ACME_HEAD + "".join(plans))


@pytest.fixture
def acme(tmp_path: Path, capsys: pytest.CaptureFixture[str], doe: dict[str, Any]) -> Acme:
    """DOE's plant as published, nothing of it imported yet."""
    made = Acme(tmp_path, capsys)
    made.plan()
    made.write(
        "month,electricity [MMBTU],gas [MMBTU],production [piece],temperature [degF]", doe["rows"]
    )
    return made
