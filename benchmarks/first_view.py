"""When a browser that never saw the page before shows each part of it."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from typing import Any

PHASES = """
window.phases = {};
const filled = (place) => /[0-9]/.test(place.textContent);
const inView = (place) => place.getBoundingClientRect().top < innerHeight;
const all = (selector) => [...document.querySelectorAll(selector)];
const everyOf = (places, test) => places.length > 0 && places.every(test);
const reached = {
    value: () => all(".rate .value").some(filled),
    values: () => everyOf(all(".tile .rate .value"), filled)
        && everyOf(all("#meters tr"), filled),
    charts: () => everyOf(all(".canvas").filter(inView), (one) => one.querySelector("svg path")),
    library: () => everyOf(all(".canvas"), (one) => one.classList.contains("js-plotly-plot")),
};
const look = () => {
    const now = Object.keys(reached).filter((phase) => !phases[phase] && reached[phase]());
    // What a frame shows has been seen when the next task runs.
    if (now.length) setTimeout(() => now.forEach((phase) => phases[phase] = Date.now()));
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    if (paint) phases.paint ??= performance.timeOrigin + paint.startTime;
    if (Object.keys(phases).length < Object.keys(reached).length + 1) requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SETTLE_MS = 500


def first_views(playwright: Any, address: str, times: int) -> dict[str, float]:
    """The median of so many first visits: seconds to each phase that was reached, and bytes."""
    seen = [_first_view(playwright, address) for _ in range(times)]
    return {phase: statistics.median(one[phase] for one in seen) for phase in seen[0]}


def _first_view(playwright: Any, address: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        chromium = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=shutil.which("chromium"),
            args=ARGUMENTS,
            viewport={"width": 1440, "height": 900},
        )
        page = chromium.pages[0]
        sizes: list[int] = []
        wire = chromium.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        page.add_init_script(PHASES)
        page.wait_for_timeout(500)  # until the browser itself has started
        began_ms = time.time() * 1000
        page.goto(address)
        if page.locator(".canvas").count():
            page.wait_for_function("() => phases.library", timeout=30_000)
        page.wait_for_timeout(SETTLE_MS)
        reached = page.evaluate("phases")
        chromium.close()
    found = {phase: (at_ms - began_ms) / 1000 for phase, at_ms in reached.items()}
    return {**found, "bytes": float(sum(sizes))}
