"""The chain of a demonstration: broker, collector, plan, history, meters, agent, in that order."""

from __future__ import annotations

import json
import math
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.demo_plant import PLANT, DemoDates
from simulators.embedded_broker import start_broker
from simulators.outcome import Outcome
from simulators.supervisor import Part, PartError, Supervisor, answers

_GATEWAY = "yard"
_FEW_SLOTS = 64  # what live meters touch between two looks
_LOOK_S = 3.0  # between two looks at the page, which it computes for us alone
_LIVE_WITHIN_S = 60.0
_SETTLE_S = 60.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen, all on loopback."""

    broker_url: str
    embedded: int | None  # the embedded broker's, None when one was given
    pages: int
    modbus: tuple[int, ...]

    @property
    def page(self) -> str:
        """The address to open."""
        return f"http://127.0.0.1:{self.pages}/"


class Chain:
    """Starts the parts one after the other and tells what they made of it."""

    def __init__(
        self,
        supervisor: Supervisor,
        folder: Path,
        *,
        ports: Ports,
        dates: DemoDates,
        outcome: Outcome,
        screen: Callable[[str], None] | None,
    ) -> None:
        self._supervisor = supervisor
        self._folder = folder
        self._ports = ports
        self._dates = dates
        self._outcome = outcome
        self._screen = screen
        self._collector: Part | None = None
        self._agent: Part | None = None
        outcome.ports = {
            "broker": ports.broker_url,
            "pages": ports.pages,
            "modbus": list(ports.modbus),
        }

    def _say(self, text: str) -> None:
        if self._screen is not None:
            self._screen(text)

    @property
    def _plant(self) -> str:
        return str(self._folder / "plant.toml")

    @property
    def _data(self) -> list[str]:
        return ["--data", str(self._folder / "data")]

    @contextmanager
    def broker(self) -> Iterator[None]:
        """The embedded broker, while the chain runs; nothing when one was given."""
        if self._ports.embedded is None:
            yield
            return
        broker = start_broker(self._folder, self._ports.embedded)
        self._outcome.reached("broker")
        try:
            yield
        finally:
            self._supervisor.stop_all()
            broker.stop()

    def bring_up(self) -> None:
        """Start every part; the plan is locked before a single reading is stored."""
        supervisor, ports = self._supervisor, self._ports
        scenario = str(self._folder / "scenario.toml")
        simulator = supervisor.start("simulator", "simulate", scenario)
        supervisor.run("plan", "plan", "lock", self._plant, *self._data)
        self._outcome.reached("plan locked")
        self._collector = supervisor.start(
            "collector", "collector", self._plant, *self._data,
            "--broker", ports.broker_url, "--port", str(ports.pages), "--json",
        )  # fmt: skip
        supervisor.wait_for(self._collector, lambda: answers(ports.pages))
        self._outcome.reached("page")
        supervisor.wait_for(simulator, lambda: all(answers(port) for port in ports.modbus))
        self._outcome.reached("meters")
        self._agent = supervisor.start(
            "agent", "agent", self._plant, "--gateway", _GATEWAY, *self._data,
            "--broker", ports.broker_url, "--json",
        )  # fmt: skip
        supervisor.wait_for(self._agent, self._is_live, within_s=_LIVE_WITHIN_S)
        self._outcome.reached("live")
        self._say(
            f"\n  {ports.page}   (Ctrl-C ends it)\n\n"
            f"live values are on the page after {self._outcome.stages['live']:.0f} s; "
            "history follows"
        )
        self._send_history(scenario)

    def _send_history(self, scenario: str) -> None:
        answer = self._supervisor.run(
            "history", "simulate", "history", scenario,
            "--from", self._dates.first.isoformat(), "--broker", self._ports.broker_url,
            screen=self._screen is not None,
        )  # fmt: skip
        self._outcome.history = json.loads(answer)
        self._outcome.reached("history stored")
        self._wait_until_computed()
        self._outcome.reached("computed")

    def _wait_until_computed(self) -> None:
        """Nothing of the history awaits derivation, and the page judges every plan by all of it."""
        end, quiet = time.monotonic() + _SETTLE_S, 0
        while time.monotonic() < end:
            self._supervisor.check()
            planned = [t for t in self._now().get("tiles", []) if t["plan"]["state"] == "locked"]
            is_judged = all(t["today"]["reference"] == "expected" for t in planned)
            quiet = quiet + 1 if self._slots_waiting() <= _FEW_SLOTS else 0
            if planned and is_judged and quiet > 1:
                return
            time.sleep(_LOOK_S)
        raise PartError(f"{self._ports.page} showed no baseline within {_SETTLE_S:g} s")

    def _slots_waiting(self) -> float:
        """How much the collector has stored and not derived yet."""
        try:
            with urllib.request.urlopen(f"{self._ports.page}metrics", timeout=10) as answer:  # noqa: S310
                found = re.search(rb"(?m)^cleanline_slots_waiting (\S+)", answer.read())
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            found = None
        return float(found[1]) if found else math.inf

    def _now(self) -> dict[str, Any]:
        url = f"{self._ports.page}api/v1/plants/{PLANT}/now"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own page
                body: dict[str, Any] = json.load(answer)
                return body
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return {}

    def _is_live(self) -> bool:
        meters = self._now().get("meters", [])
        return bool(meters) and all(
            value["value"] is not None for meter in meters for value in meter["values"]
        )

    def watch(self, for_s: float | None) -> None:
        """Run until the time is over, or for ever; PartError when a part ends by itself."""
        end = None if for_s is None else self._outcome.begun_s + for_s
        while end is None or time.monotonic() < end:
            self._supervisor.check()
            time.sleep(0.2)
        self._say("time is over; ending the parts")

    def wind_down(self) -> None:
        """Look at the page once more, end the parts in order, and count at both ends."""
        self._outcome.resources = {
            tile["resource"]: _summary(tile) for tile in self._now().get("tiles", [])
        }
        verdicts = self._supervisor.run("verify", "verify", self._plant, *self._data, "--json")
        self._outcome.claims = json.loads(verdicts)
        if self._agent and self._collector:
            self._outcome.live = _counts(self._supervisor.stop(self._agent))
            self._outcome.collector = _counts(self._supervisor.stop(self._collector))


def _summary(tile: dict[str, Any]) -> dict[str, Any]:
    """What the page says of one resource."""
    today, history = tile["today"], tile["history"]
    whole = [m for m in history["months"] if m["specific"] is not None]
    return {
        "specific": whole[-1]["specific"] if whole else None,
        "month": whole[-1]["first"] if whole else None,
        "specific_today": today["specific"],
        "unit": history["unit"],
        "baseline": history["baseline_specific"],
        "verdicts": {c["claim"]: c["verdict"] or "so far" for c in tile["claims"]},
    }


def _counts(output: str) -> dict[str, Any]:
    """The JSON object that a part prints when it ends."""
    try:
        body: dict[str, Any] = json.loads(output)
    except ValueError as error:
        raise PartError(
            f"a part ended without its counts; it printed: {output[-200:]!r}"
        ) from error
    return body
