"""A page's data to test with: one resource, fifteen months, a claim; and a source that gives it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from collector.ledger import Amount, Ledger
from collector.plans.locked import lock_plan
from collector.store import INTERVAL, Series, open_store
from collector.store.protocol import samples
from dashboards.access import Access
from dashboards.access.door import Door
from dashboards.live import Live
from dashboards.now import (
    Claim,
    Gateway,
    History,
    Meter,
    Month,
    Now,
    Plan,
    Plant,
    Rate,
    Span,
    Tile,
    Today,
    Trace,
    Value,
)
from dashboards.records import Records
from dashboards.serve import Server, board_of, listen
from dashboards.source import PlantSource
from plant.calendar import SLOT_MS, day_start_ms, next_month
from plant.check import load_plant

_PATH = Path(__file__).parents[1] / "collector" / "evidence" / "mill.py"
_SPEC = importlib.util.spec_from_file_location("pages_mill", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
mill_module = importlib.util.module_from_spec(_SPEC)
sys.modules["pages_mill"] = mill_module
_SPEC.loader.exec_module(mill_module)

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW_MS = day_start_ms(date(2026, 3, 10), ZONE) + 10 * 3_600_000


def _month(first: date, specific: float | None) -> Month:
    span = Span(start_ms=day_start_ms(first, ZONE), end_ms=day_start_ms(next_month(first), ZONE))
    return Month(
        first=first,
        span=span,
        amount=None if specific is None else specific * 1000,
        output=1000.0,
        specific=specific,
        is_baseline=first.year == 2025,
        is_whole=first < date(2026, 3, 1),
        estimated=False,
    )


def make_tile(**changes: Any) -> Tile:
    months, first = [], date(2025, 1, 1)
    for i in range(15):
        months.append(_month(first, 200.0 + i))
        first = next_month(first)
    start_ms = NOW_MS - 120 * 60_000
    tile = Tile(
        resource="electricity",
        name=None,
        colour="amber",
        rate=Rate(value=640.0, unit="kW", time_ms=NOW_MS - 2000, stale_after_ms=300_000),
        trace=Trace(
            start_ms=start_ms,
            step_ms=30_000,
            values=[600.0 + i for i in range(240)],
            estimates=[None] * 240,
        ),
        today=Today(
            span=Span(start_ms=day_start_ms(date(2026, 3, 10), ZONE), end_ms=NOW_MS),
            amount=8219.0,
            unit="kWh",
            estimated=False,
            product="starch",
            output=41.3,
            output_unit="t",
            specific=199.0,
            specific_unit="kWh/t",
            reference="expected",
            reference_specific=204.0,
            over_percent=-2.45,
            is_abnormal=False,
        ),
        history=History(
            unit="kWh/t",
            months=months,
            baseline=(date(2025, 1, 1), date(2025, 12, 31)),
            baseline_specific=205.5,
        ),
        plan=Plan(state="locked", locked_on=date(2026, 1, 2)),
        claims=[
            Claim(
                claim="closed-drying",
                resource="electricity",
                since=date(2026, 1, 15),
                until=date(2027, 1, 14),
                target_percent=6.0,
                finished=False,
                verdict=None,
                reason={"en": "So far.", "vi": "Đến nay."},
                unit="kWh",
                saving=512.0,
                saving_low=402.0,
                saving_high=619.0,
                saving_percent=6.55,
                saving_low_percent=5.2,
                saving_high_percent=7.9,
                shown_percent=5.2,
                confidence=0.9,
            )
        ],
    )
    return tile.model_copy(update=changes)


def make_now(**changes: Any) -> Now:
    meter = Meter(
        meter="incomer",
        name=None,
        model="schneider-pm5560",
        area="site",
        measures="electricity",
        measures_name=None,
        within=None,
        values=[
            Value(key="incomer/power", value=640.0, unit="kW", time_ms=NOW_MS - 2000, kind="gauge")
        ],
        health="ok",
        since_ms=None,
        detail="",
        stale_after_ms=300_000,
    )
    now = Now(
        plant=Plant(plant="demo", name='Tapioca </script> & "Co"', timezone=str(ZONE)),
        time_ms=NOW_MS,
        today=Span(start_ms=day_start_ms(date(2026, 3, 10), ZONE), end_ms=NOW_MS),
        tiles=[make_tile()],
        meters=[meter],
        gateways=[make_gateway()],
    )
    return now.model_copy(update=changes)


def make_gateway(**changes: Any) -> Gateway:
    gateway = Gateway(
        gateway="yard",
        state="online",
        time_ms=NOW_MS - 5000,
        outbox_depth=0,
        missing=0,
        set_aside=0,
        clock_offset_ms=12,
        same_config=True,
    )
    return gateway.model_copy(update=changes)


class StillSource:
    """A source whose newest reading is what the test says."""

    def __init__(self) -> None:
        self.power = 640.0
        self.asked = 0

    def now(self, time_ms: int) -> Now:
        self.asked += 1
        return make_now(time_ms=time_ms)

    def live(self, time_ms: int) -> Live:
        return Live(
            time_ms=time_ms,
            values={"incomer/power": (NOW_MS, self.power)},
            rates={"electricity": (NOW_MS, self.power)},
            steps={},
            health={"incomer": ("ok", None, "")},
            gateways=[make_gateway()],
        )


@pytest.fixture
def tile() -> Callable[..., Tile]:
    """A tile, with what the test changes of it."""
    return make_tile


@pytest.fixture
def page() -> Callable[..., Now]:
    """A page's data, with what the test changes of it."""
    return make_now


