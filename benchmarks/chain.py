"""The whole chain as a user runs it: seconds to a live page, delay to the page, memory at rest.

python -m benchmarks.chain [--watch 30]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
NOTE_FRAMES = """
window.painted = [];
const listen = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (name, handler) {
    listen.call(this, name, (event) => {
        handler(event);
        const values = name === "live" ? JSON.parse(event.data).values ?? {} : {};
        const polls = Object.entries(values).map(([key, [time]]) => [key.split("/")[0], time]);
        const note = () => window.painted.push(...polls.map((poll) => [...poll, Date.now()]));
        if (polls.length) requestAnimationFrame(() => setTimeout(note)); // after the frame
    });
};
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watch", type=float, default=30, help="seconds of live events")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        demo = subprocess.Popen(
            [sys.executable, "-m", "cleanline", "demo", "--port", "0"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            port = int(_said(demo, r"http://127\.0\.0\.1:(\d+)/")[1])
            _said(demo, "live values")
            live_s = time.monotonic() - began
            whole_s = _seconds_until_computed(port, began)
            delays = sorted(_delays_s(port, options.watch))
            painted = sorted(_painted_s(port, options.watch))
            memory = _memory_mib(Path(folder))
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(30)
    _print("start to live values on the page", f"{live_s:.1f} s")
    _print("start to 14 months stored and computed", f"{whole_s:.1f} s")
    _print("reading to page, median", f"{statistics.median(delays):.3f} s")
    _print("reading to page, 99th percentile", f"{_last(delays):.3f} s")
    _print("values watched", str(len(delays)))
    # A register changes at most a poll interval before it is read: what is added to that.
    _print("reading to pixel, median", f"{statistics.median(painted):.3f} s")
    _print("reading to pixel, 99th percentile (goal 0.5 s)", f"{_last(painted):.3f} s")
    _print("changes watched", str(len(painted)))
    _print("load of the machine", " ".join(f"{load:.1f}" for load in os.getloadavg()))
    for name, mib in memory.items():
        _print(f"memory of the {name}", f"{mib:.0f} MiB")


def _print(what: str, figure: str) -> None:
    sys.stdout.write(f"{what:44}{figure:>12}\n")


def _said(demo: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """What it says, as soon as it does."""
    assert demo.stderr is not None  # noqa: S101
    for line in demo.stderr:
        if found := re.search(pattern, line):
            return found
    raise RuntimeError("the demonstration ended before it was live")


def _seconds_until_computed(port: int, began: float) -> float:
    while True:
        tiles = _ask(port, "/api/v1/plants/kontum-starch/now")["tiles"]
        claims = [claim for tile in tiles for claim in tile["claims"]]
        if claims and all(claim["saving"] is not None for claim in claims):
            return time.monotonic() - began
        time.sleep(0.5)


def _ask(port: int, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    return json.load(connection.getresponse())


def _delays_s(port: int, watch_s: float) -> Iterator[float]:
    """From the middle of each request to the arrival of its value in a browser's stream."""
    seen: dict[str, int] = {}
    end = time.monotonic() + watch_s
    for event in _events(port):
        arrived_ms = time.time() * 1000
        for key, (time_ms, _value) in event.get("values", {}).items():
            if key in seen and seen[key] != time_ms:
                yield (arrived_ms - time_ms) / 1000
            seen[key] = time_ms
        if time.monotonic() > end:
            return


def _last(delays: list[float]) -> float:
    """The 99th percentile of sorted delays."""
    return delays[int(0.99 * len(delays))]


def _painted_s(port: int, watch_s: float) -> list[float]:
    """From the middle of each meter's request to the frame of a browser that shows its values."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page()
        page.add_init_script(NOTE_FRAMES)
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector("#link[data-state='live']")
        # While the library compiles nothing moves: that belongs to the first view.
        page.wait_for_selector("#tiles .tile:last-child .long .js-plotly-plot")
        page.wait_for_timeout(1000)
        page.evaluate("window.painted = []")
        page.wait_for_timeout(1000 * watch_s)
        found: list[tuple[str, float, float]] = page.evaluate("window.painted")
        chromium.close()
    # Of a page that was just opened the first values may be old.
    first_ms = min(painted_ms for *_, painted_ms in found)
    polls = {(meter, time_ms): painted_ms for meter, time_ms, painted_ms in reversed(found)}
    return [(at - time_ms) / 1000 for (_, time_ms), at in polls.items() if time_ms >= first_ms]


def _events(port: int) -> Iterator[dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/api/v1/events?plant=kontum-starch")
    kind = ""
    for raw in connection.getresponse():
        line = raw.decode().rstrip("\n")
        if line.startswith("event:"):
            kind = line.removeprefix("event:").strip()
        elif line.startswith("data:") and kind == "live":
            yield json.loads(line.removeprefix("data:"))


def _memory_mib(folder: Path) -> dict[str, float]:
    """Resident memory of each part of the demonstration that works in a folder."""
    found: dict[str, float] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if not (entry / "cwd").resolve().is_relative_to(folder.resolve()):
                continue
            words = (entry / "cmdline").read_bytes().decode().split("\0")
            status = (entry / "status").read_text(encoding="utf-8")
        except OSError:
            continue
        if "cleanline" in words:
            name = words[words.index("cleanline") + 1]
            kib = next(line for line in status.splitlines() if line.startswith("VmRSS"))
            found[name] = int(kib.split()[1]) / 1024
    return dict(sorted(found.items()))


if __name__ == "__main__":
    main()
