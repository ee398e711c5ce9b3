"""A real headless Chromium before a real server, store and ledger; the test moves the clock."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright

from collector.intake.ingest import Change
from collector.ledger import Amount, Ledger
from collector.plans.locked import lock_plan
from collector.store import COUNTER, GAUGE, INTERVAL, Latest, Series, open_store
from collector.store.protocol import samples
from dashboards.access import Access
from dashboards.access.door import Door
from dashboards.serve import Server, board_of, listen
from dashboards.source import PlantSource
from plant.calendar import SLOT_MS, day_start_ms
from plant.check import load_plant
from plant.wire import Status
from tests.ports import free_port

PATIENCE_MS = 60_000  # also on a machine that has much else to do
expect.set_options(timeout=PATIENCE_MS)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
TODAY = date(2026, 3, 10)
DAY_MS = 86_400_000
PLANT = """
[plant]
id = "demo"
name = "Kon Tum Tapioca Starch"
[products.starch]
unit = "t"
[resources.electricity]
[resources.water]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.incomer]
bus = "yard/panel"
model = "schneider-pm5560"
resource = "electricity"
area = "site"
[meters.intake]
bus = "yard/panel"
unit_id = 2
model = "siemens-mag6000"
resource = "water"
[meters.scale]
bus = "yard/panel"
unit_id = 3
model = "generic-belt-scale"
product = "starch"
[alarms]
stale = "60s"
[plans.electricity]
baseline = ["2025-01-01", "2025-12-31"]
drivers = ["starch"]
[claims.drying]
resource = "electricity"
since = "2026-01-01"
until = "2026-12-31"
saves = "5 %"
"""


MORE = """
[shifts]
morning = "06:00"
afternoon = "14:00"
night = "22:00"
[resources.wastewater]
[meters.discharge]
bus = "yard/panel"
unit_id = 4
model = "siemens-mag6000"
resource = "wastewater"
[meters.washing]
bus = "yard/panel"
unit_id = 5
model = "siemens-mag6000"
resource = "water"
within = "intake"
[meters.ph]
bus = "yard/panel"
unit_id = 6
model = "boqu-bh485-ph"
[estimates.dryer]
flow = "evaporated"
amount = "0.4 m3/t"
per = "starch"
source = "by design"
[permits.river]
volume = "1300 m3/day"
limits = { ph = [5.5, 9] }
"""
PRICE = 'price = [{ from = "2025-01-01", value = 2000, per = "kWh" }]\nco2e = "vn-grid"'


class Works:
    """A plant with a year behind it, meters that the test reads, and its pages being served."""

    text = PLANT

    def __init__(self, folder: Path, port: int) -> None:
        (folder / "plant.toml").write_text(self.text)
        self.folder = folder
        self.plant = load_plant(folder / "plant.toml")
        self.store = open_store(None, folder)
        self.ledger = Ledger(folder)
        self.lost_ms: int | None = None
        self.now_ms = day_start_ms(TODAY, self.plant.zone) + 10 * 3_600_000
        self._bring()
        self.source = PlantSource(self.plant, self.store, ledger=self.ledger)
        self.server = self.serve(port)

    def serve(self, port: int) -> Server:
        board = board_of(self.source, lambda: self.now_ms, lost_ms=lambda: self.lost_ms)
        access = Access(Door(), self.ledger, lambda: self.now_ms)
        self.server = Server({"demo": board}, listen("127.0.0.1", port), access=access)
        return self.server

    def _bring(self) -> None:
        """History: imported days of electricity and starch, and two hours of readings."""
        rows = []
        for i in range((TODAY - date(2025, 1, 1)).days):
            day = date(2025, 1, 1) + timedelta(days=i)
            made = 40.0 + 2 * (i % 11)
            used = (2000 + 150 * made + 60 * np.sin(1.7 * i)) * (0.93 if day.year > 2025 else 1)
            for name, value, unit in (("electricity", used, "kWh"), ("starch", made, "t")):
                amount = Amount(name, day, day + timedelta(days=1), float(value), unit)
                rows.append((amount, "history"))
        self.ledger.amounts.enter("demo", rows, author="test", reason="", entered_ms=0)
        lock = {"author": "test", "reason": "", "now_ms": self.now_ms}
        lock_plan(self.plant, "electricity", ledger=self.ledger, store=self.store, **lock)
        times = np.arange(self.now_ms - 11 * 3_600_000, self.now_ms - 2000, 10_000)
        read = (times < self.now_ms - 3_000_000) | (times > self.now_ms - 2_400_000)
        hours = (times - times[0]) / 3_600_000
        self._write("incomer", "power", times[read], 640 + 30 * np.sin(times[read] / 4e5))
        self._write("incomer", "energy", times, 1e6 + 640 * hours)
        self._write("intake", "flow", times, 52 + 4 * np.sin(times / 7e5))
        self._write("intake", "volume", times, 5e4 + 52 * hours)
        self._write("scale", "mass", times, 900 + 3.2 * hours)
        self._write("scale", "rate", times, np.full(times.size, 3.2))
        self.heard(depth=0)

    def _write(self, meter: str, point: str, times: Any, values: Any) -> Change:
        kind = COUNTER if point in ("energy", "volume", "mass") else GAUGE
        series = Series(kind, "demo", (meter, point))
        rows = samples(times, values)
        self.store.write({series: rows})
        newest = Latest(int(rows.times_ms[-1]), float(rows.values[-1]), 0)
        return Change("demo", newest.time_ms, {series: newest})

    def read(self, meter: str, point: str, value: float) -> None:
        """A reading is stored now, as the collector does it."""
        self.source.take(self._write(meter, point, [self.now_ms], [value]))
        self.server.mark("demo")

    def heard(self, *, depth: int) -> None:
        """The gateway says how it is."""
        status = Status("online", "b", self.now_ms, outbox_depth=depth, clock_offset_ms=8)
        self.ledger.journal.set_status("demo", "yard", status=status, received_ms=self.now_ms)

    def close(self) -> None:
        self.server.close()
        self.store.close()
        self.ledger.close()


class Yard(Works):
    """A plant of shifts, permits and prices with six weeks of slots, one day of them unknown."""

    text = PLANT.replace("[resources.electricity]", f"[resources.electricity]\n{PRICE}") + MORE

    def _bring(self) -> None:
        super()._bring()
        hours = {"incomer": 640, "intake": 52, "discharge": 50, "washing": 20, "scale": 3.2}
        first, today = (
            day_start_ms(day, self.plant.zone) for day in (TODAY - timedelta(days=50), TODAY)
        )
        times = np.arange(first, self.now_ms, SLOT_MS)
        known = (times < today - 4 * DAY_MS) | (times >= today - 3 * DAY_MS)
        for meter, per_h in hours.items():
            described = self.plant.meters[meter]
            quantity = described.resource or described.product or ""
            values = per_h / 4 * (1 + 0.1 * np.sin(times / 1e8))
            rows = samples(
                times[known], values[known], quality=(times[known] % (97 * SLOT_MS) == 0)
            )
            self.store.write({Series(INTERVAL, "demo", (meter, quantity)): rows})
        times = np.arange(today - 6 * DAY_MS, self.now_ms, 600_000)
        self._write("ph", "ph", times, 7 + 0.3 * np.sin(times / 9e7))


@pytest.fixture
def yard(tmp_path: Path, port: int) -> Iterator[Yard]:
    """A plant whose shifts, loads and waters are served."""
    running = Yard(tmp_path, port)
    yield running
    running.close()


@pytest.fixture
def works(tmp_path: Path, port: int) -> Iterator[Works]:
    """A plant whose pages are served."""
    running = Works(tmp_path, port)
    yield running
    running.close()


@pytest.fixture(scope="session")
def port() -> int:
    """Where every test serves: at one address a browser keeps what it has compiled."""
    return free_port()


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Chromium keeps from one start to the next."""
    return tmp_path_factory.mktemp("chromium")


