"""The pages as people open them, in a real Chromium, before a year of 50 meters.

python -m benchmarks.pages [--quick]

Wall time depends on who else works on the machine; the server's CPU time stands beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

from benchmarks.first_view import first_views
from benchmarks.pages_peer import Peer, median_s, peer
from dashboards.catalogue import PAGES

ROOT = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PLANT = "/api/v1/plants/bench"
RATE = ".tile:first-child .rate .value"
EMPTY = b"<!doctype html><main class=tile><p class=rate><b class=value>640</b></main>"
PHASES = {
    "paint": "first paint",
    "value": "first value",
    "values": "all values",
    "charts": "all charts in view",
    "library": "all charts by the library",
}
GOALS = {"values": "1.00 s", "charts": "1.00 s"}
PAINTED = """selector => {
    window.painted = [];
    const place = document.querySelector(selector);
    new MutationObserver(() => {
        const text = place.textContent;
        const note = () => window.painted.push([text, Date.now() / 1000]);
        requestAnimationFrame(() => setTimeout(note)); // after the frame, not before it
    }).observe(place, { childList: true, characterData: true, subtree: true });
}"""


class Size(NamedTuple):
    """How much is measured."""

    meters: int
    days: int
    views: int
    watch_s: float
    profiles: int
    followers: int
    wall_s: float


WHOLE, QUICK = Size(50, 365, 8, 20, 5, 200, 60), Size(20, 90, 3, 8, 2, 50, 20)


class Served:
    """A plant that is served by a process of its own."""

    def __init__(self, folder: Path, size: Size, *options: str) -> None:
        command = [sys.executable, "-m", "benchmarks.pages_plant", str(folder)]
        command += ["--meters", str(size.meters), "--days", str(size.days), *options]
        self.process = subprocess.Popen(  # noqa: S603
            command,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout is not None  # noqa: S101
        self.address = self.process.stdout.readline().strip()
        self.stored: dict[str, float] = {}  # what was read as the page writes it -> when
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            value, at_s = json.loads(line)
            self.stored[f"{value:.0f}"] = at_s

    @property
    def cpu_s(self) -> float:
        """Processor time so far."""
        after = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2]
        fields = after.split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def memory_mib(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def fetch(self, path: str) -> bytes:
        """What is answered, as it is before it is compressed."""
        with urlopen(f"{self.address.rstrip('/')}{path}", timeout=120) as answer:  # noqa: S310
            return bytes(answer.read())

    def ask(self, path: str, body: bytes | None = None) -> tuple[float, int]:
        """Seconds until the answer is there, and its bytes."""
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=120)
        began = time.perf_counter()
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        connection.request("POST" if body else "GET", path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status in (200, 201), (path, content[:200])  # noqa: S101
        connection.close()
        return time.perf_counter() - began, len(content)


@contextlib.contextmanager
def served(size: Size, *options: str) -> Iterator[Served]:
    """A plant that is served while this lasts."""
    with tempfile.TemporaryDirectory() as folder:
        running = Served(Path(folder), size, *options)
        try:
            yield running
        finally:
            running.process.terminate()
            running.process.wait(10)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    size = QUICK if parser.parse_args().quick else WHOLE
    sys.stdout.write(f"{size.meters} meters, {size.days} days\n{'':52}{'':>10}{'goal':>10}\n")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info"],
        )
        with served(size) as plant:
            _views(plant, size)
            _first_view(plant, playwright, size)
            _to_pixel(plant, chromium, size)
            _followers(plant, size)
        with served(size, "--speed", str(3600 / size.wall_s), "--every", "0.2") as plant:
            _wall(plant, chromium, size)
        chromium.close()


def _print(what: str, figure: str, goal: str = "") -> None:
    sys.stdout.write(f"{what:52}{figure:>10}{goal:>10}\n")
    sys.stdout.flush()


def _views(plant: Served, size: Size) -> None:
    """Each page's data, computed anew after a change, and asked for again.

    Beside it the same bytes with nothing behind them, as uvicorn and Starlette serve them.
    """
    names = ["now", *(page.name for page in PAGES)]
    bodies = {name: plant.fetch(f"{PLANT}/{name}/view") for name in names}
    with peer(bodies) as static:
        for name in names:
            _view(plant, name, size=size, static=static)


def _view(plant: Served, name: str, *, size: Size, static: Peer) -> None:
    path, note = f"{PLANT}/{name}/view", b'{"start": "2026-01-01T00:00", "text": "bench"}'
    plant.ask(path)
    anew, again, cpu_s = [], [], 0.0
    for _ in range(size.views):
        if name == "now":
            time.sleep(2.1)  # a reading was stored; no answer is further behind
        plant.ask(f"{PLANT}/notes", note)  # all that was computed is forgotten
        before = plant.cpu_s
        anew.append(plant.ask(path)[0])
        cpu_s += plant.cpu_s - before
        again.append(plant.ask(path)[0])
    worst = sorted(anew)[int(0.95 * len(anew))]
    _print(f"{name}: its data anew, 95th percentile", f"{1000 * worst:.0f} ms", "300 ms")
    _print("    processor time", f"{1000 * cpu_s / size.views:.0f} ms")
    middle = statistics.median(again)
    ratio = middle / median_s(static, name, size.views)
    _print("    asked again, median", f"{1000 * middle:.0f} ms")
    _print("    the same bytes served statically take 1; asked again", f"{ratio:.1f}")


def _first_view(plant: Served, playwright: Any, size: Size) -> None:
    """From nothing in the cache to each phase of the page, each time by a fresh browser.

    Beside it a page that says one number and has nothing else, by the same browser.
    """
    plant.ask("/")
    with peer({"page": EMPTY}, media_type="text/html") as static:
        nothing = first_views(playwright, f"{static.address}/page", size.profiles)
    before = plant.cpu_s
    found = first_views(playwright, plant.address, size.profiles)
    cpu_ms = 1000 * (plant.cpu_s - before) / size.profiles
    for phase in ("paint", "value", "values", "charts", "library"):
        _print(f"first view: {PHASES[phase]}", f"{found[phase]:.2f} s", GOALS.get(phase, ""))
    _print("    an empty page", f"{nothing['value']:.2f} s")
    _print("    processor time of the server", f"{cpu_ms:.0f} ms")
    _print("    bytes", f"{found['bytes'] / 1e6:.2f} MB", "1.60 MB")


def _to_pixel(plant: Served, chromium: Any, size: Size) -> None:
    """From a commit to the frame that shows it; the poll comes before.

    Of a page that stands: while the chart library is compiled, once, a browser draws nothing.
    """
    page = chromium.new_page()
    page.goto(plant.address)
    page.wait_for_selector("#link[data-state='live']")
    page.wait_for_selector("#tiles .tile:last-child .long .js-plotly-plot")
    page.evaluate(PAINTED, RATE)
    page.wait_for_timeout(1000 * size.watch_s)
    painted = page.evaluate("window.painted")
    delays = sorted(at_s - plant.stored[text] for text, at_s in painted if text in plant.stored)
    page.close()
    if not delays:
        _print("stored to pixel", "none seen")
        return
    _print("stored to pixel, median", f"{1000 * statistics.median(delays):.0f} ms")
    _print("stored to pixel, 99th percentile", f"{1000 * delays[-1]:.0f} ms", "500 ms")


def _followers(plant: Served, size: Size) -> None:
    """What many open pages cost the server, beyond what one does."""
    one, _, _ = _followed(plant, 1, size.watch_s)
    before = plant.memory_mib
    all_of_them, memory, heard = _followed(plant, size.followers, size.watch_s)
    _print(f"{size.followers} open pages: a core", f"{100 * all_of_them:.1f} %", "15 %")
    _print("    one open page: a core", f"{100 * one:.1f} %")
    _print("    memory more", f"{memory - before:.0f} MiB", "60 MiB")
    _print("    events that each heard a second", f"{heard:.1f}")


def _followed(plant: Served, count: int, for_s: float) -> tuple[float, float, float]:
    """Share of a core, memory [MiB] and events a second, while so many pages are open."""
    with ThreadPoolExecutor(1) as other:  # Playwright has a loop of its own in this thread
        return other.submit(asyncio.run, _follow(plant, count, for_s)).result()


async def _follow(plant: Served, count: int, for_s: float) -> tuple[float, float, float]:
    host, _, port = urlsplit(plant.address).netloc.partition(":")
    heard = 0

    async def one() -> None:
        nonlocal heard
        reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 22)
        writer.write(b"GET /api/v1/events?plant=bench HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        with contextlib.suppress(asyncio.CancelledError):
            while line := await reader.readline():
                heard += line.startswith(b"event: ")
        writer.close()

    open_pages = [asyncio.create_task(one()) for _ in range(count)]
    await asyncio.sleep(5)  # until each has had the whole page
    before, heard_before = plant.cpu_s, heard
    await asyncio.sleep(for_s)
    share = (plant.cpu_s - before) / for_s
    memory, each = plant.memory_mib, (heard - heard_before) / count / for_s
    for page in open_pages:
        page.cancel()
    await asyncio.gather(*open_pages, return_exceptions=True)
    return share, memory, each


def _wall(plant: Served, chromium: Any, size: Size) -> None:
    """An hour of the collector's clock on a wall page."""
    page = chromium.new_context(viewport={"width": 1920, "height": 1080}).new_page()
    page.goto(f"{plant.address}?wall=1")
    page.wait_for_selector(".canvas.js-plotly-plot")
    wire = page.context.new_cdp_session(page)
    heaps = []
    for _ in range(4):
        page.wait_for_timeout(250 * size.wall_s)
        wire.send("HeapProfiler.collectGarbage")
        heaps.append(wire.send("Runtime.getHeapUsage")["usedSize"] / 2**20)
    nodes = page.evaluate("document.querySelectorAll('*').length")
    _print("an hour on the wall: heap at each quarter", " ".join(f"{h:.1f}" for h in heaps))
    _print("    from the first quarter to the last", f"{heaps[-1] / heaps[0]:.2f}", "1.00")
    _print("    elements on the page", str(nodes))
    page.context.close()


if __name__ == "__main__":
    main()
