"""The wire: topics, the collector's ``stored`` answer, statuses; packs are plant/senml.py."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from plant.errors import WireError
from plant.strict_json import ODD, load, whole

ROOT = "cleanline/v1"
# MQTT 5 user properties of a pack; `prev` and `sig`: plant/chain.py
OUTBOX, SEQ, CONFIG, PREV, SIG = "outbox", "seq", "config", "prev", "sig"
AMOUNTS, ENTERED = "amounts", "entered"  # leaves of what is told by hand or by another system
WINDOW = 32  # packs that may wait for `stored` at one time
MOST_NUMBERS = 100_000  # in one answer; a commit has 500 packs


class Topic(NamedTuple):
    """Whom a message is from or to, and what it is."""

    plant: str
    gateway: str
    leaf: str  # readings, stored, status, amounts or entered

    def __str__(self) -> str:
        return f"{ROOT}/{self.plant}/{self.gateway}/{self.leaf}"


def parse_topic(text: str) -> Topic:
    """The topic in a text; WireError when it is not one of ours."""
    parts = text.split("/")
    if len(parts) != 5 or "/".join(parts[:2]) != ROOT:
        raise WireError(f"topic {text!r} is not {ROOT}/<plant>/<gateway>/<leaf>")
    return Topic(*parts[2:])


@dataclass(frozen=True, slots=True)
class Stored:
    """The collector's answer: what has just been committed, and what was set aside."""

    outbox: str
    stored: list[tuple[int, int]]  # ranges of seq, both ends included; never cumulative
    aside: list[tuple[int, str]] = field(default_factory=list)
    time_ms: int = 0
    packs: list[tuple[int, str]] = field(default_factory=list)
    """Each seq with its pack's hash in brief: others may use the number. Empty: old collectors."""

    def encode(self) -> bytes:
        """The answer as JSON."""
        body = {"outbox": self.outbox, "stored": self.stored, "aside": self.aside}
        body["packs"] = self.packs
        return json.dumps({**body, "time": self.time_ms}, separators=(",", ":")).encode()

    @staticmethod
    def decode(payload: bytes) -> Stored:
        """The answer in a payload; WireError when it is not one."""
        try:
            body = load(payload)
            ranges = [(whole(a), whole(b)) for a, b in body["stored"]]
            aside = [(whole(seq), str(reason)) for seq, reason in body["aside"]]
            if sum(last - first + 1 for first, last in ranges) > MOST_NUMBERS:
                raise WireError("not a `stored` message: more numbers than there are packs")
            packs = [(whole(seq), str(digits)) for seq, digits in body.get("packs", ())]
            return Stored(str(body["outbox"]), ranges, aside, whole(body["time"]), packs)
        except ODD as error:
            raise WireError(f"not a `stored` message: {error}") from error

    def numbers(self) -> set[int]:
        """Every seq that the sender may free, stored or set aside."""
        held = {seq for first, last in self.stored for seq in range(first, last + 1)}
        return held | {seq for seq, _ in self.aside}


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Whole numbers as the fewest ranges, both ends included."""
    result: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if result and number == result[-1][1] + 1:
            result[-1] = (result[-1][0], number)
        else:
            result.append((number, number))
    return result


@dataclass(frozen=True, slots=True)
class MeterHealth:
    """How one meter is, and since when."""

    state: str  # ok, timeout, exception, refused, silent
    since_ms: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """What a gateway says of itself, retained at the broker."""

    state: str  # online, offline
    boot: str = ""
    time_ms: int = 0
    meters: dict[str, MeterHealth] = field(default_factory=dict)
    outbox_depth: int = 0
    clock_offset_ms: int | None = None  # gateway minus collector; None until measured
    config: str = ""

    def encode(self) -> bytes:
        """The status as JSON."""
        meters = {m: [h.state, h.since_ms, h.text] for m, h in self.meters.items()}
        body = {
            "state": self.state, "boot": self.boot, "time": self.time_ms, "meters": meters,
            "depth": self.outbox_depth, "offset": self.clock_offset_ms, "config": self.config,
        }  # fmt: skip
        return json.dumps(body, separators=(",", ":")).encode()

    @staticmethod
    def decode(payload: bytes) -> Status:
        """The status in a payload; WireError when it is not one."""
        try:
            body = load(payload)
            meters = {
                str(m): MeterHealth(str(h[0]), whole(h[1]), str(h[2]))
                for m, h in body["meters"].items()
            }
            offset = body["offset"]
            return Status(
                state=str(body["state"]),
                boot=str(body["boot"]),
                time_ms=whole(body["time"]),
                meters=meters,
                outbox_depth=whole(body["depth"]),
                clock_offset_ms=None if offset is None else whole(offset),
                config=str(body["config"]),
            )
        except ODD as error:
            raise WireError(f"not a status: {error}") from error