@pytest.fixture(scope="module")
def browser(profile: Path) -> Iterator[Any]:
    """Chromium with one profile for all tests, as somebody has who comes every day.

    Charts are drawn three times as fast as by a newcomer's, whose browser compiles the library.
    It ends with the module: while it runs, its thread has an event loop that others would meet.
    """
    program = shutil.which("chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch_persistent_context(
            profile, executable_path=program, args=ARGUMENTS
        )
        yield running
        running.close()


def wait_for_charts(page: Any, charts: int | None = None) -> None:
    """Wait until all charts of a page are drawn by the library, and none is a sketch any more.

    The library marks a canvas before it has drawn it; the sketch goes when it has.
    """
    drawn = page.locator(".canvas.js-plotly-plot")
    if charts is None:
        expect(drawn).not_to_have_count(0)
    else:
        expect(drawn).to_have_count(charts)
    expect(page.locator(".canvas:not(.js-plotly-plot)")).to_have_count(0)
    expect(page.locator(".canvas .sketch")).to_have_count(0)


class Watched:
    """A page whose every complaint and request is noted."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.set_default_timeout(PATIENCE_MS)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, query: str = "") -> Any:
        """Open the page and wait until its charts are drawn."""
        self.page.goto(self.address + query)
        wait_for_charts(self.page, 4)
        return self.page

    def look(self, name: str, query: str = "", *, charts: int) -> Any:
        """Open another page of the plant and wait until so many charts are drawn."""
        self.page.goto(f"{self.address}plants/demo/{name}{query}", wait_until="commit")
        wait_for_charts(self.page, charts)
        return self.page

    @property
    def strangers(self) -> list[str]:
        """Requests to any other host."""
        return [url for url in self.requests if not url.startswith((self.address, "data:"))]


@pytest.fixture
def opened(browser: Any, works: Works) -> Iterator[Callable[..., Watched]]:
    """Open pages in windows of a size; they are closed at the end."""
    yield from _windows(browser, works)


@pytest.fixture
def looked(browser: Any, yard: Yard) -> Iterator[Callable[..., Watched]]:
    """The same of the plant of shifts."""
    yield from _windows(browser, yard)


def _windows(browser: Any, works: Works) -> Iterator[Callable[..., Watched]]:
    """Windows of a visitor whom no test before has left a choice or a session."""
    pages = []

    def make(width: int = 1440, height: int = 900) -> Watched:
        page = browser.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        return Watched(page, works.server.address)

    yield make
    for page in pages:
        page.close()
    tab = browser.pages[0]
    stored = {"origin": works.server.address, "storageTypes": "cookies,local_storage"}
    browser.new_cdp_session(tab).send("Storage.clearDataForOrigin", stored)