@pytest.fixture
def source() -> StillSource:
    """A source of that page."""
    return StillSource()


@pytest.fixture
def now_ms() -> int:
    """When the page was made."""
    return NOW_MS


@pytest.fixture(scope="session")
def mill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The mill of the evidence tests, half a year of it; to be read only."""
    made = mill_module.Mill(tmp_path_factory.mktemp("pages") / "mill")
    yield made
    made.close()


@pytest.fixture
def own_mill(tmp_path: Path) -> Iterator[Any]:
    """A mill that the test may write to."""
    made = mill_module.Mill(tmp_path / "mill")
    yield made
    made.close()


@pytest.fixture
def records(mill: Any) -> Records:
    """What the mill's pages are made from."""
    return Records(mill.plant, mill.store, ledger=mill.ledger)


@pytest.fixture
def own_records(own_mill: Any) -> Records:
    """The same of a mill that the test may write to."""
    return Records(own_mill.plant, own_mill.store, ledger=own_mill.ledger)


class Made:
    """A plant of a test's own text, with slots, readings and imported days that the test says."""

    def __init__(self, text: str, folder: Path) -> None:
        (folder / "plant.toml").write_text(text)
        self.plant = load_plant(folder / "plant.toml")
        self.store = open_store(None, folder)
        self.ledger = Ledger(folder)
        self.records = Records(self.plant, self.store, ledger=self.ledger)

    def at(self, day: date, hour: float = 0.0) -> int:
        """An instant of the plant's clock [ms]."""
        return day_start_ms(day, self.plant.zone) + round(hour * 3_600_000)

    def fill(
        self, meter: str, start_ms: int, end_ms: int, *, per_h: float, quality: int = 0
    ) -> None:
        """Slots of a meter that counts steadily; NaN writes none."""
        described = self.plant.meters[meter]
        quantity = described.resource or described.product or ""
        times = np.arange(start_ms, end_ms, SLOT_MS)
        rows = samples(times, np.full(times.size, per_h / 4), quality=[quality] * times.size)
        self.store.write({Series(INTERVAL, self.plant.id, (meter, quantity)): rows})
        self.records.mark(start_ms, start_ms)

    def read(self, meter: str, point: str, start_ms: int, values: Any, *, step_ms: int) -> None:
        """Readings of a gauge or a counter, one a step."""
        kind = self.plant.meters[meter].meter_model.points[point].kind
        times = start_ms + step_ms * np.arange(len(values))
        self.store.write({Series(kind, self.plant.id, (meter, point)): samples(times, values)})

    def bring(self, quantity: str, unit: str, days: Mapping[date, float]) -> None:
        """Imported amounts of days."""
        rows = [
            (Amount(quantity, day, day + timedelta(days=1), value, unit), "test")
            for day, value in days.items()
        ]
        self.ledger.amounts.enter(self.plant.id, rows, author="t", reason="", entered_ms=0)

    def lock(self, plan: str, now_ms: int) -> None:
        """The plan as it stands is locked."""
        who = {"author": "test", "reason": "", "now_ms": now_ms}
        lock_plan(self.plant, plan, ledger=self.ledger, store=self.store, **who)


@pytest.fixture
def make_plant(tmp_path: Path) -> Iterator[Callable[[str], Made]]:
    """Makes a plant from its text."""
    made: list[Made] = []

    def make(text: str) -> Made:
        made.append(Made(text, tmp_path))
        return made[-1]

    yield make
    for mill in made:
        mill.store.close()
        mill.ledger.close()


@pytest.fixture
def address(mill: Any) -> Iterator[str]:
    """Where the mill's API is served."""
    source = PlantSource(mill.plant, mill.store, ledger=mill.ledger)
    board = board_of(source, lambda: mill.now_ms)
    access = Access(Door(), None, lambda: mill.now_ms)
    server = Server({"mill": board}, listen("127.0.0.1", 0), access=access)
    yield f"{server.address}api/v1/plants/mill"
    server.close()
